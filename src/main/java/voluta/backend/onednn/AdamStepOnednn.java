package voluta.backend.onednn;

import voluta.op.AdamStep;

/** Adam and AdamW. */
final class AdamStepOnednn implements OptimizerLoop.Rule {
    private final AdamStep op;
    /** The learning rate over the mean's bias correction, and one over the root of the mean square's. */
    private float rate, rootScale;
    /** What the parameter is multiplied by, and how much of it is added to the gradient. */
    private float shrink, decay;

    private AdamStepOnednn(AdamStep op) {
        this.op = op;
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
    public void update(float[][] data, int n) {
        float[] p = data[0], g = data[1], mean = data[2], square = data[3];
        float beta1 = (float) op.beta1(), beta2 = (float) op.beta2(), epsilon = (float) op.epsilon();
        float gamma1 = (float) (1 - op.beta1()), gamma2 = (float) (1 - op.beta2());
        float r = rate, scale = rootScale, s = shrink, w = decay;
        for (int i = 0; i < n; i++) {
            float d = g[i] + w * p[i];
            float m = beta1 * mean[i] + gamma1 * d;
            float v = beta2 * square[i] + gamma2 * d * d;
            mean[i] = m;
            square[i] = v;
            p[i] = s * p[i] - r * m / ((float) Math.sqrt(v) * scale + epsilon);
        }
    }
}
