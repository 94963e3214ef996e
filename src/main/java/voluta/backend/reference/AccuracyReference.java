package voluta.backend.reference;

import voluta.op.Accuracy;

/** Top-k accuracy as a number of samples. */
final class AccuracyReference {
    private AccuracyReference() {}

    static void register(ReferenceTable table) {
        table.add(
                Accuracy.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> run(op.k(), in[0], in[1], out[0])));
    }

    private static void run(int k, View z, View labels, View y) {
        int classes = z.dim(1), right = 0;
        for (int s = 0; s < z.dim(0); s++) {
            int label = (int) labels.get(s);
            if (label < 0 || label >= classes) continue;
            int larger = 0;
            double own = z.get(s * classes + label);
            for (int c = 0; c < classes; c++) {
                double other = z.get(s * classes + c);
                boolean smaller = c < label ? other < own : other <= own;
                if (c != label && !smaller) larger++;
            }
            if (larger < k && !Double.isNaN(own)) right++;
        }
        y.set(0, right);
    }
}
