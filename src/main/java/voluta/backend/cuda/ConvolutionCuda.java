package voluta.backend.cuda;

import static voluta.backend.cuda.ConvolutionNodes.shape;

import voluta.op.Convolution;

/** Convolution and its gradients by cuDNN; it chooses order and element type. */
final class ConvolutionCuda {
    private ConvolutionCuda() {}

    static void register(CudaTable table) {
        table.add(
                Convolution.class,
                (c, op, p) -> ConvolutionNodes.forward(
                        c, ConvolutionPass.FORWARD, ConvolutionShape.of(op, shape(p, 0), shape(p, 1)), p));
        table.add(
                Convolution.BackwardData.class,
                (c, op, p) -> ConvolutionNodes.backwardData(
                        c, ConvolutionPass.DATA, ConvolutionShape.of(op.forward(), op.x(), shape(p, 0)), p));
        table.add(
                Convolution.BackwardWeights.class,
                (c, op, p) -> ConvolutionNodes.backwardWeights(
                        c, ConvolutionShape.of(op.forward(), shape(p, 0), op.w()), false, op.bias(), p));
    }
}
