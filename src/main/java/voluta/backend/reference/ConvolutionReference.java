package voluta.backend.reference;

import voluta.op.Convolution;

/** Convolution and its gradients; the loops are those of {@link ConvolutionLoops}. */
final class ConvolutionReference {
    private ConvolutionReference() {}

    static void register(ReferenceTable table) {
        table.add(
                Convolution.class,
                (op, node) -> new ReferenceKernel(
                        (in, out, context) -> new ConvolutionLoops(op, in[0].shape(), in[1].shape(), out[0].shape())
                                .forward(in[0], in[1], in.length > 2 ? in[2] : null, out[0])));
        table.add(
                Convolution.BackwardData.class,
                (op, node) -> new ReferenceKernel(
                        (in, out, context) -> new ConvolutionLoops(op.forward(), op.x(), in[0].shape(), in[1].shape())
                                .backwardData(in[0], in[1], null, out[0])));
        table.add(
                Convolution.BackwardWeights.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    ConvolutionLoops loops = new ConvolutionLoops(op.forward(), in[0].shape(), op.w(), in[1].shape());
                    loops.backwardWeights(in[0], in[1], out[0]);
                    if (op.bias()) loops.backwardBias(in[1], out[1]);
                }));
    }
}
