package voluta.backend.onednn;

import java.nio.FloatBuffer;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ClipByNorm;

/** Scales each tensor to a norm within the limit; a tensor within it is not written. */
final class ClipByNormOnednn {
    private ClipByNormOnednn() {}

    static void register(OnednnTable table) {
        table.add(ClipByNorm.class, ClipByNormOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, ClipByNorm op, Preparation p) {
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), "java:f32");
        for (int i = 0; i < op.count(); i++) {
            Layout l = TensorPieces.layout(c, p, i);
            k.input(i, l).output(i, l);
        }
        return k.bind(x -> new Bound(x, op).emit(x));
    }

    private static final class Bound implements TensorPieces.Body {
        private final ClipByNorm op;
        private final TensorPieces pieces;
        private final double[] sums;
        private final float[] factors;
        private final FloatBuffer said;

        Bound(Binding x, ClipByNorm op) {
            this.op = op;
            pieces = GlobalNormOnednn.tensors(x, op.count(), true);
            sums = new double[pieces.count()];
            factors = new float[op.count()];
            said = x.outputFloats(op.clipped());
        }

        void emit(Binding x) {
            TensorPieces.Body squares = GlobalNormOnednn.squares(sums);
            x.run(() -> {
                pieces.run(squares);
                said.put(0, factors() ? 1 : 0);
                pieces.run(this);
            });
        }

        /** Sets each tensor's factor; says whether any norm was above the limit. */
        private boolean factors() {
            boolean clipped = false;
            for (int i = 0, t = 0; t < factors.length; t++) {
                double sum = 0;
                for (; i < sums.length && pieces.tensor(i) == t; i++) sum += sums[i];
                double norm = Math.sqrt(sum);
                factors[t] = (float) (op.limit() / (norm + ClipByNorm.EPSILON));
                clipped |= norm > op.limit();
            }
            return clipped;
        }

        @Override
        public boolean skips(int tensor) {
            return !(factors[tensor] < 1);
        }

        @Override
        public boolean run(int piece, float[][] data, int length) {
            ClipByGlobalNormOnednn.scale(data[0], length, factors[pieces.tensor(piece)]);
            return true;
        }
    }
}
