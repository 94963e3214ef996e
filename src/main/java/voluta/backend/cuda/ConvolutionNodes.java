package voluta.backend.cuda;

import java.util.Optional;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * The nodes of a convolution and of a transposed one. They run the same passes of the same {@link ConvolutionShape}, only
 * from the other end: what one calls forward is the other's data gradient.
 */
final class ConvolutionNodes {
    private final CudaContext c;
    private final Node node;
    private final ConvolutionKernel k;

    private ConvolutionNodes(CudaContext c, ConvolutionPass pass, ConvolutionShape shape, Preparation p) {
        this.c = c;
        this.node = p.node();
        this.k = ConvolutionKernel.of(c, pass, shape, p.precision());
    }

    /** The shape of a node's input. */
    static Shape shape(Preparation p, int input) {
        return p.node().input(input).type().shape();
    }

    /** Inputs x, w and perhaps a bias; output y. */
    static CudaKernel forward(CudaContext c, ConvolutionPass pass, ConvolutionShape shape, Preparation p) {
        ConvolutionNodes n = new ConvolutionNodes(c, pass, shape, p);
        TensorType y = n.node.output().type();
        boolean bias = n.node.inputs().size() > 2;
        return n.described(n.k.layout(y)).bind(b -> {
            n.k.across(b, b.input(0), b.input(1), b.output(0));
            ChannelEpilogue.emit(b, b.output(0), y, n.k.order, n.k.storage, bias ? b.input(2) : 0, 0, Optional.empty());
        });
    }

    /** Inputs w and dy; output dx. */
    static CudaKernel backwardData(CudaContext c, ConvolutionPass pass, ConvolutionShape shape, Preparation p) {
        ConvolutionNodes n = new ConvolutionNodes(c, pass, shape, p);
        return n.described(n.k.layout(n.node.output().type()))
                .bind(b -> n.k.across(b, b.input(1), b.input(0), b.output(0)));
    }

    /**
     * Inputs x and dy; output dw, and with {@code bias} the sums of dy per channel.
     *
     * @param transposed whether dy is what the pass reads as x
     */
    static CudaKernel backwardWeights(
            CudaContext c, ConvolutionShape shape, boolean transposed, boolean bias, Preparation p) {
        ConvolutionNodes n = new ConvolutionNodes(c, ConvolutionPass.WEIGHTS, shape, p);
        ChannelSums sums = new ChannelSums(c, n.node.input(1).type(), n.k.order, n.k.storage);
        int x = transposed ? 1 : 0;
        // one after the other, so they share the scratch
        return n.described(CudaLayout.of(n.node.output(0).type(), n.k.order, DType.F32))
                .scratch(bias ? sums.scratchBytes() : 0)
                .bind(b -> {
                    n.k.weights(b, b.input(x), b.input(1 - x), b.output(0));
                    if (bias) sums.emit(b, b.input(1), b.output(1), b.scratch());
                });
    }

    /** A kernel whose first two inputs are operands of the pass. */
    private CudaKernel.Builder described(Layout output) {
        return k.in(CudaKernel.of(node, k.name()))
                .input(0, k.layout(node.input(0).type()))
                .input(1, k.layout(node.input(1).type()))
                .output(0, output);
    }
}
