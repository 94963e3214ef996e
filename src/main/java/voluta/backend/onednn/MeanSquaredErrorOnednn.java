package voluta.backend.onednn;

import voluta.op.MeanSquaredError;

/** Mean squared error in Java. */
final class MeanSquaredErrorOnednn implements ElementwiseLoss.Formula {
    private MeanSquaredErrorOnednn() {}

    static void register(OnednnTable table) {
        table.add(MeanSquaredError.class, (c, op, p) -> ElementwiseLoss.forward(p, new MeanSquaredErrorOnednn()));
        table.add(
                MeanSquaredError.Backward.class,
                (c, op, p) -> ElementwiseLoss.backward(p, new MeanSquaredErrorOnednn()));
    }

    @Override
    public double sum(float[] x, float[] target, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double d = x[i] - target[i];
            sum += d * d;
        }
        return sum;
    }

    @Override
    public void derive(float[] x, float[] target, int n, float factor) {
        float twice = 2 * factor;
        for (int i = 0; i < n; i++) x[i] = twice * (x[i] - target[i]);
    }
}
