package voluta.backend.reference;

import voluta.op.MeanSquaredError;

/** Mean squared error. */
final class MeanSquaredErrorReference {
    private MeanSquaredErrorReference() {}

    static void register(ReferenceTable table) {
        table.add(
                MeanSquaredError.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> forward(in[0], in[1], out[0])));
        table.add(
                MeanSquaredError.Backward.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> backward(in[0], in[1], in[2], out[0])));
    }

    private static void forward(View x, View target, View loss) {
        double total = 0;
        int n = x.size();
        for (int i = 0; i < n; i++) {
            double d = x.get(i) - target.get(i);
            total += d * d;
        }
        loss.set(0, total / n);
    }

    private static void backward(View x, View target, View dLoss, View dx) {
        int n = x.size();
        for (int i = 0; i < n; i++) dx.set(i, 2 * (x.get(i) - target.get(i)) * dLoss.get(0) / n);
    }
}
