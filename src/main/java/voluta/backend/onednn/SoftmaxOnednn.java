package voluta.backend.onednn;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;
import voluta.backend.Preparation;
import voluta.op.Softmax;
import voluta.tensor.TensorType;

/** Softmax and its logarithm by oneDNN. */
final class SoftmaxOnednn {
    private SoftmaxOnednn() {}

    static void register(OnednnTable table) {
        table.add(Softmax.class, SoftmaxOnednn::forward);
        table.add(Softmax.Backward.class, (c, op, p) -> backward(c, op.forward(), p));
    }

    private static algorithm algorithm(Softmax op) {
        return op.log() ? algorithm.softmax_log : algorithm.softmax_accurate;
    }

    private static softmax_forward.primitive_desc forward(OnednnContext c, Softmax op, memory.desc d) {
        return new softmax_forward.primitive_desc(
                c.engine, prop_kind.forward_training, algorithm(op), d, d, op.axis(), c.attributes(), false);
    }

    private static OnednnKernel forward(OnednnContext c, Softmax op, Preparation p) {
        TensorType t = p.node().output().type();
        var chosen = LayoutChoice.choose(LayoutChoice.of(c, t, p.offered().get(0)), l -> forward(c, op, c.desc(t, l)));
        memory.desc d = c.desc(t, chosen.layout());
        return SinglePrimitive.of(c, p.node(), chosen.pd())
                .reads(0, dnnl.DNNL_ARG_SRC, d, chosen.layout())
                .writes(0, dnnl.DNNL_ARG_DST, d, chosen.layout())
                .overwrites(0, 0)
                .runs(new softmax_forward(chosen.pd()));
    }

    private static OnednnKernel backward(OnednnContext c, Softmax op, Preparation p) {
        TensorType t = p.node().output().type();
        var chosen = LayoutChoice.choose(LayoutChoice.of(c, t, p.offered().get(0)), l -> {
            memory.desc d = c.desc(t, l);
            return new softmax_backward.primitive_desc(
                    c.engine, algorithm(op), d, d, d, op.axis(), forward(c, op, d), c.attributes(), false);
        });
        memory.desc d = c.desc(t, chosen.layout());
        return SinglePrimitive.of(c, p.node(), chosen.pd())
                .reads(0, dnnl.DNNL_ARG_DST, d, chosen.layout())
                .reads(1, dnnl.DNNL_ARG_DIFF_DST, d, chosen.layout())
                .writes(0, dnnl.DNNL_ARG_DIFF_SRC, d, chosen.layout())
                .runs(new softmax_backward(chosen.pd()));
    }
}
