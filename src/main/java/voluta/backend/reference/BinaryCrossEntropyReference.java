package voluta.backend.reference;

import voluta.op.BinaryCrossEntropy;

/** Cross-entropy of independent yes-or-no answers, from logits. */
final class BinaryCrossEntropyReference {
    private BinaryCrossEntropyReference() {}

    static void register(ReferenceTable table) {
        table.add(
                BinaryCrossEntropy.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> forward(in[0], in[1], out[0])));
        table.add(
                BinaryCrossEntropy.Backward.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> backward(in[0], in[1], in[2], out[0])));
    }

    private static void forward(View z, View target, View loss) {
        double total = 0;
        int n = z.size();
        for (int i = 0; i < n; i++) total += ActivationReference.softplus(z.get(i)) - z.get(i) * target.get(i);
        loss.set(0, total / n);
    }

    private static void backward(View z, View target, View dLoss, View dz) {
        int n = z.size();
        for (int i = 0; i < n; i++)
            dz.set(i, (ActivationReference.sigmoid(z.get(i)) - target.get(i)) * dLoss.get(0) / n);
    }
}
