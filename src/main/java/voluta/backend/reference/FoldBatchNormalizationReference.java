package voluta.backend.reference;

import voluta.op.FoldBatchNormalization;

/** Weights and bias with a frozen batch normalization folded in. */
final class FoldBatchNormalizationReference {
    private FoldBatchNormalizationReference() {}

    static void register(ReferenceTable table) {
        table.add(
                FoldBatchNormalization.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> run(op.epsilon(), in, out)));
    }

    private static void run(double epsilon, View[] in, View[] out) {
        View w = in[0], b = in.length > 5 ? in[1] : null;
        int first = in.length - 4;
        View scale = in[first], shift = in[first + 1], mean = in[first + 2], variance = in[first + 3];
        int filters = w.dim(0), each = w.size() / filters;
        for (int o = 0; o < filters; o++) {
            double f = scale.get(o) / Math.sqrt(variance.get(o) + epsilon);
            for (int i = o * each; i < (o + 1) * each; i++) out[0].set(i, w.get(i) * f);
            out[1].set(o, ((b == null ? 0 : b.get(o)) - mean.get(o)) * f + shift.get(o));
        }
    }
}
