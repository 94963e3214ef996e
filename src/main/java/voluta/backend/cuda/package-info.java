/**
 * The CUDA backend: JCuda, JCublas, JCudnn and kernels of our own.
 *
 * <p>{@link voluta.backend.cuda.binding} finds and loads the libraries of the machine and checks native results; {@link
 * voluta.backend.cuda.memory} hands device memory out of a few large allocations. {@link
 * voluta.backend.cuda.CudaContext} holds what an opened device has: streams, library handles, memory, kernels. {@link
 * voluta.backend.cuda.CudaTable} says which class prepares which op, one file per op. A file's factory settles algorithm,
 * layouts and sizes and describes the result with a {@link voluta.backend.cuda.CudaKernel.Builder}; its {@code bind} runs
 * once per program and emits native calls through {@link voluta.backend.cuda.Binding}. {@link
 * voluta.backend.cuda.CudaExecutable} runs them: one by one, checked, or captured into a CUDA graph that is one launch per
 * step. {@link voluta.backend.cuda.FeedCopies} brings inputs over beside the computation. Begin reading at {@link
 * voluta.backend.cuda.ActivationCuda} and follow the names.
 *
 * <p>Invariants: everything that a step does goes to one stream, takes its addresses and constants when it is bound, and
 * reads what changes per step from device memory, so a captured step stays valid. Nothing waits, allocates or decides in
 * a step. A value lies row-major or with channels last, dense, in f32, bf16 or f16 ({@link voluta.backend.cuda.CudaLayout});
 * equal bytes are equal layouts. Parameters, moments, statistics, losses and scalars are f32. Every native result is
 * checked with the call's name, the node's path and the sizes.
 *
 * <p>Convolutions: {@link voluta.backend.cuda.ConvolutionShape} says what cuDNN is given, which pads both sides alike;
 * {@link voluta.backend.cuda.ConvolutionAlgorithms} chooses an algorithm when a kernel is prepared, by the library's
 * ranking or by measuring: one of cuDNN's classic interface ({@link voluta.backend.cuda.ConvolutionDescriptors}) or a plan
 * of its graph interface ({@link voluta.backend.cuda.ConvolutionGraph}); {@link voluta.backend.cuda.ConvolutionKernel} goes from channels last to row-major to f32 until
 * there is one. A plan may add up what it writes for the batch normalization behind it ({@link
 * voluta.backend.cuda.ConvolutionBatchNormalizationCuda}); whether the op is there depends on whether such a plan is. What no GPU has shown yet is listed in docs/gpu-unseen.md.
 *
 * <p>A simulated device (native-kernels/simulator) runs all of this without a GPU in tests; it is never chosen by
 * {@code auto} and says what it is.
 *
 * <p>May use: backend, op; the only room that imports jcuda.
 */
package voluta.backend.cuda;
