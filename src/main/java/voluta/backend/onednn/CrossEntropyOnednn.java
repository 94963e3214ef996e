package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;
import voluta.backend.Preparation;
import voluta.op.CrossEntropy;
import voluta.tensor.DType;

/**
 * Cross-entropy in Java over plain f32, row by row: the largest logit is taken off before exponentiating, sums are kept
 * in double. Classifiers' logits are few, so the primitives' launches would cost more than the loops.
 */
final class CrossEntropyOnednn {
    /** Exponentials that are worth a second thread. */
    private static final long GRAIN = 2048;

    private CrossEntropyOnednn() {}

    static void register(OnednnTable table) {
        table.add(CrossEntropy.class, (c, op, p) -> forward(op, p));
        table.add(CrossEntropy.Backward.class, (c, op, p) -> backward(op.forward(), p));
    }

    private static OnednnKernel forward(CrossEntropy op, Preparation p) {
        return OnednnKernel.of(p.node(), "java:f32").bind(x -> {
            FloatBuffer loss = x.outputFloats(0);
            List<Forward> parts = Parts.emit(x, rows(x), grain(x), (from, to) -> new Forward(x, op, from, to));
            Forward[] all = parts.toArray(new Forward[0]);
            x.run(() -> {
                double total = 0;
                long counted = 0;
                for (Forward f : all) {
                    total += f.total;
                    counted += f.counted;
                }
                loss.put(0, counted == 0 ? 0 : (float) (total / counted));
            });
        });
    }

    private static OnednnKernel backward(CrossEntropy op, Preparation p) {
        return OnednnKernel.of(p.node(), "java:f32").overwrites(0, 0).bind(x -> {
            Targets targets = new Targets(x, op);
            FloatBuffer dLoss = x.inputFloats(2);
            float[] factor = new float[1];
            x.run(() -> factor[0] = dLoss.get(0) / Math.max(1, targets.counted()));
            Parts.emit(x, rows(x), grain(x), (from, to) -> new Backward(x, op, factor, from, to));
        });
    }

    private static long rows(Binding x) {
        return x.inputType(0).dim(0);
    }

    private static long grain(Binding x) {
        return Math.max(1, GRAIN / x.inputType(0).dim(1));
    }

    /** Smoothed targets, from labels or probabilities. */
    private static final class Targets {
        private final int rows;
        private final int classes;
        private final IntBuffer labels;
        private final FloatBuffer probabilities;
        private final float keep;
        private final float share;

        Targets(Binding x, CrossEntropy op) {
            rows = x.inputType(0).shape().size(0);
            classes = x.inputType(0).shape().size(1);
            boolean byLabel = x.inputType(1).dtype() == DType.I32;
            labels = byLabel ? x.inputInts(1) : null;
            probabilities = byLabel ? null : x.inputFloats(1);
            keep = (float) (1 - op.smoothing());
            share = (float) (op.smoothing() / classes);
        }

        boolean counts(int row) {
            if (labels == null) return true;
            int l = labels.get(row);
            return l >= 0 && l < classes;
        }

        int counted() {
            if (labels == null) return rows;
            int n = 0;
            for (int r = 0; r < rows; r++) if (counts(r)) n++;
            return n;
        }

        /** Writes a counted row's smoothed targets. */
        void read(int row, float[] q) {
            if (labels == null) {
                probabilities.get(row * classes, q, 0, classes);
                for (int c = 0; c < classes; c++) q[c] = keep * q[c] + share;
            } else {
                for (int c = 0; c < classes; c++) q[c] = share;
                q[labels.get(row)] += keep;
            }
        }
    }

    private static float largest(float[] z, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int c = 0; c < n; c++) max = Math.max(max, z[c]);
        return max;
    }

    private static final class Forward implements Runnable {
        private final Targets targets;
        private final FloatBuffer logits;
        private final int from;
        private final int to;
        private final float[] z;
        private final float[] q;
        private double total;
        private long counted;

        Forward(Binding x, CrossEntropy op, long from, long to) {
            targets = new Targets(x, op);
            logits = x.inputFloats(0);
            this.from = (int) from;
            this.to = (int) to;
            z = new float[targets.classes];
            q = new float[targets.classes];
        }

        @Override
        public void run() {
            total = 0;
            counted = 0;
            int n = targets.classes;
            for (int r = from; r < to; r++) {
                if (!targets.counts(r)) continue;
                counted++;
                logits.get(r * n, z, 0, n);
                targets.read(r, q);
                float max = largest(z, n);
                double sum = 0, weighted = 0, weight = 0;
                for (int c = 0; c < n; c++) {
                    sum += Math.exp(z[c] - max);
                    if (q[c] != 0) weighted += q[c] * (double) (z[c] - max);
                    weight += q[c];
                }
                total += weight * Math.log(sum) - weighted;
            }
        }
    }

    private static final class Backward implements Runnable {
        private final Targets targets;
        private final FloatBuffer logits;
        private final FloatBuffer gradient;
        private final float[] factor;
        private final int from;
        private final int to;
        private final float[] z;
        private final float[] q;

        Backward(Binding x, CrossEntropy op, float[] factor, long from, long to) {
            targets = new Targets(x, op);
            logits = x.inputFloats(0);
            gradient = x.outputFloats(0);
            this.factor = factor;
            this.from = (int) from;
            this.to = (int) to;
            z = new float[targets.classes];
            q = new float[targets.classes];
        }

        @Override
        public void run() {
            int n = targets.classes;
            for (int r = from; r < to; r++) {
                if (targets.counts(r)) row(r, n);
                else java.util.Arrays.fill(z, 0);
                gradient.put(r * n, z, 0, n);
            }
        }

        private void row(int r, int n) {
            logits.get(r * n, z, 0, n);
            targets.read(r, q);
            float max = largest(z, n);
            double sum = 0, weight = 0;
            for (int c = 0; c < n; c++) {
                double e = Math.exp(z[c] - max);
                z[c] = (float) e;
                sum += e;
                weight += q[c];
            }
            float softmax = (float) (weight / sum), f = factor[0];
            for (int c = 0; c < n; c++) z[c] = f * (softmax * z[c] - q[c]);
        }
    }
}
