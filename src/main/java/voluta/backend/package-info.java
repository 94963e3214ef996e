/**
 * The boundary between what is computed and how. Describe, then prepare, then run.
 *
 * <p>A {@link voluta.backend.BackendProvider} is found by {@link java.util.ServiceLoader}, probed without loading
 * native code needlessly, and opened once per session. The planner describes each node to {@link
 * voluta.backend.Backend#prepare}, which decides algorithm, layouts, context and scratch sizes and returns a {@link
 * voluta.backend.PreparedKernel} that is not yet bound to addresses. {@link voluta.backend.Backend#compile} binds a
 * whole {@link voluta.backend.Program} to slices of memory regions; running it decides nothing and allocates nothing.
 *
 * <p>A data set on a device is a value like any other (kind {@code DATA}, a region of its own), that is written in pieces with
 * {@link voluta.backend.Backend#writeRows} and read by one op, {@code GatherSamples}.
 *
 * <p>Invariants: compute-bound ops choose layouts, memory-bound ops take what comes, the planner inserts a reorder where
 * they disagree. Precision is storage: a layout may keep an F32 value in bf16; master weights, statistics and losses
 * stay in f32. Scratch dies with its kernel; context goes from a forward kernel to its own backward kernels in the
 * backend's private format. Streams, handles and descriptors never cross. No backend is replaced for single ops in
 * mid-run: it is chosen once, in {@link voluta.backend.Backends}, with a reason for each that was not.
 *
 * <p>May use: graph, tensor. Begin with {@link voluta.backend.Backend}.
 */
package voluta.backend;
