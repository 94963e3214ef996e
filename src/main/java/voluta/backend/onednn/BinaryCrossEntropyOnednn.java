package voluta.backend.onednn;

import voluta.op.BinaryCrossEntropy;

/** Binary cross-entropy in Java, in the form that does not overflow. */
final class BinaryCrossEntropyOnednn implements ElementwiseLoss.Formula {
    private BinaryCrossEntropyOnednn() {}

    static void register(OnednnTable table) {
        table.add(BinaryCrossEntropy.class, (c, op, p) -> ElementwiseLoss.forward(p, new BinaryCrossEntropyOnednn()));
        table.add(
                BinaryCrossEntropy.Backward.class,
                (c, op, p) -> ElementwiseLoss.backward(p, new BinaryCrossEntropyOnednn()));
    }

    @Override
    public double sum(float[] z, float[] target, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double v = z[i];
            sum += Math.max(v, 0) - v * target[i] + Math.log1p(Math.exp(-Math.abs(v)));
        }
        return sum;
    }

    @Override
    public void derive(float[] z, float[] target, int n, float factor) {
        for (int i = 0; i < n; i++) z[i] = factor * ((float) (1 / (1 + Math.exp(-z[i]))) - target[i]);
    }
}
