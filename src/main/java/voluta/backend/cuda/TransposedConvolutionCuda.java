package voluta.backend.cuda;

import static voluta.backend.cuda.ConvolutionNodes.shape;

import voluta.op.TransposedConvolution;

/**
 * Transposed convolution by the passes of the convolution from y to x: its data gradient forward, itself backward. The
 * weights are the same array.
 */
final class TransposedConvolutionCuda {
    private TransposedConvolutionCuda() {}

    static void register(CudaTable table) {
        table.add(
                TransposedConvolution.class,
                (c, op, p) -> ConvolutionNodes.forward(
                        c, ConvolutionPass.DATA, ConvolutionShape.of(op, shape(p, 0), shape(p, 1)), p));
        table.add(
                TransposedConvolution.BackwardData.class,
                (c, op, p) -> ConvolutionNodes.backwardData(
                        c, ConvolutionPass.FORWARD, ConvolutionShape.of(op.forward(), op.x(), shape(p, 0)), p));
        table.add(
                TransposedConvolution.BackwardWeights.class,
                (c, op, p) -> ConvolutionNodes.backwardWeights(
                        c, ConvolutionShape.of(op.forward(), shape(p, 0), op.w()), true, false, p));
    }
}
