package voluta.backend.cuda;

import java.util.Optional;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.Activation;
import voluta.op.FusedConvolution;
import voluta.tensor.TensorType;

/**
 * Convolution, bias, residual and activation: cuDNN's fused call where there is a bias and the activation is ReLU or none,
 * as far as it can; otherwise the convolution, and one pass over its result for all the rest.
 */
final class FusedConvolutionCuda {
    private FusedConvolutionCuda() {}

    static void register(CudaTable table) {
        table.add(FusedConvolution.class, FusedConvolutionCuda::prepare);
    }

    /** Which input is what; -1 for what there is not. */
    private record Inputs(int bias, int residual) {
        static Inputs of(FusedConvolution op, Node n) {
            int count = n.inputs().size();
            return new Inputs(op.convolutionInputs(count) == 3 ? 2 : -1, op.residual() ? count - 1 : -1);
        }
    }

    private static CudaKernel prepare(CudaContext c, FusedConvolution op, Preparation p) {
        Node n = p.node();
        ConvolutionShape shape = ConvolutionShape.of(
                op.convolution(), n.input(0).type().shape(), n.input(1).type().shape());
        Inputs in = Inputs.of(op, n);
        ConvolutionKernel plain = ConvolutionKernel.of(c, ConvolutionPass.FORWARD, shape, p.precision());
        boolean relu = op.activation().isPresent() && op.activation().get().kind() == Activation.Kind.RELU;
        Optional<ConvolutionKernel> fused =
                in.bias >= 0 && (relu || op.activation().isEmpty())
                        ? ConvolutionKernel.fused(c, shape, new ConvolutionEnding(op.residual(), relu), plain)
                        : Optional.empty();
        if (fused.isEmpty()) return inTwoPasses(c, op, n, in, plain);
        plain.close();
        return inOneCall(n, in, fused.get());
    }

    private static CudaKernel.Builder builder(Node n, Inputs in, ConvolutionKernel k, String name) {
        TensorType y = n.output().type();
        CudaKernel.Builder builder = k.in(CudaKernel.of(n, name))
                .input(0, k.layout(n.input(0).type()))
                .input(1, k.layout(n.input(1).type()))
                .output(0, k.layout(y));
        return in.residual < 0 ? builder : builder.input(in.residual, k.layout(y));
    }

    /** cuDNN's call wants the bias in the type of everything else. */
    private static CudaKernel inOneCall(Node n, Inputs in, ConvolutionKernel k) {
        TensorType bias = n.input(in.bias).type();
        Layout rounded = CudaLayout.of(bias, CudaLayout.Order.ROW_MAJOR, k.storage);
        return builder(n, in, k, k.name())
                .input(in.bias, rounded)
                .bind(b -> k.fused(
                        b,
                        b.input(0),
                        b.input(1),
                        b.input(in.bias),
                        in.residual < 0 ? 0 : b.input(in.residual),
                        b.output(0)));
    }

    private static CudaKernel inTwoPasses(CudaContext c, FusedConvolution op, Node n, Inputs in, ConvolutionKernel k) {
        c.kernels.function(ChannelEpilogue.kernel(k.storage));
        TensorType y = n.output().type();
        return builder(n, in, k, k.name() + " + fused_convolution").bind(b -> {
            k.forward(b, b.input(0), b.input(1), b.output(0));
            ChannelEpilogue.emit(
                    b,
                    b.output(0),
                    y,
                    k.order,
                    k.storage,
                    in.bias < 0 ? 0 : b.input(in.bias),
                    in.residual < 0 ? 0 : b.input(in.residual),
                    op.activation());
        });
    }
}
