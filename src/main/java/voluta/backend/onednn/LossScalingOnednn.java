package voluta.backend.onednn;

import java.nio.ByteBuffer;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.LossScaling;

/** Takes the loss's scale out of gradients in Java, in place and in whatever layout they lie; then sets the next step's. */
final class LossScalingOnednn {
    private LossScalingOnednn() {}

    static void register(OnednnTable table) {
        table.add(LossScaling.class, LossScalingOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, LossScaling op, Preparation p) {
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), "java:f32");
        for (int i = 0; i < op.count(); i++) {
            Layout l = TensorPieces.layout(c, p, i);
            k.input(i, l).output(i, l);
        }
        return k.bind(x -> new Bound(x, op).emit(x));
    }

    private static final class Bound implements TensorPieces.Body {
        private final LossScaling op;
        private final TensorPieces pieces;
        private final double[] sums;
        private final ByteBuffer scale;
        private final ByteBuffer good;
        private final ByteBuffer applied;
        private final ByteBuffer norm;
        private float inverse;

        Bound(Binding x, LossScaling op) {
            this.op = op;
            pieces = GlobalNormOnednn.tensors(x, op.count(), true);
            sums = new double[pieces.count()];
            scale = x.outputBytes(op.scale());
            good = x.outputBytes(op.good());
            applied = x.outputBytes(op.applied());
            norm = x.outputBytes(op.norm());
        }

        void emit(Binding x) {
            x.run(() -> {
                inverse = 1 / scale.getFloat(0);
                pieces.run(this);
                double sum = 0;
                for (double s : sums) sum += s;
                float length = (float) Math.sqrt(sum);
                norm.putFloat(0, length);
                decide(Float.isFinite(length));
            });
        }

        @Override
        public boolean run(int piece, float[][] data, int length) {
            for (int i = 0; i < length; i++) data[0][i] *= inverse;
            sums[piece] = GlobalNormOnednn.squares(data[0], length);
            return true;
        }

        private void decide(boolean counts) {
            if (!counts) {
                scale.putFloat(0, scale.getFloat(0) * (float) op.backoff());
                good.putLong(0, 0);
                return;
            }
            applied.putLong(0, applied.getLong(0) + 1);
            good.putLong(0, good.getLong(0) + 1);
            if (good.getLong(0) < op.interval()) return;
            float grown = scale.getFloat(0) * (float) op.growth();
            if (Float.isFinite(grown)) scale.putFloat(0, grown);
            good.putLong(0, 0);
        }
    }
}
