package voluta.backend.onednn;

import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Preparation;
import voluta.op.Activation;
import voluta.tensor.TensorType;

/**
 * Activations by {@link NativeClip} or oneDNN's eltwise primitive, in place where the input dies. Where the gradient follows from the output,
 * the backward kernel does not read the input, so that it can die.
 */
final class ActivationOnednn {
    private ActivationOnednn() {}

    static void register(OnednnTable table) {
        table.add(Activation.class, ActivationOnednn::forward);
        table.add(Activation.Backward.class, (c, op, p) -> backward(c, op.forward(), p));
    }

    /** The algorithm for the forward pass, also as a post-op of other primitives. */
    static algorithm algorithm(Activation op) {
        return switch (op.kind()) {
            case RELU, LEAKY_RELU -> algorithm.eltwise_relu;
            case ELU -> algorithm.eltwise_elu;
            case GELU -> algorithm.eltwise_gelu_erf;
            case GELU_TANH -> algorithm.eltwise_gelu_tanh;
            case SILU -> algorithm.eltwise_swish;
            case SIGMOID -> algorithm.eltwise_logistic;
            case TANH -> algorithm.eltwise_tanh;
            case HARDSWISH -> algorithm.eltwise_hardswish;
            case HARDSIGMOID -> algorithm.eltwise_hardsigmoid;
            case MISH -> algorithm.eltwise_mish;
            case SOFTPLUS -> algorithm.eltwise_soft_relu;
            case RELU6 -> algorithm.eltwise_clip_v2;
        };
    }

    /** oneDNN's alpha: it has one for swish and soft ReLU, where the op has none. */
    static float alpha(Activation op) {
        return switch (op.kind()) {
            case SILU, SOFTPLUS -> 1;
            default -> (float) op.alpha();
        };
    }

    static float beta(Activation op) {
        return (float) op.beta();
    }

    private static algorithm backwardAlgorithm(Activation op) {
        if (!op.fromOutput()) return algorithm(op);
        return switch (op.kind()) {
            case RELU, LEAKY_RELU -> algorithm.eltwise_relu_use_dst_for_bwd;
            case ELU -> algorithm.eltwise_elu_use_dst_for_bwd;
            case SIGMOID -> algorithm.eltwise_logistic_use_dst_for_bwd;
            case TANH -> algorithm.eltwise_tanh_use_dst_for_bwd;
            case RELU6 -> algorithm.eltwise_clip_v2_use_dst_for_bwd;
            default -> throw new IllegalStateException(op + " has no gradient from its output");
        };
    }

    /** The order of a row-major value does not matter here: one dimension serves any rank. */
    private static memory.desc desc(OnednnContext c, TensorType t, Layout l) {
        return l.equals(Layouts.PLAIN)
                ? c.plain(new long[] {t.elements()}, OnednnContext.plainStorage(t.dtype()))
                : c.desc(t, l);
    }

    private static eltwise_forward.primitive_desc forward(OnednnContext c, algorithm a, Activation op, memory.desc d) {
        return new eltwise_forward.primitive_desc(
                c.engine, prop_kind.forward_training, a, d, d, alpha(op), beta(op), c.attributes(), false);
    }

    private static OnednnKernel forward(OnednnContext c, Activation op, Preparation p) {
        return NativeClip.of(c, op, p).orElseGet(() -> eltwise(c, op, p));
    }

    private static OnednnKernel eltwise(OnednnContext c, Activation op, Preparation p) {
        TensorType t = p.node().output().type();
        var chosen = LayoutChoice.choose(
                LayoutChoice.of(c, t, p.offered().get(0)), l -> forward(c, algorithm(op), op, desc(c, t, l)));
        memory.desc d = desc(c, t, chosen.layout());
        return SinglePrimitive.of(c, p.node(), chosen.pd())
                .reads(0, dnnl.DNNL_ARG_SRC, d, chosen.layout())
                .writes(0, dnnl.DNNL_ARG_DST, d, chosen.layout())
                .overwrites(0, 0)
                .runs(new eltwise_forward(chosen.pd()));
    }

    private static OnednnKernel backward(OnednnContext c, Activation op, Preparation p) {
        TensorType t = p.node().output().type();
        int data = op.fromOutput() ? 1 : 0;
        algorithm a = backwardAlgorithm(op);
        var chosen = LayoutChoice.choose(LayoutChoice.of(c, t, p.offered().get(data)), l -> {
            memory.desc d = desc(c, t, l);
            return new eltwise_backward.primitive_desc(
                    c.engine, a, d, d, d, alpha(op), beta(op), forward(c, a, op, d), c.attributes(), false);
        });
        memory.desc d = desc(c, t, chosen.layout());
        int argument = op.fromOutput() ? dnnl.DNNL_ARG_DST : dnnl.DNNL_ARG_SRC;
        return SinglePrimitive.of(c, p.node(), chosen.pd())
                .reads(data, argument, d, chosen.layout())
                .input(1 - data, chosen.layout())
                .ignores(1 - data)
                .reads(2, dnnl.DNNL_ARG_DIFF_DST, d, chosen.layout())
                .writes(0, dnnl.DNNL_ARG_DIFF_SRC, d, chosen.layout())
                .overwrites(0, 2)
                .runs(new eltwise_backward(chosen.pd()));
    }
}
