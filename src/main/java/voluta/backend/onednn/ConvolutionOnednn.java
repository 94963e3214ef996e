package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.Convolution;
import voluta.tensor.Shape;

/** Convolution and its gradients by {@linkplain NativeConvolution kernels of our own}, {@link WeightDots} or
 * oneDNN's direct one; they choose the layouts. */
final class ConvolutionOnednn {
    private ConvolutionOnednn() {}

    static void register(OnednnTable table) {
        table.add(Convolution.class, ConvolutionOnednn::forward);
        table.add(Convolution.BackwardData.class, ConvolutionOnednn::backwardData);
        table.add(Convolution.BackwardWeights.class, ConvolutionOnednn::backwardWeights);
    }

    private static OnednnKernel forward(OnednnContext c, Convolution op, Preparation p) {
        Node node = p.node();
        boolean bias = node.inputs().size() > 2;
        Shape x = node.input(0).type().shape(), w = node.input(1).type().shape();
        return NativeConvolution.choose(
                c, p, op, x, w, Winograd.Pass.FORWARD, k -> k.forward(bias, false, false), () -> {
                    convolution_forward.primitive_desc pd = ConvolutionPrimitives.of(c, p.precision(), op, x, w)
                            .forward(bias, ConvolutionPrimitives.kind(p), t -> c.attributes());
                    return List.of(forward(c, node, pd, bias));
                });
    }

    /** The kernel of a forward descriptor without post-ops: inputs x, w and perhaps b, output y. */
    private static OnednnKernel forward(
            OnednnContext c, Node node, convolution_forward.primitive_desc pd, boolean bias) {
        SinglePrimitive k = SinglePrimitive.of(c, node, pd)
                .reads(0, dnnl.DNNL_ARG_SRC, pd.src_desc())
                .reads(1, dnnl.DNNL_ARG_WEIGHTS, pd.weights_desc())
                .writes(0, dnnl.DNNL_ARG_DST, pd.dst_desc());
        if (bias) k.reads(2, dnnl.DNNL_ARG_BIAS, pd.bias_desc());
        return k.runs(new convolution_forward(pd));
    }

    /** Source, weights, destination and, as input 2, bias. */
    static List<Object> arguments(Binding b, memory.desc x, memory.desc w, memory.desc y, boolean bias) {
        List<Object> a = new ArrayList<>(List.of(
                dnnl.DNNL_ARG_SRC,
                b.input(0, x),
                dnnl.DNNL_ARG_WEIGHTS,
                b.input(1, w),
                dnnl.DNNL_ARG_DST,
                b.output(0, y)));
        if (bias) {
            a.add(dnnl.DNNL_ARG_BIAS);
            a.add(b.input(2));
        }
        return a;
    }

    private static OnednnKernel backwardData(OnednnContext c, Convolution.BackwardData op, Preparation p) {
        Shape w = p.node().input(0).type().shape();
        return NativeConvolution.choose(
                c,
                p,
                op.forward(),
                op.x(),
                w,
                Winograd.Pass.BACKWARD_DATA,
                NativeConvolution::backwardData,
                () -> List.of(backwardData(
                        c,
                        p.node(),
                        ConvolutionPrimitives.of(c, p.precision(), op.forward(), op.x(), w)
                                .backwardData())));
    }

    private static OnednnKernel backwardData(OnednnContext c, Node node, convolution_backward_data.primitive_desc pd) {
        return SinglePrimitive.of(c, node, pd)
                .reads(0, dnnl.DNNL_ARG_WEIGHTS, pd.weights_desc())
                .reads(1, dnnl.DNNL_ARG_DIFF_DST, pd.diff_dst_desc())
                .writes(0, dnnl.DNNL_ARG_DIFF_SRC, pd.diff_src_desc())
                .runs(new convolution_backward_data(pd));
    }

    private static OnednnKernel backwardWeights(OnednnContext c, Convolution.BackwardWeights op, Preparation p) {
        Shape x = p.node().input(0).type().shape();
        return NativeConvolution.choose(
                c,
                p,
                op.forward(),
                x,
                op.w(),
                Winograd.Pass.BACKWARD_WEIGHTS,
                k -> k.backwardWeights(op.bias()),
                () -> direct(c, op, p, x));
    }

    /** Weights' gradients by dot products of our own where there are such, and by oneDNN. */
    private static List<OnednnKernel> direct(OnednnContext c, Convolution.BackwardWeights op, Preparation p, Shape x) {
        convolution_backward_weights.primitive_desc pd = ConvolutionPrimitives.of(
                        c, p.precision(), op.forward(), x, op.w())
                .backwardWeights(op.bias());
        List<OnednnKernel> kernels = new ArrayList<>();
        if (!op.bias()) {
            WeightDots.of(c, op.forward(), x, op.w(), pd).ifPresent(k -> kernels.add(dots(c, p.node(), pd, k)));
        }
        kernels.add(backwardWeights(c, p.node(), pd, op.bias()));
        return kernels;
    }

    private static OnednnKernel dots(
            OnednnContext c, Node node, convolution_backward_weights.primitive_desc pd, WeightDots.Kernel kernel) {
        return OnednnKernel.of(node, kernel.describe())
                .input(0, c.layout(node.input(0).type(), pd.src_desc()))
                .input(1, c.layout(node.input(1).type(), pd.diff_dst_desc()))
                .output(0, c.layout(node.output(0).type(), pd.diff_weights_desc()))
                .scratch(kernel.scratch())
                .bind(kernel::emit);
    }

    private static OnednnKernel backwardWeights(
            OnednnContext c, Node node, convolution_backward_weights.primitive_desc pd, boolean bias) {
        SinglePrimitive k = SinglePrimitive.of(c, node, pd)
                .reads(0, dnnl.DNNL_ARG_SRC, pd.src_desc())
                .reads(1, dnnl.DNNL_ARG_DIFF_DST, pd.diff_dst_desc())
                .writes(0, dnnl.DNNL_ARG_DIFF_WEIGHTS, pd.diff_weights_desc());
        if (bias) k.writes(1, dnnl.DNNL_ARG_DIFF_BIAS, pd.diff_bias_desc());
        return k.runs(new convolution_backward_weights(pd));
    }
}
