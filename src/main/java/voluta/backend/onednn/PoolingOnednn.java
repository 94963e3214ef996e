package voluta.backend.onednn;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Pooling;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * Pooling by oneDNN in the layout that comes, f32 or bf16. Where oneDNN has only its reference implementation in every
 * layout (dilation), or divides by another number (padding counted together with overhanging windows), {@link
 * WindowLoops} compute on plain f32.
 *
 * <p>The maximum's context is oneDNN's workspace: the winner's place within its window. It is always left, since an op
 * cannot see whether a backward pass follows; one byte per output element, for windows of up to 256 taps.
 */
final class PoolingOnednn {
    private static final format_tag[] CHANNELS_LAST = {format_tag.acb, format_tag.acdb, format_tag.acdeb};

    private PoolingOnednn() {}

    static void register(OnednnTable table) {
        table.add(Pooling.class, PoolingOnednn::forward);
        table.add(Pooling.Backward.class, (c, op, p) -> backward(c, op.forward(), p));
    }

    /** The two primitives that belong together, with the layouts they were made for. */
    private record Pair(pooling_forward.primitive_desc forward, pooling_backward.primitive_desc backward) {
        boolean fast() {
            return !forward.impl_info_str().getString().startsWith("ref")
                    && !backward.impl_info_str().getString().startsWith("ref");
        }
    }

    static OnednnKernel forward(OnednnContext c, Pooling op, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        Pair pair = choose(c, op, x, y, c.offeredOr(p, 0));
        if (pair == null) return loops(op, x.shape(), y.shape()).forward(c, p.node());
        pooling_forward.primitive_desc pd = pair.forward;
        SinglePrimitive k = SinglePrimitive.of(c, p.node(), pd)
                .reads(0, dnnl.DNNL_ARG_SRC, pd.src_desc())
                .writes(0, dnnl.DNNL_ARG_DST, pd.dst_desc())
                .hint(pair);
        if (op.kind() == Pooling.Kind.MAX) {
            memory.desc workspace = pd.workspace_desc();
            k.context(workspace.get_size()).keeps(0, dnnl.DNNL_ARG_WORKSPACE, workspace);
        }
        return k.runs(new pooling_forward(pd));
    }

    /** The mean's gradient follows x's layout, for x is larger than y and its producer's gradient wants that; x and y are not read. */
    static OnednnKernel backward(OnednnContext c, Pooling op, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().input(2).type();
        boolean max = op.kind() == Pooling.Kind.MAX;
        Pair pair =
                max ? (Pair) ((OnednnKernel) p.forward().orElseThrow()).hint() : choose(c, op, x, y, c.offeredOr(p, 0));
        if (pair == null) return loops(op, x.shape(), y.shape()).backward(c, p.node());
        pooling_backward.primitive_desc pd = pair.backward;
        memory.desc dy = pd.diff_dst_desc(), dx = pd.diff_src_desc();
        // of a globally pooled value, several layouts are the same bytes: no reorder then
        Layout offered = c.offeredOr(p, 2);
        Layout taken = Packing.same(dy, c.desc(y, offered)) ? offered : c.layout(y, dy);
        if (!max) return gradient(c, p, pd, taken).runs(new pooling_backward(pd));
        memory.desc workspace = pd.workspace_desc();
        return NativePooling.of(c, op, x.shape(), y.shape(), dx, dy, workspace)
                .map(own -> OnednnKernel.of(p.node(), own.describe())
                        .ignores(0)
                        .ignores(1)
                        .input(2, taken)
                        .output(0, c.layout(x, dx))
                        .bind(own::emit))
                .orElseGet(() -> gradient(c, p, pd, taken)
                        .keeps(0, dnnl.DNNL_ARG_WORKSPACE, workspace)
                        .runs(new pooling_backward(pd)));
    }

    private static SinglePrimitive gradient(
            OnednnContext c, Preparation p, pooling_backward.primitive_desc pd, Layout taken) {
        return SinglePrimitive.of(c, p.node(), pd)
                .ignores(0)
                .ignores(1)
                .reads(2, dnnl.DNNL_ARG_DIFF_DST, pd.diff_dst_desc(), taken)
                .writes(0, dnnl.DNNL_ARG_DIFF_SRC, pd.diff_src_desc());
    }

    /** The fast primitives for the offered layout or, failing that, for others of the same storage; null if there are none. */
    private static Pair choose(OnednnContext c, Pooling op, TensorType x, TensorType y, Layout offered) {
        boolean padded = IntStream.range(0, op.kernel().size())
                .anyMatch(d -> op.padBefore().get(d) > 0 || op.padAfter().get(d) > 0);
        boolean overhangs = IntStream.range(0, op.kernel().size())
                .anyMatch(d -> op.overhang(d, x.shape().size(d + 2), y.shape().size(d + 2)) > 0);
        boolean counts = op.countPadding() && padded;
        if (op.kind() == Pooling.Kind.AVERAGE && counts && overhangs) return null;
        dnnl.algorithm algorithm = op.kind() == Pooling.Kind.MAX
                ? dnnl.algorithm.pooling_max
                : counts ? dnnl.algorithm.pooling_avg_include_padding : dnnl.algorithm.pooling_avg_exclude_padding;
        memory.desc first = c.desc(x, offered);
        data_type type = first.get_data_type().intern();
        format_tag last = CHANNELS_LAST[op.kernel().size() - 1];
        for (memory.desc d : List.of(first, new memory.desc(x.shape().dims(), type, last), c.plain(x.shape(), type))) {
            Pair pair = create(c, op, algorithm, d, c.any(y.shape(), type));
            if (pair != null && pair.fast()) return pair;
        }
        return null;
    }

    private static Pair create(OnednnContext c, Pooling op, dnnl.algorithm algorithm, memory.desc x, memory.desc y) {
        int n = op.kernel().size();
        long[] in = Packing.longs(x.get_dims(), n + 2), out = Packing.longs(y.get_dims(), n + 2);
        long[] kernel = longs(op.kernel()), stride = longs(op.stride()), before = longs(op.padBefore());
        long[] gaps = op.dilation().stream().mapToLong(d -> d - 1).toArray(), after = new long[n];
        for (int d = 0; d < n; d++) {
            // just as much as the last window needs, which is less or more than the op's padding when sizes are rounded
            long reach = op.dilation().get(d) * (kernel[d] - 1) + 1;
            after[d] = Math.max(0, op.start(d, (int) out[d + 2] - 1) + reach - in[d + 2]);
        }
        try {
            pooling_forward.primitive_desc f = new pooling_forward.primitive_desc(
                    c.engine,
                    dnnl.prop_kind.forward_training,
                    algorithm,
                    x,
                    y,
                    stride,
                    kernel,
                    gaps,
                    before,
                    after,
                    c.attributes(),
                    false);
            return new Pair(
                    f,
                    new pooling_backward.primitive_desc(
                            c.engine,
                            algorithm,
                            f.src_desc(),
                            f.dst_desc(),
                            stride,
                            kernel,
                            gaps,
                            before,
                            after,
                            f,
                            c.attributes(),
                            false));
        } catch (RuntimeException unimplemented) {
            return null;
        }
    }

    private static long[] longs(List<Integer> values) {
        return values.stream().mapToLong(Integer::longValue).toArray();
    }

    private static WindowLoops loops(Pooling op, Shape x, Shape y) {
        int n = op.kernel().size();
        int[][][] positions = new int[n][][];
        int[][] counted = new int[n][];
        for (int i = 0; i < n; i++) {
            int d = i, size = x.size(d + 2), outputs = y.size(d + 2);
            positions[d] = op.positions(d, size, outputs);
            counted[d] =
                    IntStream.range(0, outputs).map(o -> op.counted(d, o, size)).toArray();
        }
        return new WindowLoops(op.kind(), x, y, positions, counted);
    }
}
