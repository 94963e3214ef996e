package voluta.backend.onednn;

import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Preparation;
import voluta.op.Arithmetic;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Elementwise arithmetic by oneDNN's binary primitive; memory-bound, so it takes the layout of its larger operand. */
final class ArithmeticOnednn {
    private ArithmeticOnednn() {}

    static void register(OnednnTable table) {
        table.add(Arithmetic.class, ArithmeticOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, Arithmetic op, Preparation p) {
        TensorType a = p.node().input(0).type(),
                b = p.node().input(1).type(),
                y = p.node().output().type();
        boolean sameA = a.shape().equals(y.shape()), sameB = b.shape().equals(y.shape());
        Layout la = sameA ? c.offeredOr(p, 0) : Layouts.PLAIN,
                lb = sameB ? (sameA ? la : c.offeredOr(p, 1)) : Layouts.PLAIN;
        Layout ly = sameA ? la : sameB ? lb : Layouts.PLAIN;
        memory.desc da = aligned(c, a, la, y.shape()), db = aligned(c, b, lb, y.shape()), dy = c.desc(y, ly);
        binary.primitive_desc pd =
                new binary.primitive_desc(c.engine, algorithm(op.kind()), da, db, dy, c.attributes(), false);
        binary primitive = new binary(pd);
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), pd)
                .input(0, la)
                .input(1, lb)
                .output(0, ly)
                .scratchOf(pd);
        if (sameA) k.overwrites(0, 0);
        return k.bind(x -> x.execute(
                primitive,
                pd,
                dnnl.DNNL_ARG_SRC_0,
                x.input(0, da),
                dnnl.DNNL_ARG_SRC_1,
                x.input(1, db),
                dnnl.DNNL_ARG_DST,
                x.output(0)));
    }

    /** The operand's descriptor with leading dimensions of 1 until it has the rank of the result. */
    private static memory.desc aligned(OnednnContext c, TensorType t, Layout layout, Shape y) {
        if (t.shape().equals(y)) return c.desc(t, layout);
        long[] d = new long[Math.max(1, y.rank())];
        java.util.Arrays.fill(d, 1);
        for (int i = 0; i < t.rank(); i++) d[y.rank() - t.rank() + i] = t.dim(i);
        return c.plain(d, OnednnContext.plainStorage(t.dtype()));
    }

    private static dnnl.algorithm algorithm(Arithmetic.Kind kind) {
        return switch (kind) {
            case ADD -> dnnl.algorithm.binary_add;
            case SUBTRACT -> dnnl.algorithm.binary_sub;
            case MULTIPLY -> dnnl.algorithm.binary_mul;
            case DIVIDE -> dnnl.algorithm.binary_div;
        };
    }
}
