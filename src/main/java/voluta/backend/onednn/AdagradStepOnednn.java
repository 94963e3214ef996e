package voluta.backend.onednn;

import voluta.op.AdagradStep;

/** Adagrad. */
final class AdagradStepOnednn implements OptimizerLoop.Rule {
    private final AdagradStep op;
    private float rate;

    private AdagradStepOnednn(AdagradStep op) {
        this.op = op;
    }

    static void register(OnednnTable table) {
        table.add(AdagradStep.class, (c, op, p) -> OptimizerLoop.prepare(c, op, p, () -> new AdagradStepOnednn(op)));
    }

    @Override
    public void begin(double learningRate, long step) {
        rate = (float) (learningRate / (1 + (step - 1) * op.learningRateDecay()));
    }

    @Override
    public void update(float[][] data, int n) {
        float[] p = data[0], g = data[1], sum = data[2];
        float epsilon = (float) op.epsilon(), decay = (float) op.weightDecay(), r = rate;
        for (int i = 0; i < n; i++) {
            float d = g[i] + decay * p[i];
            float s = sum[i] + d * d;
            sum[i] = s;
            p[i] -= r * d / ((float) Math.sqrt(s) + epsilon);
        }
    }
}
