package voluta.backend.onednn;

import java.nio.FloatBuffer;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ClipByValue;

/** Clamps elements on both sides; a piece within the limit is not written. */
final class ClipByValueOnednn {
    private ClipByValueOnednn() {}

    static void register(OnednnTable table) {
        table.add(ClipByValue.class, ClipByValueOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, ClipByValue op, Preparation p) {
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), "java:f32");
        for (int i = 0; i < op.count(); i++) {
            Layout l = TensorPieces.layout(c, p, i);
            k.input(i, l).output(i, l);
        }
        return k.bind(x -> bind(x, op));
    }

    private static void bind(Binding x, ClipByValue op) {
        TensorPieces pieces = GlobalNormOnednn.tensors(x, op.count(), true);
        boolean[] clipped = new boolean[pieces.count()];
        FloatBuffer said = x.outputFloats(op.clipped());
        float limit = (float) op.limit();
        TensorPieces.Body body = (piece, data, length) -> clipped[piece] = clamp(data[0], length, limit);
        x.run(() -> {
            pieces.run(body);
            boolean any = false;
            for (boolean b : clipped) any |= b;
            said.put(0, any ? 1 : 0);
        });
    }

    private static boolean clamp(float[] x, int n, float limit) {
        boolean clipped = false;
        for (int i = 0; i < n; i++) {
            if (Math.abs(x[i]) > limit) {
                x[i] = Math.copySign(limit, x[i]);
                clipped = true;
            }
        }
        return clipped;
    }
}
