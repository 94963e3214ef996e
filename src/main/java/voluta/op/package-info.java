/**
 * What can be computed: one file per op, a record with its shape rule and its gradient rule, its gradient ops nested.
 * Losses, clipping, metrics and optimizer steps are ops too.
 *
 * <p>Invariants: an op knows nothing of backends, layouts or precision. {@code infer} throws {@link
 * voluta.tensor.ShapeException} with expected, got and remedy. Every op has a class of the same stem in {@code
 * backend.reference}, {@code backend.onednn} and {@code backend.cuda}, unless it decomposes into others there, as fused ops do on the
 * reference, and cases in {@code conformance}; a completeness test names what is missing. Spatial attributes are lists with one entry per spatial
 * dimension, outermost first.
 *
 * <p>May use: graph, tensor. Begin with {@link voluta.op.Arithmetic}, then {@link voluta.op.Convolution}.
 */
package voluta.op;
