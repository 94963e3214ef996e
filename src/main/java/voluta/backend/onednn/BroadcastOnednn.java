package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import voluta.backend.Preparation;
import voluta.op.Broadcast;
import voluta.tensor.TensorType;

/** Repetition in Java over plain f32, one group of neighbouring dimensions after another, outermost first. */
final class BroadcastOnednn {
    private BroadcastOnednn() {}

    static void register(OnednnTable table) {
        table.add(Broadcast.class, (c, op, p) -> prepare(p));
    }

    /** A repetition of [outer, inner] to [outer, count, inner]. */
    private record Pass(long outer, long count, long inner) {
        long outputs() {
            return outer * count * inner;
        }
    }

    /** Outermost first, so that what lies between the passes is small. */
    private static List<Pass> passes(TensorType x, TensorType y) {
        List<long[]> groups = new ArrayList<>();
        for (int i = 0; i < y.rank(); i++) {
            if (y.dim(i) == 1) continue;
            int own = i - (y.rank() - x.rank());
            long repeated = own < 0 || x.dim(own) == 1 ? 1 : 0;
            if (!groups.isEmpty() && groups.get(groups.size() - 1)[1] == repeated)
                groups.get(groups.size() - 1)[0] *= y.dim(i);
            else groups.add(new long[] {y.dim(i), repeated});
        }
        List<Pass> passes = new ArrayList<>();
        long outer = 1, inner = x.elements();
        for (long[] g : groups) {
            if (g[1] == 1) passes.add(new Pass(outer, g[0], inner));
            else inner /= g[0];
            outer *= g[0];
        }
        return passes;
    }

    private static OnednnKernel prepare(Preparation p) {
        Repetition r =
                new Repetition(p.node().input(0).type(), p.node().output().type());
        if (r.passes.isEmpty())
            return OnednnKernel.of(p.node(), "view").views(0, 0).bind(x -> {});
        return OnednnKernel.of(p.node(), "java:f32")
                .scratch(r.scratch())
                .bind(x -> r.emit(x, x.inputAddress(0), r.scratch() == 0 ? 0 : x.scratchAddress(), x.outputAddress(0)));
    }

    /** All passes from one type to another; arithmetic that oneDNN cannot broadcast begins with them too. */
    static final class Repetition {
        private final List<Pass> passes;
        private final long[] offsets;
        private final long scratch;

        Repetition(TensorType from, TensorType to) {
            passes = passes(from, to);
            offsets = new long[passes.size()];
            long at = 0;
            for (int i = 0; i < offsets.length - 1; i++) {
                offsets[i] = at;
                at += 4 * passes.get(i).outputs() + 63 & -64;
            }
            scratch = at;
        }

        /** Whether both have the same elements, so that nothing is to be done. */
        boolean none() {
            return passes.isEmpty();
        }

        /** Bytes needed between the passes. */
        long scratch() {
            return scratch;
        }

        void emit(Binding x, long from, long scratchAddress, long to) {
            for (int i = 0; i < passes.size(); i++) {
                Pass pass = passes.get(i);
                long in = i == 0 ? from : scratchAddress + offsets[i - 1];
                long out = i == passes.size() - 1 ? to : scratchAddress + offsets[i];
                BroadcastOnednn.emit(x, pass, x.floats(in, pass.outer * pass.inner), x.floats(out, pass.outputs()));
            }
        }
    }

    private static void emit(Binding x, Pass pass, FloatBuffer in, FloatBuffer out) {
        if (pass.inner == 1) {
            Parts.emit(x, pass.outputs(), Fill.GRAIN, (a, b) -> new Fill(in, out, (int) pass.count, (int) a, (int) b));
            return;
        }
        int inner = (int) pass.inner, count = (int) pass.count;
        Parts.emit(x, pass.outer * pass.count, Math.max(1, Fill.GRAIN / pass.inner), (a, b) -> () -> {
            for (int r = (int) a; r < b; r++) out.put(r * inner, in, r / count * inner, inner);
        });
    }

    /** Elements {@code from} to {@code to} of [outer, count], where all of a row are equal. */
    private static final class Fill implements Runnable {
        static final long GRAIN = 1 << 15;

        private final FloatBuffer in;
        private final FloatBuffer out;
        private final int count;
        private final int from;
        private final int to;
        private final float[] values = new float[1024];

        Fill(FloatBuffer in, FloatBuffer out, int count, int from, int to) {
            this.in = in;
            this.out = out;
            this.count = count;
            this.from = from;
            this.to = to;
        }

        @Override
        public void run() {
            for (int i = from; i < to; ) {
                int row = i / count, end = (int) Math.min(to, (row + 1L) * count);
                Arrays.fill(values, 0, Math.min(values.length, end - i), in.get(row));
                while (i < end) {
                    int n = Math.min(values.length, end - i);
                    out.put(i, values, 0, n);
                    i += n;
                }
            }
        }
    }
}
