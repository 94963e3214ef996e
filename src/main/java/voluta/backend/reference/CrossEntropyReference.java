package voluta.backend.reference;

import voluta.op.CrossEntropy;

/** Softmax cross-entropy of labels or target probabilities. */
final class CrossEntropyReference {
    private CrossEntropyReference() {}

    static void register(ReferenceTable table) {
        table.add(
                CrossEntropy.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> forward(op.smoothing(), in[0], in[1], out[0])));
        table.add(
                CrossEntropy.Backward.class,
                (op, node) -> new ReferenceKernel(
                        (in, out, context) -> backward(op.forward().smoothing(), in[0], in[1], in[2], out[0])));
    }

    private static void forward(double smoothing, View z, View targets, View loss) {
        int classes = z.dim(1), counted = 0;
        double total = 0;
        for (int s = 0; s < z.dim(0); s++) {
            if (!counts(targets, s, classes)) continue;
            counted++;
            double logSum = logSum(z, s);
            for (int c = 0; c < classes; c++) {
                double q = target(smoothing, targets, s, c, classes);
                if (q != 0) total += q * (logSum - z.get(s * classes + c));
            }
        }
        loss.set(0, counted == 0 ? 0 : total / counted);
    }

    private static void backward(double smoothing, View z, View targets, View dLoss, View dz) {
        int classes = z.dim(1), counted = 0;
        for (int s = 0; s < z.dim(0); s++) if (counts(targets, s, classes)) counted++;
        dz.fill(0);
        for (int s = 0; s < z.dim(0); s++) {
            if (!counts(targets, s, classes)) continue;
            double logSum = logSum(z, s), sum = 0;
            for (int c = 0; c < classes; c++) sum += target(smoothing, targets, s, c, classes);
            for (int c = 0; c < classes; c++) {
                int i = s * classes + c;
                double p = Math.exp(z.get(i) - logSum);
                dz.set(i, dLoss.get(0) * (sum * p - target(smoothing, targets, s, c, classes)) / counted);
            }
        }
    }

    private static boolean counts(View targets, int s, int classes) {
        return targets.shape().rank() == 2 || targets.get(s) >= 0 && targets.get(s) < classes;
    }

    /** The smoothed target of sample s for class c. */
    private static double target(double smoothing, View targets, int s, int c, int classes) {
        double q = targets.shape().rank() == 2 ? targets.get(s * classes + c) : targets.get(s) == c ? 1 : 0;
        return (1 - smoothing) * q + smoothing / classes;
    }

    private static double logSum(View z, int s) {
        int classes = z.dim(1);
        double max = Double.NEGATIVE_INFINITY, sum = 0;
        for (int c = 0; c < classes; c++) max = Math.max(max, z.get(s * classes + c));
        for (int c = 0; c < classes; c++) sum += Math.exp(z.get(s * classes + c) - max);
        return max + Math.log(sum);
    }
}
