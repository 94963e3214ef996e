package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reduction;
import voluta.backend.Layouts;
import voluta.backend.Preparation;
import voluta.op.Reduction;
import voluta.tensor.TensorType;

/**
 * Sums and means. Over all spatial dimensions of a value that is not row-major: oneDNN's average pooling, which is fast
 * in any layout (as squeeze-and-excitation's gradient needs). Everything else over plain f32, one group of neighbouring
 * dimensions after another: the innermost by oneDNN's reduction, others as sums of rows in Java, since there oneDNN has
 * a plain loop only.
 */
final class ReductionOnednn {
    private ReductionOnednn() {}

    static void register(OnednnTable table) {
        table.add(Reduction.class, ReductionOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, Reduction op, Preparation p) {
        TensorType x = p.node().input(0).type();
        boolean spatial = x.rank() >= 3
                && x.rank() <= 5
                && op.axes().equals(IntStream.range(2, x.rank()).boxed().toList());
        if (spatial && op.keep() && p.offered().get(0) instanceof OnednnLayout l) {
            OnednnKernel k = pooled(c, op, p, l);
            if (k != null) return k;
        }
        return inPasses(c, op, p);
    }

    /** Null if oneDNN has no fast pooling for the layout. */
    private static OnednnKernel pooled(OnednnContext c, Reduction op, Preparation p, OnednnLayout l) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        int n = x.rank() - 2;
        long[] kernel = Arrays.copyOfRange(x.shape().dims(), 2, x.rank()), ones = new long[n], zeros = new long[n];
        Arrays.fill(ones, 1);
        primitive_attr attributes = c.attributes();
        if (op.kind() == Reduction.Kind.SUM) {
            post_ops times = new post_ops();
            times.append_eltwise(algorithm.eltwise_linear, op.count(x.shape()), 0);
            attributes.set_post_ops(times);
        }
        memory.desc any = c.any(y.shape(), l.desc().get_data_type());
        pooling_forward.primitive_desc pd;
        try {
            pd = new pooling_forward.primitive_desc(
                    c.engine,
                    prop_kind.forward_inference,
                    algorithm.pooling_avg_exclude_padding,
                    l.desc(),
                    any,
                    ones,
                    kernel,
                    zeros,
                    zeros,
                    zeros,
                    attributes,
                    false);
        } catch (RuntimeException unimplemented) {
            return null;
        }
        if (!LayoutChoice.fast(pd)) return null;
        return SinglePrimitive.of(c, p.node(), pd)
                .reads(0, dnnl.DNNL_ARG_SRC, pd.src_desc(), l)
                .writes(0, dnnl.DNNL_ARG_DST, pd.dst_desc())
                .runs(new pooling_forward(pd));
    }

    /** A reduction of [outer, count, inner] to [outer, inner]. */
    private record Pass(long outer, long count, long inner) {
        long outputs() {
            return outer * inner;
        }
    }

    /** The passes from the innermost reduced dimensions outwards. */
    private static List<Pass> passes(Reduction op, TensorType x) {
        List<long[]> groups = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (x.dim(i) == 1) continue;
            long reduced = op.axes().contains(i) ? 1 : 0;
            if (!groups.isEmpty() && groups.get(groups.size() - 1)[1] == reduced)
                groups.get(groups.size() - 1)[0] *= x.dim(i);
            else groups.add(new long[] {x.dim(i), reduced});
        }
        List<Pass> passes = new ArrayList<>();
        long inner = 1, outer = x.elements();
        for (int g = groups.size() - 1; g >= 0; g--) {
            long size = groups.get(g)[0];
            outer /= size;
            if (groups.get(g)[1] == 1) passes.add(new Pass(outer, size, inner));
            else inner *= size;
        }
        return passes;
    }

    private static OnednnKernel inPasses(OnednnContext c, Reduction op, Preparation p) {
        List<Pass> passes = passes(op, p.node().input(0).type());
        if (passes.isEmpty())
            return OnednnKernel.of(p.node(), "view").views(0, 0).bind(x -> {});
        List<reduction.primitive_desc> descriptors = new ArrayList<>();
        long at = 0;
        for (Pass pass : passes) {
            reduction.primitive_desc pd = pass.inner == 1 ? innermost(c, op, pass) : null;
            descriptors.add(pd);
            if (pd != null) at = Math.max(at, pd.scratchpad_desc().get_size() + 63 & -64);
        }
        long[] offsets = new long[passes.size()];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = at;
            if (i < offsets.length - 1) at += 4 * passes.get(i).outputs() + 63 & -64;
        }
        String name = descriptors.get(0) == null
                ? "java:f32"
                : descriptors.get(0).impl_info_str().getString();
        return OnednnKernel.of(p.node(), name)
                .input(0, Layouts.PLAIN)
                .scratch(at)
                .bind(x -> bind(x, op, passes, descriptors, offsets));
    }

    private static reduction.primitive_desc innermost(OnednnContext c, Reduction op, Pass pass) {
        algorithm a = op.kind() == Reduction.Kind.SUM ? algorithm.reduction_sum : algorithm.reduction_mean;
        return new reduction.primitive_desc(
                c.engine,
                a,
                c.plain(new long[] {pass.outer, pass.count}, data_type.f32),
                c.plain(new long[] {pass.outer, 1}, data_type.f32),
                0,
                0,
                c.attributes(),
                false);
    }

    private static void bind(
            Binding x, Reduction op, List<Pass> passes, List<reduction.primitive_desc> descriptors, long[] offsets) {
        int last = passes.size() - 1;
        for (int i = 0; i <= last; i++) {
            Pass pass = passes.get(i);
            long from = i == 0 ? x.inputAddress(0) : x.scratchAddress() + offsets[i - 1];
            long to = i == last ? x.outputAddress(0) : x.scratchAddress() + offsets[i];
            reduction.primitive_desc pd = descriptors.get(i);
            if (pd != null) {
                x.execute(
                        new reduction(pd),
                        pd,
                        dnnl.DNNL_ARG_SRC,
                        x.memory(pd.src_desc(), from),
                        dnnl.DNNL_ARG_DST,
                        x.memory(pd.dst_desc(), to));
            } else {
                FloatBuffer in = x.floats(from, pass.outputs() * pass.count), out = x.floats(to, pass.outputs());
                float factor = op.kind() == Reduction.Kind.MEAN ? 1f / pass.count : 1;
                long chunks = RowSums.chunks(pass.inner), work = pass.count * Math.min(pass.inner, RowSums.CHUNK);
                Parts.emit(
                        x,
                        pass.outer * chunks,
                        RowSums.GRAIN / work,
                        (a, b) -> new RowSums(in, out, pass.count, pass.inner, factor, a, b));
            }
        }
    }

    /** Sums rows of [outer, count, inner]; an item is a piece of a row of the result. */
    private static final class RowSums implements Runnable {
        static final int CHUNK = 1024;
        static final long GRAIN = 1 << 15;

        private final FloatBuffer in;
        private final FloatBuffer out;
        private final int count;
        private final int inner;
        private final float factor;
        private final long from;
        private final long to;
        private final float[] row = new float[CHUNK];
        private final float[] sum = new float[CHUNK];

        RowSums(FloatBuffer in, FloatBuffer out, long count, long inner, float factor, long from, long to) {
            this.in = in;
            this.out = out;
            this.count = (int) count;
            this.inner = (int) inner;
            this.factor = factor;
            this.from = from;
            this.to = to;
        }

        static long chunks(long inner) {
            return (inner + CHUNK - 1) / CHUNK;
        }

        @Override
        public void run() {
            int chunks = (int) chunks(inner);
            for (long item = from; item < to; item++) {
                int outer = (int) (item / chunks), start = (int) (item % chunks) * CHUNK;
                int n = Math.min(CHUNK, inner - start);
                Arrays.fill(sum, 0);
                for (int k = 0; k < count; k++) {
                    in.get((outer * count + k) * inner + start, row, 0, n);
                    for (int i = 0; i < n; i++) sum[i] += row[i];
                }
                for (int i = 0; i < n; i++) sum[i] *= factor;
                out.put(outer * inner + start, sum, 0, n);
            }
        }
    }
}
