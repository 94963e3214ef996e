package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Preparation;
import voluta.op.Arithmetic;
import voluta.op.Arithmetic.Kind;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * Elementwise arithmetic by oneDNN's binary primitive; memory-bound, so it takes the layout of the operand that has the
 * result's shape (the large one). The other is broadcast: row-major where that is fast, else blocked like the large one.
 */
final class ArithmeticOnednn {
    private ArithmeticOnednn() {}

    static void register(OnednnTable table) {
        table.add(Arithmetic.class, ArithmeticOnednn::prepare);
    }

    /** A way to compute: how each operand and the result lie, and as what they are presented to oneDNN. */
    private record Way(
            Layout large, Layout small, memory.desc largeDesc, memory.desc smallDesc, binary.primitive_desc pd) {}

    private static OnednnKernel prepare(OnednnContext c, Arithmetic op, Preparation p) {
        Shape y = p.node().output().type().shape();
        Shape a = p.node().input(0).type().shape(), b = p.node().input(1).type().shape();
        if (a.equals(y) && b.equals(y)) return same(c, op, p);
        // oneDNN broadcasts its second operand fast, its first hardly
        if (a.equals(y)) return broadcast(c, op, p, 0);
        if (b.equals(y) && op.kind() != Kind.DIVIDE) return broadcast(c, op, p, 1);
        return plain(c, op, p);
    }

    /** Two operands of the result's shape: both in the layout of the one that a kernel has chosen. */
    private static OnednnKernel same(OnednnContext c, Arithmetic op, Preparation p) {
        Layout l = c.offeredOr(p, 0);
        if (l.equals(Layouts.PLAIN)) l = c.offeredOr(p, 1);
        TensorType t = p.node().output().type();
        memory.desc d = l.equals(Layouts.PLAIN) ? flat(c, t) : c.desc(t, l);
        var pd = new binary.primitive_desc(c.engine, algorithm(op.kind()), d, d, d, c.attributes(), false);
        return kernel(c, p, new Way(l, l, d, d, pd), 0);
    }

    /** A row-major value as one dimension. */
    private static memory.desc flat(OnednnContext c, TensorType t) {
        return c.plain(new long[] {t.elements()}, OnednnContext.plainStorage(t.dtype()));
    }

    /**
     * The first operand must be repeated, which oneDNN does element by element: so it is first written out to the result
     * in Java, and the second too, to the scratch, if that is of a shape that oneDNN is slow with.
     */
    private static OnednnKernel plain(OnednnContext c, Arithmetic op, Preparation p) {
        TensorType y = p.node().output().type();
        var first = new BroadcastOnednn.Repetition(p.node().input(0).type(), y);
        var second = new BroadcastOnednn.Repetition(p.node().input(1).type(), y);
        memory.desc d = c.desc(y, Layouts.PLAIN), aligned = aligned(c, p, 1);
        var direct = new binary.primitive_desc(c.engine, algorithm(op.kind()), d, aligned, d, c.attributes(), false);
        boolean repeats = !second.none() && !LayoutChoice.fast(direct);
        memory.desc b = repeats ? d : aligned;
        var pd = repeats
                ? new binary.primitive_desc(c.engine, algorithm(op.kind()), d, d, d, c.attributes(), false)
                : direct;
        binary primitive = new binary(pd);
        long own = pd.scratchpad_desc().get_size() + 63 & -64, full = own + (repeats ? y.plainBytes() + 63 & -64 : 0);
        return OnednnKernel.of(p.node(), "java:broadcast+" + pd.impl_info_str().getString())
                .scratch(full + Math.max(first.scratch(), second.scratch()))
                .bind(x -> {
                    long all = full + Math.max(first.scratch(), second.scratch());
                    long rest = all == 0 ? 0 : x.scratchAddress() + full;
                    if (!first.none()) first.emit(x, x.inputAddress(0), rest, x.outputAddress(0));
                    if (repeats) second.emit(x, x.inputAddress(1), rest, x.scratchAddress() + own);
                    x.execute(
                            primitive,
                            pd,
                            dnnl.DNNL_ARG_SRC_0,
                            first.none() ? x.input(0, d) : x.output(0, d),
                            dnnl.DNNL_ARG_SRC_1,
                            repeats ? x.scratch(own, d) : x.input(1, b),
                            dnnl.DNNL_ARG_DST,
                            x.output(0, d));
                });
    }

    private static OnednnKernel broadcast(OnednnContext c, Arithmetic op, Preparation p, int large) {
        List<Supplier<Way>> ways = new ArrayList<>();
        TensorType y = p.node().output().type(), s = p.node().input(1 - large).type();
        Layout offered = c.offeredOr(p, large), small = c.offeredOr(p, 1 - large);
        memory.desc aligned = aligned(c, p, 1 - large);
        if (s.rank() == y.rank() && small instanceof OnednnLayout l)
            ways.add(() -> way(c, op, large, y, offered, small, l.desc()));
        ways.add(() -> way(c, op, large, y, offered, Layouts.PLAIN, aligned));
        memory.desc blocked = blockedLike(c, y, offered, aligned, s);
        if (blocked != null) ways.add(() -> way(c, op, large, y, offered, Layouts.PLAIN, blocked));
        if (s.elements() == 1 && unpadded(y, c.desc(y, offered))) ways.add(() -> scalar(c, op, large, y, offered, s));
        for (Layout l : LayoutChoice.of(c, y, offered)) ways.add(() -> way(c, op, large, y, l, Layouts.PLAIN, aligned));
        return kernel(c, p, fastest(ways), large);
    }

    private static Way fastest(List<Supplier<Way>> ways) {
        Way slow = null;
        RuntimeException refused = null;
        for (Supplier<Way> w : ways) {
            try {
                Way way = w.get();
                if (LayoutChoice.fast(way.pd)) return way;
                slow = way;
            } catch (RuntimeException e) {
                refused = e;
            }
        }
        if (slow == null) throw refused;
        return slow;
    }

    private static Way way(
            OnednnContext c, Arithmetic op, int large, TensorType y, Layout l, Layout small, memory.desc smallDesc) {
        memory.desc d = c.desc(y, l);
        return new Way(l, small, d, smallDesc, describe(c, op, large, d, smallDesc));
    }

    /** Any dense value with a scalar: the order does not matter. */
    private static Way scalar(OnednnContext c, Arithmetic op, int large, TensorType y, Layout l, TensorType s) {
        memory.desc d = c.plain(new long[] {y.elements()}, c.desc(y, l).get_data_type()), one = flat(c, s);
        return new Way(l, Layouts.PLAIN, d, one, describe(c, op, large, d, one));
    }

    private static boolean unpadded(TensorType t, memory.desc d) {
        return d.get_size() == t.elements() * (d.get_data_type().intern() == data_type.bf16 ? 2 : 4);
    }

    private static binary.primitive_desc describe(
            OnednnContext c, Arithmetic op, int large, memory.desc d, memory.desc small) {
        primitive_attr attributes = c.attributes();
        if (large == 1 && op.kind() == Kind.SUBTRACT) {
            post_ops negate = new post_ops();
            negate.append_eltwise(algorithm.eltwise_linear, -1, 0);
            attributes.set_post_ops(negate);
        }
        return new binary.primitive_desc(c.engine, algorithm(op.kind()), d, small, d, attributes, false);
    }

    private static OnednnKernel kernel(OnednnContext c, Preparation p, Way w, int large) {
        return SinglePrimitive.of(c, p.node(), w.pd)
                .reads(large, dnnl.DNNL_ARG_SRC_0, w.largeDesc, w.large)
                .reads(1 - large, dnnl.DNNL_ARG_SRC_1, w.smallDesc, w.small)
                .writes(0, dnnl.DNNL_ARG_DST, w.largeDesc, w.large)
                .overwrites(0, large)
                .runs(new binary(w.pd));
    }

    /** Input {@code i}, row-major, with leading dimensions of 1 until it has the rank of the result. */
    private static memory.desc aligned(OnednnContext c, Preparation p, int i) {
        TensorType t = p.node().input(i).type();
        int rank = Math.max(1, p.node().output().type().rank());
        long[] d = new long[rank];
        Arrays.fill(d, 1);
        for (int k = 0; k < t.rank(); k++) d[rank - t.rank() + k] = t.dim(k);
        return c.plain(d, OnednnContext.plainStorage(t.dtype()));
    }

    /**
     * Row-major bytes seen as blocked by channels like the large operand, which are the same bytes if nothing varies
     * after the channels and no block is padded; else null.
     */
    private static memory.desc blockedLike(
            OnednnContext c, TensorType y, Layout large, memory.desc aligned, TensorType small) {
        if (!(large instanceof OnednnLayout) || y.rank() < 3 || y.rank() > 5) return null;
        for (int i = 1; i <= y.rank() - 2; i++) if (small.rank() >= i && small.dim(-i) != 1) return null;
        long[] dims = dims(aligned);
        memory.desc own = c.desc(y, large);
        for (Blocked b : Blocked.values()) {
            if (dims[1] % b.size != 0) continue;
            if (own.equals(new memory.desc(y.shape().dims(), own.get_data_type(), b.tags[y.rank() - 3])))
                return new memory.desc(dims, OnednnContext.plainStorage(small.dtype()), b.tags[y.rank() - 3]);
        }
        return null;
    }

    private static long[] dims(memory.desc d) {
        long[] dims = new long[d.get_ndims()];
        d.get_dims().get(dims);
        return dims;
    }

    /** Layouts blocked by channels, for three to five dimensions. */
    private enum Blocked {
        BY_16(16, format_tag.aBc16b, format_tag.aBcd16b, format_tag.aBcde16b),
        BY_8(8, format_tag.aBc8b, format_tag.aBcd8b, format_tag.aBcde8b);

        private final int size;
        private final format_tag[] tags;

        Blocked(int size, format_tag... tags) {
            this.size = size;
            this.tags = tags;
        }
    }

    private static algorithm algorithm(Arithmetic.Kind kind) {
        return switch (kind) {
            case ADD -> algorithm.binary_add;
            case SUBTRACT -> algorithm.binary_sub;
            case MULTIPLY -> algorithm.binary_mul;
            case DIVIDE -> algorithm.binary_div;
        };
    }
}
