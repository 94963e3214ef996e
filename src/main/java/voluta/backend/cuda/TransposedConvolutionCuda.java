package voluta.backend.cuda;

import java.util.Optional;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.TransposedConvolution;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Transposed convolution by the passes of the convolution from y to x: its data gradient forward, itself backward. The
 * weights are the same array.
 */
final class TransposedConvolutionCuda {
    private TransposedConvolutionCuda() {}

    static void register(CudaTable table) {
        table.add(TransposedConvolution.class, TransposedConvolutionCuda::forward);
        table.add(TransposedConvolution.BackwardData.class, TransposedConvolutionCuda::backwardData);
        table.add(TransposedConvolution.BackwardWeights.class, TransposedConvolutionCuda::backwardWeights);
    }

    private static CudaKernel forward(CudaContext c, TransposedConvolution op, Preparation p) {
        Node n = p.node();
        TensorType x = n.input(0).type(), w = n.input(1).type(), y = n.output().type();
        ConvolutionKernel k = ConvolutionKernel.of(
                c, ConvolutionPass.DATA, ConvolutionShape.of(op, x.shape(), w.shape()), p.precision());
        boolean bias = n.inputs().size() > 2;
        return k.in(CudaKernel.of(n, k.name()))
                .input(0, k.layout(x))
                .input(1, k.layout(w))
                .output(0, k.layout(y))
                .bind(b -> {
                    k.data(b, b.input(1), b.input(0), b.output(0));
                    ChannelEpilogue.emit(
                            b, b.output(0), y, k.order, k.storage, bias ? b.input(2) : 0, 0, Optional.empty());
                });
    }

    private static CudaKernel backwardData(CudaContext c, TransposedConvolution.BackwardData op, Preparation p) {
        Node n = p.node();
        TensorType w = n.input(0).type(),
                dy = n.input(1).type(),
                dx = n.output().type();
        ConvolutionKernel k = ConvolutionKernel.of(
                c, ConvolutionPass.FORWARD, ConvolutionShape.of(op.forward(), op.x(), w.shape()), p.precision());
        return k.in(CudaKernel.of(n, k.name()))
                .input(0, k.layout(w))
                .input(1, k.layout(dy))
                .output(0, k.layout(dx))
                .bind(b -> k.forward(b, b.input(1), b.input(0), b.output(0)));
    }

    private static CudaKernel backwardWeights(CudaContext c, TransposedConvolution.BackwardWeights op, Preparation p) {
        Node n = p.node();
        TensorType x = n.input(0).type(),
                dy = n.input(1).type(),
                dw = n.output().type();
        ConvolutionKernel k = ConvolutionKernel.of(
                c, ConvolutionPass.WEIGHTS, ConvolutionShape.of(op.forward(), x.shape(), op.w()), p.precision());
        return k.in(CudaKernel.of(n, k.name()))
                .input(0, k.layout(x))
                .input(1, k.layout(dy))
                .output(0, CudaLayout.of(dw, k.order, DType.F32))
                .bind(b -> k.weights(b, b.input(1), b.input(0), b.output(0)));
    }
}
