package voluta.backend.onednn;

import java.util.List;
import java.util.Optional;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc_base;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.Activation;
import voluta.op.FusedConvolution;
import voluta.tensor.Shape;

/**
 * Convolution with addition and activation as post-ops. The residual is added by a binary post-op: as fast as
 * accumulating into it, and it need not die here. Where oneDNN would do the whole only in its slow loops, addition and
 * activation are passes of their own over y.
 */
final class FusedConvolutionOnednn {
    private static final int RESIDUAL = dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | dnnl.DNNL_ARG_SRC_1;

    private FusedConvolutionOnednn() {}

    static void register(OnednnTable table) {
        table.add(FusedConvolution.class, FusedConvolutionOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, FusedConvolution op, Preparation p) {
        Node node = p.node();
        Shape x = node.input(0).type().shape(), w = node.input(1).type().shape();
        boolean bias = op.convolutionInputs(node.inputs().size()) == 3;
        boolean relu =
                op.activation().filter(a -> a.kind() == Activation.Kind.RELU).isPresent();
        if (!relu && op.activation().isPresent()) return direct(c, op, p, x, w, bias);
        return NativeConvolution.choose(
                c,
                p,
                op.convolution(),
                x,
                w,
                Winograd.Pass.FORWARD,
                k -> k.forward(bias, op.residual(), relu),
                () -> List.of(direct(c, op, p, x, w, bias)));
    }

    private static OnednnKernel direct(
            OnednnContext c, FusedConvolution op, Preparation p, Shape x, Shape w, boolean bias) {
        Node node = p.node();
        ConvolutionPrimitives primitives = ConvolutionPrimitives.of(c, p.precision(), op.convolution(), x, w);
        dnnl.prop_kind kind = ConvolutionPrimitives.kind(p);
        Shape y = node.output().type().shape();
        convolution_forward.primitive_desc fused = null;
        try {
            // the residual lies like y, which is f32 where no bf16 kernel is to be had
            fused = primitives.forward(bias, kind, t -> attributes(c, op, c.any(y, t)));
        } catch (RuntimeException e) {
            // these post-ops are not for this convolution
        }
        if (fused != null && LayoutChoice.fast(fused) && !rearranges(fused)) return whole(c, op, node, fused, bias);
        return inPasses(c, op, node, primitives.forward(bias, kind, t -> c.attributes()), bias);
    }

    /**
     * Whether a kernel convolves in another layout than its output has and brings the result back. Such kernels of oneDNN
     * read the residual as if it lay in that other layout.
     */
    private static boolean rearranges(convolution_forward.primitive_desc pd) {
        return pd.impl_info_str().getString().contains("ncsp");
    }

    /** Attributes with addition of a residual of this kind and the activation, as far as there are such. */
    private static primitive_attr attributes(OnednnContext c, FusedConvolution op, memory.desc residual) {
        primitive_attr a = c.attributes();
        post_ops after = new post_ops();
        if (op.residual()) after.append_binary(dnnl.algorithm.binary_add, residual);
        op.activation().ifPresent(act -> append(after, act));
        a.set_post_ops(after);
        return a;
    }

    private static void append(post_ops after, Activation a) {
        after.append_eltwise(ActivationOnednn.algorithm(a), ActivationOnednn.alpha(a), ActivationOnednn.beta(a));
    }

    private static OnednnKernel.Builder kernel(
            OnednnContext c, FusedConvolution op, Node node, convolution_forward.primitive_desc pd) {
        OnednnKernel.Builder k = OnednnKernel.of(node, pd)
                .input(0, c.layout(node.input(0).type(), pd.src_desc()))
                .input(1, c.layout(node.input(1).type(), pd.weights_desc()))
                .output(0, c.layout(node.output().type(), pd.dst_desc()))
                .scratchOf(pd);
        int last = node.inputs().size() - 1;
        if (op.residual()) k.input(last, c.layout(node.input(last).type(), pd.dst_desc()));
        return k;
    }

    private static OnednnKernel whole(
            OnednnContext c, FusedConvolution op, Node node, convolution_forward.primitive_desc pd, boolean bias) {
        memory.desc x = pd.src_desc(), w = pd.weights_desc(), y = pd.dst_desc();
        convolution_forward primitive = new convolution_forward(pd);
        return kernel(c, op, node, pd).bind(b -> {
            List<Object> a = ConvolutionOnednn.arguments(b, x, w, y, bias);
            if (op.residual()) {
                a.add(RESIDUAL);
                a.add(b.input(node.inputs().size() - 1, y));
            }
            b.execute(primitive, pd, a.toArray());
        });
    }

    /** One more primitive that reads and writes y. */
    private record Pass(org.bytedeco.dnnl.primitive primitive, primitive_desc_base pd, int source) {}

    private static OnednnKernel inPasses(
            OnednnContext c, FusedConvolution op, Node node, convolution_forward.primitive_desc pd, boolean bias) {
        memory.desc x = pd.src_desc(), w = pd.weights_desc(), y = pd.dst_desc();
        convolution_forward primitive = new convolution_forward(pd);
        Optional<Pass> pass = pass(c, op, y);
        OnednnKernel.Builder k = kernel(c, op, node, pd);
        pass.ifPresent(s -> k.scratchOf(s.pd));
        return k.bind(b -> {
            b.execute(
                    primitive, pd, ConvolutionOnednn.arguments(b, x, w, y, bias).toArray());
            pass.ifPresent(s -> {
                memory out = b.output(0, y);
                if (!op.residual()) {
                    b.execute(s.primitive, s.pd, s.source, out, dnnl.DNNL_ARG_DST, out);
                    return;
                }
                memory residual = b.input(node.inputs().size() - 1, y);
                b.execute(s.primitive, s.pd, s.source, out, dnnl.DNNL_ARG_SRC_1, residual, dnnl.DNNL_ARG_DST, out);
            });
        });
    }

    /** Addition with the activation behind it, or the activation alone; empty if there is neither. */
    private static Optional<Pass> pass(OnednnContext c, FusedConvolution op, memory.desc y) {
        if (op.residual()) {
            primitive_attr a = c.attributes();
            post_ops after = new post_ops();
            op.activation().ifPresent(act -> append(after, act));
            a.set_post_ops(after);
            binary.primitive_desc pd =
                    new binary.primitive_desc(c.engine, dnnl.algorithm.binary_add, y, y, y, a, false);
            return Optional.of(new Pass(new binary(pd), pd, dnnl.DNNL_ARG_SRC_0));
        }
        return op.activation().map(act -> {
            eltwise_forward.primitive_desc pd = new eltwise_forward.primitive_desc(
                    c.engine,
                    dnnl.prop_kind.forward_inference,
                    ActivationOnednn.algorithm(act),
                    y,
                    y,
                    ActivationOnednn.alpha(act),
                    ActivationOnednn.beta(act),
                    c.attributes(),
                    false);
            return new Pass(new eltwise_forward(pd), pd, dnnl.DNNL_ARG_SRC);
        });
    }
}
