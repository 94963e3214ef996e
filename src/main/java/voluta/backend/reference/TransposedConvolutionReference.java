package voluta.backend.reference;

import voluta.op.TransposedConvolution;

/** Transposed convolution: the passes of the convolution from y to x with their roles exchanged. */
final class TransposedConvolutionReference {
    private TransposedConvolutionReference() {}

    static void register(ReferenceTable table) {
        table.add(
                TransposedConvolution.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> loops(op, out[0], in[1], in[0])
                        .backwardData(in[1], in[0], in.length > 2 ? in[2] : null, out[0])));
        table.add(
                TransposedConvolution.BackwardData.class,
                (op, node) -> new ReferenceKernel((in, out, context) ->
                        loops(op.forward(), in[1], in[0], out[0]).forward(in[1], in[0], null, out[0])));
        table.add(
                TransposedConvolution.BackwardWeights.class,
                (op, node) -> new ReferenceKernel((in, out, context) ->
                        loops(op.forward(), in[1], out[0], in[0]).backwardWeights(in[1], in[0], out[0])));
    }

    private static ConvolutionLoops loops(TransposedConvolution op, View y, View w, View x) {
        return new ConvolutionLoops(op.transposed(), y.shape(), w.shape(), x.shape());
    }
}
