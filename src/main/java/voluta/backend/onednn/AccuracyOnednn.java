package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;
import voluta.backend.Preparation;
import voluta.op.Accuracy;

/** Top-k accuracy in Java: counts the logits that come before the label's. */
final class AccuracyOnednn {
    private static final long GRAIN = 16384;

    private AccuracyOnednn() {}

    static void register(OnednnTable table) {
        table.add(Accuracy.class, (c, op, p) -> prepare(op, p));
    }

    private static OnednnKernel prepare(Accuracy op, Preparation p) {
        return OnednnKernel.of(p.node(), "java:f32").bind(x -> {
            FloatBuffer out = x.outputFloats(0);
            long rows = x.inputType(0).dim(0),
                    grain = Math.max(1, GRAIN / x.inputType(0).dim(1));
            List<Part> parts = Parts.emit(x, rows, grain, (from, to) -> new Part(x, op.k(), (int) from, (int) to));
            Part[] all = parts.toArray(new Part[0]);
            x.run(() -> {
                long right = 0;
                for (Part part : all) right += part.right;
                out.put(0, right);
            });
        });
    }

    private static final class Part implements Runnable {
        private final FloatBuffer logits;
        private final IntBuffer labels;
        private final int k;
        private final int from;
        private final int to;
        private final float[] z;
        private long right;

        Part(Binding x, int k, int from, int to) {
            logits = x.inputFloats(0);
            labels = x.inputInts(1);
            this.k = k;
            this.from = from;
            this.to = to;
            z = new float[x.inputType(0).shape().size(1)];
        }

        @Override
        public void run() {
            right = 0;
            for (int r = from; r < to; r++) {
                int label = labels.get(r);
                if (label < 0 || label >= z.length) continue;
                logits.get(r * z.length, z, 0, z.length);
                float own = z[label];
                if (!Float.isNaN(own) && before(own, label) < k) right++;
            }
        }

        /** How many logits count as larger: a logit that is not a number does, and an equal one of lower index. */
        private int before(float own, int label) {
            int n = 0;
            for (int c = 0; c < label; c++) if (!(z[c] < own)) n++;
            for (int c = label + 1; c < z.length; c++) if (!(z[c] <= own)) n++;
            return n;
        }
    }
}
