package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.prelu_backward;
import org.bytedeco.dnnl.prelu_forward;
import org.bytedeco.dnnl.primitive_desc_base;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Prelu;
import voluta.tensor.TensorType;

/**
 * PReLU by oneDNN. It has fast implementations for a slope per channel alone: one slope for all is repeated in the
 * scratch, and its gradient summed from there.
 */
final class PreluOnednn {
    private PreluOnednn() {}

    static void register(OnednnTable table) {
        table.add(Prelu.class, (c, op, p) -> forward(c, p));
        table.add(Prelu.Backward.class, (c, op, p) -> backward(c, p));
    }

    /** How many slopes oneDNN gets. */
    private static long channels(TensorType x) {
        return x.rank() < 2 ? x.elements() : x.dim(1);
    }

    /** The descriptor of x: three dimensions serve any row-major value. */
    private static memory.desc data(OnednnContext c, TensorType x, Layout l) {
        memory.desc d = c.desc(x, l);
        data_type storage = d.get_data_type();
        if (!l.equals(c.layout(x, c.plain(x.shape(), storage)))) return d;
        long outer = x.rank() < 2 ? 1 : x.dim(0), channels = channels(x);
        return c.plain(new long[] {outer, channels, x.elements() / outer / channels}, storage);
    }

    private static memory.desc slopes(memory.desc data, TensorType x) {
        long[] d = new long[data.get_ndims()];
        Arrays.fill(d, 1);
        d[1] = channels(x);
        return new memory.desc(d, data_type.f32, format_tag.any);
    }

    private static prelu_forward.primitive_desc forward(OnednnContext c, TensorType x, Layout l) {
        memory.desc d = data(c, x, l);
        return new prelu_forward.primitive_desc(
                c.engine, prop_kind.forward_training, d, slopes(d, x), d, c.attributes(), false);
    }

    /** Slopes must lie one after another, without a block's padding. */
    private static <P extends primitive_desc_base> P unpadded(P pd, memory.desc slopes, TensorType x) {
        if (slopes.get_size() == 4 * channels(x)) return pd;
        throw new UnsupportedOperationException(channels(x) + " slopes would be padded");
    }

    private static OnednnKernel forward(OnednnContext c, Preparation p) {
        TensorType t = p.node().output().type();
        var chosen = LayoutChoice.choose(LayoutChoice.of(c, t, p.offered().get(0)), l -> {
            prelu_forward.primitive_desc pd = forward(c, t, l);
            return unpadded(pd, pd.weights_desc(), t);
        });
        prelu_forward.primitive_desc pd = chosen.pd();
        prelu_forward primitive = new prelu_forward(pd);
        memory.desc d = data(c, t, chosen.layout()), slopes = pd.weights_desc();
        boolean repeated = p.node().input(1).type().elements() < channels(t);
        long at = extra(pd);
        return OnednnKernel.of(p.node(), pd)
                .input(0, chosen.layout())
                .output(0, chosen.layout())
                .scratch(at + (repeated ? 4 * channels(t) : 0))
                .bind(x -> {
                    if (repeated) repeat(x, at, (int) channels(t));
                    x.execute(
                            primitive,
                            pd,
                            dnnl.DNNL_ARG_SRC,
                            x.input(0, d),
                            dnnl.DNNL_ARG_WEIGHTS,
                            repeated ? x.scratch(at, slopes) : x.input(1, slopes),
                            dnnl.DNNL_ARG_DST,
                            x.output(0, d));
                });
    }

    private static OnednnKernel backward(OnednnContext c, Preparation p) {
        TensorType t = p.node().input(0).type();
        var chosen = LayoutChoice.choose(LayoutChoice.of(c, t, p.offered().get(0)), l -> {
            memory.desc d = data(c, t, l), s = slopes(d, t);
            prelu_backward.primitive_desc pd =
                    new prelu_backward.primitive_desc(c.engine, d, s, d, s, d, forward(c, t, l), c.attributes(), false);
            return unpadded(unpadded(pd, pd.weights_desc(), t), pd.diff_weights_desc(), t);
        });
        prelu_backward.primitive_desc pd = chosen.pd();
        prelu_backward primitive = new prelu_backward(pd);
        memory.desc d = data(c, t, chosen.layout()), slopes = pd.weights_desc(), dSlopes = pd.diff_weights_desc();
        int n = (int) channels(t);
        boolean repeated = p.node().input(1).type().elements() < n;
        long at = extra(pd), gradientAt = at + 4L * n;
        return OnednnKernel.of(p.node(), pd)
                .input(0, chosen.layout())
                .input(2, chosen.layout())
                .output(0, chosen.layout())
                .scratch(at + (repeated ? 8L * n : 0))
                .bind(x -> {
                    if (repeated) repeat(x, at, n);
                    x.execute(
                            primitive,
                            pd,
                            dnnl.DNNL_ARG_SRC,
                            x.input(0, d),
                            dnnl.DNNL_ARG_WEIGHTS,
                            repeated ? x.scratch(at, slopes) : x.input(1, slopes),
                            dnnl.DNNL_ARG_DIFF_DST,
                            x.input(2, d),
                            dnnl.DNNL_ARG_DIFF_SRC,
                            x.output(0, d),
                            dnnl.DNNL_ARG_DIFF_WEIGHTS,
                            repeated ? x.scratch(gradientAt, dSlopes) : x.output(1, dSlopes));
                    if (repeated) sum(x, gradientAt, n);
                });
    }

    /** Where the scratch goes on after the primitive's own. */
    private static long extra(primitive_desc_base pd) {
        try (memory.desc d = pd.scratchpad_desc()) {
            return d.get_size() + 63 & -64;
        }
    }

    private static FloatBuffer floats(Binding x, long at, int n) {
        return NativeMemory.buffer(x.scratchAddress() + at, 4L * n).asFloatBuffer();
    }

    private static void repeat(Binding x, long at, int n) {
        FloatBuffer slope = x.inputFloats(1), all = floats(x, at, n);
        x.run(() -> {
            float s = slope.get(0);
            for (int i = 0; i < n; i++) all.put(i, s);
        });
    }

    private static void sum(Binding x, long at, int n) {
        FloatBuffer all = floats(x, at, n), one = x.outputFloats(1);
        x.run(() -> {
            double sum = 0;
            for (int i = 0; i < n; i++) sum += all.get(i);
            one.put(0, (float) sum);
        });
    }
}
