package voluta.backend.onednn;

import java.nio.FloatBuffer;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Accumulate;

/** A running sum in Java, in place and in whatever layout it lies. */
final class AccumulateOnednn {
    private AccumulateOnednn() {}

    static void register(OnednnTable table) {
        table.add(Accumulate.class, AccumulateOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, Accumulate op, Preparation p) {
        Layout l = TensorPieces.layout(c, p, 0);
        return OnednnKernel.of(p.node(), "java:f32")
                .input(0, l)
                .input(1, l)
                .output(0, l)
                .bind(x -> bind(x, op));
    }

    private static void bind(Binding x, Accumulate op) {
        TensorPieces pieces = new TensorPieces(x, new int[][] {{0}, {1}}, new boolean[] {true, false});
        TensorPieces.Body goOn = (piece, data, length) -> add(data[0], data[1], length);
        TensorPieces.Body begin = (piece, data, length) -> take(data[0], data[1], length);
        FloatBuffer anew = op.restarts() ? x.inputFloats(Accumulate.BEGIN) : null;
        x.run(() -> pieces.run(anew == null || anew.get(0) == 0 ? goOn : begin));
    }

    private static boolean add(float[] sum, float[] x, int n) {
        for (int i = 0; i < n; i++) sum[i] += x[i];
        return true;
    }

    private static boolean take(float[] sum, float[] x, int n) {
        System.arraycopy(x, 0, sum, 0, n);
        return true;
    }
}
