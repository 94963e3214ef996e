package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ClipByUnitNorm;

/**
 * Scales the gradient of each unit to a norm within a ratio of that of its weights. Gradient and weights are taken as they
 * lie. Each piece sums its squares by unit in double, then the pieces are added in order, whatever the number of threads;
 * a tensor of which no unit is scaled is not written.
 */
final class ClipByUnitNormOnednn {
    private ClipByUnitNormOnednn() {}

    static void register(OnednnTable table) {
        table.add(ClipByUnitNorm.class, ClipByUnitNormOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, ClipByUnitNorm op, Preparation p) {
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), "java:f32");
        UnitOrder[] orders = new UnitOrder[op.count()];
        for (int i = 0; i < op.count(); i++) {
            Layout l = TensorPieces.layout(c, p, i);
            k.input(i, l).input(op.count() + i, l).output(i, l);
            var type = p.node().input(i).type();
            orders[i] = UnitOrder.of(type, l == null ? voluta.backend.Layouts.PLAIN : l, ClipByUnitNorm.units(type));
        }
        return k.bind(x -> new Bound(x, op, orders).emit(x));
    }

    private static final class Bound {
        private static final int GRADIENT = 0, WEIGHT = 1;

        private final ClipByUnitNorm op;
        private final UnitOrder[] orders;
        private final TensorPieces pieces;
        private final FloatBuffer said;
        /** By piece: the first unit that it has elements of. */
        private final int[] first;
        /** By role and piece: sums of squares, from the piece's first unit on. */
        private final double[][][] partial;
        /** By role and tensor: sums of squares of its units. */
        private final double[][][] sums;
        /** By tensor: the factors of its units. */
        private final float[][] factors;

        private final boolean[] clipped;

        Bound(Binding x, ClipByUnitNorm op, UnitOrder[] orders) {
            this.op = op;
            this.orders = orders;
            int n = op.count();
            int[][] roles = new int[2][n];
            for (int i = 0; i < n; i++) {
                roles[GRADIENT][i] = i;
                roles[WEIGHT][i] = n + i;
            }
            pieces = new TensorPieces(x, roles, new boolean[] {true, false});
            said = x.outputFloats(op.clipped());
            first = new int[pieces.count()];
            partial = new double[2][pieces.count()][];
            sums = new double[2][n][];
            factors = new float[n][];
            clipped = new boolean[n];
            for (int t = 0; t < n; t++) {
                for (int r = 0; r < 2; r++) sums[r][t] = new double[orders[t].count];
                factors[t] = new float[orders[t].count];
            }
            for (int i = 0; i < first.length; i++) spread(i);
        }

        /** Finds which units a piece has elements of. */
        private void spread(int piece) {
            UnitOrder order = orders[pieces.tensor(piece)];
            int widest = Arrays.stream(order.lanes).max().orElse(0);
            int low = Integer.MAX_VALUE, high = 0;
            long end = pieces.offset(piece) + pieces.length(piece);
            for (long at = pieces.offset(piece); at < end; at = (at / order.run + 1) * order.run) {
                int base = order.base(at);
                low = Math.min(low, base);
                high = Math.max(high, base + widest);
            }
            first[piece] = low;
            for (int r = 0; r < 2; r++) partial[r][piece] = new double[high - low + 1];
        }

        void emit(Binding x) {
            TensorPieces.Body squares = this::squares;
            TensorPieces.Body scale = new TensorPieces.Body() {
                @Override
                public boolean skips(int tensor) {
                    return !clipped[tensor];
                }

                @Override
                public boolean run(int piece, float[][] data, int length) {
                    scale(piece, data[GRADIENT], length);
                    return true;
                }
            };
            x.run(() -> {
                pieces.run(squares);
                said.put(0, factors() ? 1 : 0);
                pieces.run(scale);
            });
        }

        private boolean squares(int piece, float[][] data, int length) {
            UnitOrder order = orders[pieces.tensor(piece)];
            int[] lanes = order.lanes;
            int mask = lanes.length - 1;
            double[] ofGradient = partial[GRADIENT][piece], ofWeight = partial[WEIGHT][piece];
            Arrays.fill(ofGradient, 0);
            Arrays.fill(ofWeight, 0);
            float[] g = data[GRADIENT], p = data[WEIGHT];
            long start = pieces.offset(piece);
            for (int i = 0; i < length; ) {
                int end = end(order, start, i, length), base = order.base(start + i) - first[piece];
                if (mask == 0) {
                    ofGradient[base] += squares(g, i, end);
                    ofWeight[base] += squares(p, i, end);
                    i = end;
                }
                for (; i < end; i++) {
                    int u = base + lanes[(int) (start + i) & mask];
                    ofGradient[u] += (double) g[i] * g[i];
                    ofWeight[u] += (double) p[i] * p[i];
                }
            }
            return false;
        }

        private static double squares(float[] x, int from, int to) {
            double even = 0, odd = 0;
            int i = from;
            for (; i + 1 < to; i += 2) {
                double a = x[i], b = x[i + 1];
                even += a * a;
                odd += b * b;
            }
            return i < to ? even + odd + (double) x[i] * x[i] : even + odd;
        }

        /** Where the run that element {@code i} of a piece is in ends, within the piece. */
        private static int end(UnitOrder order, long start, int i, int length) {
            return (int) Math.min(length, ((start + i) / order.run + 1) * order.run - start);
        }

        /** Sets the factor of each unit; says whether any is scaled. */
        private boolean factors() {
            for (int r = 0; r < 2; r++) {
                for (double[] s : sums[r]) Arrays.fill(s, 0);
                for (int i = 0; i < first.length; i++) {
                    double[] from = partial[r][i], to = sums[r][pieces.tensor(i)];
                    for (int u = 0; u < from.length && first[i] + u < to.length; u++) to[first[i] + u] += from[u];
                }
            }
            boolean any = false;
            for (int t = 0; t < factors.length; t++) {
                clipped[t] = false;
                for (int u = 0; u < factors[t].length; u++) {
                    double f = op.factor(Math.sqrt(sums[GRADIENT][t][u]), Math.sqrt(sums[WEIGHT][t][u]));
                    factors[t][u] = (float) f;
                    clipped[t] |= f < 1;
                }
                any |= clipped[t];
            }
            return any;
        }

        private void scale(int piece, float[] g, int length) {
            int tensor = pieces.tensor(piece);
            UnitOrder order = orders[tensor];
            int[] lanes = order.lanes;
            int mask = lanes.length - 1;
            long start = pieces.offset(piece);
            for (int i = 0; i < length; ) {
                int end = end(order, start, i, length), base = order.base(start + i);
                for (; i < end; i++) g[i] *= factors[tensor][base + lanes[(int) (start + i) & mask]];
            }
        }
    }
}
