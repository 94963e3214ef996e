package voluta.backend.onednn;

import voluta.op.AdamStep;

/** Adam and AdamW. */
final class AdamStepOnednn implements OptimizerLoop.Rule {
    private final AdamStep op;
    /** The decay of both means, how much of the gradient goes into each, and the least divisor. */
    private final float beta1, beta2, gamma1, gamma2, epsilon;
    /** The learning rate over the mean's bias correction, and one over the root of the mean square's. */
    private float rate, rootScale;
    /** What the parameter is multiplied by, and how much of it is added to the gradient. */
    private float shrink, decay;

    AdamStepOnednn(AdamStep op) {
        this.op = op;
        beta1 = (float) op.beta1();
        beta2 = (float) op.beta2();
        gamma1 = (float) (1 - op.beta1());
        gamma2 = (float) (1 - op.beta2());
        epsilon = (float) op.epsilon();
    }

    static void register(OnednnTable table) {
        table.add(AdamStep.class, (c, op, p) -> OptimizerLoop.prepare(c, op, p, () -> new AdamStepOnednn(op)));
    }

    @Override
    public void begin(double learningRate, long step) {
        rate = (float) (learningRate / (1 - Math.pow(op.beta1(), step)));
        rootScale = (float) (1 / Math.sqrt(1 - Math.pow(op.beta2(), step)));
        shrink = op.decoupled() ? (float) (1 - learningRate * op.weightDecay()) : 1;
        decay = op.decoupled() ? 0 : (float) op.weightDecay();
    }

    @Override
    public boolean inPlace() {
        return NativeUpdates.serve();
    }

    @Override
    public void update(long[] at, int n) {
        NativeUpdates.adam(
                at[0], at[1], at[2], at[3], n, beta1, beta2, gamma1, gamma2, epsilon, rate, rootScale, shrink, decay);
    }

    @Override
    public void update(float[][] data, int n) {
        float[] p = data[0], g = data[1], mean = data[2], square = data[3];
        float b1 = beta1, b2 = beta2, g1 = gamma1, g2 = gamma2, least = epsilon;
        float r = rate, scale = rootScale, s = shrink, w = decay;
        for (int i = 0; i < n; i++) {
            float d = g[i] + w * p[i];
            float m = b1 * mean[i] + g1 * d;
            float v = b2 * square[i] + g2 * d * d;
            mean[i] = m;
            square[i] = v;
            p[i] = s * p[i] - r * m / ((float) Math.sqrt(v) * scale + least);
        }
    }
}
