package voluta.backend.onednn;

import java.nio.FloatBuffer;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ClipByGlobalNorm;

/** Scales all tensors by one factor; nothing is read or written where that is 1. */
final class ClipByGlobalNormOnednn {
    private ClipByGlobalNormOnednn() {}

    static void register(OnednnTable table) {
        table.add(ClipByGlobalNorm.class, ClipByGlobalNormOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, ClipByGlobalNorm op, Preparation p) {
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), "java:f32");
        for (int i = 0; i < op.count(); i++) {
            Layout l = TensorPieces.layout(c, p, i);
            k.input(i, l).output(i, l);
        }
        return k.bind(x -> new Bound(x, op).emit(x));
    }

    static void scale(float[] x, int n, float factor) {
        for (int i = 0; i < n; i++) x[i] *= factor;
    }

    private static final class Bound implements TensorPieces.Body {
        private final ClipByGlobalNorm op;
        private final TensorPieces pieces;
        private final FloatBuffer norm;
        private final FloatBuffer said;
        private float factor;

        Bound(Binding x, ClipByGlobalNorm op) {
            this.op = op;
            pieces = GlobalNormOnednn.tensors(x, op.count(), true);
            norm = x.inputFloats(op.count());
            said = x.outputFloats(op.clipped());
        }

        void emit(Binding x) {
            x.run(() -> {
                double n = norm.get(0);
                factor = (float) (op.limit() / (n + ClipByGlobalNorm.EPSILON));
                said.put(0, n > op.limit() ? 1 : 0);
                if (factor < 1) pieces.run(this);
            });
        }

        @Override
        public boolean run(int piece, float[][] data, int length) {
            scale(data[0], length, factor);
            return true;
        }
    }
}
