package voluta.backend.onednn;

import java.nio.FloatBuffer;
import voluta.backend.Preparation;
import voluta.op.GlobalNorm;

/**
 * The norm of all elements of several tensors together. oneDNN's reduction over everything is its reference
 * implementation, 70 times slower (see {@link TensorPieces}). Squares are summed in double: each piece with eight
 * sums, then the pieces in order, whatever the number of threads.
 */
final class GlobalNormOnednn {
    private GlobalNormOnednn() {}

    static void register(OnednnTable table) {
        table.add(GlobalNorm.class, GlobalNormOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, GlobalNorm op, Preparation p) {
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), NativeUpdates.serve() ? NativeUpdates.NAME : "java:f32");
        for (int i = 0; i < op.count(); i++) k.input(i, TensorPieces.layout(c, p, i));
        return k.bind(x -> bind(x, op.count()));
    }

    private static void bind(Binding x, int count) {
        TensorPieces pieces = tensors(x, count, false);
        double[] sums = new double[pieces.count()];
        FloatBuffer norm = x.outputFloats(0);
        TensorPieces.Body body = squares(sums);
        x.run(() -> {
            pieces.run(body);
            double sum = 0;
            for (double s : sums) sum += s;
            norm.put(0, (float) Math.sqrt(sum));
        });
    }

    /** The first {@code count} inputs as the pieces' only role. */
    static TensorPieces tensors(Binding x, int count, boolean changes) {
        int[][] roles = new int[1][count];
        for (int i = 0; i < count; i++) roles[0][i] = i;
        return new TensorPieces(x, roles, new boolean[] {changes});
    }

    /** A body that leaves each piece's sum of squares in {@code sums}. */
    static TensorPieces.Body squares(double[] sums) {
        return new Squares(sums);
    }

    private record Squares(double[] sums) implements TensorPieces.Body {
        @Override
        public boolean run(int piece, float[][] data, int length) {
            sums[piece] = squares(data[0], length);
            return false;
        }

        @Override
        public boolean inPlace() {
            return NativeUpdates.serve();
        }

        @Override
        public void run(int piece, long[] addresses, int length) {
            sums[piece] = NativeUpdates.squares(addresses[0], length);
        }
    }

    /** The sum of the squares of the first {@code n}. */
    static double squares(float[] x, int n) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        int i = 0;
        for (; i + 7 < n; i += 8) {
            double x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
            double x4 = x[i + 4], x5 = x[i + 5], x6 = x[i + 6], x7 = x[i + 7];
            s0 += x0 * x0;
            s1 += x1 * x1;
            s2 += x2 * x2;
            s3 += x3 * x3;
            s4 += x4 * x4;
            s5 += x5 * x5;
            s6 += x6 * x6;
            s7 += x7 * x7;
        }
        for (; i < n; i++) s0 += (double) x[i] * x[i];
        return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
    }
}
