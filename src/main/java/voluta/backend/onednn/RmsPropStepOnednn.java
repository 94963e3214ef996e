package voluta.backend.onednn;

import voluta.op.RmsPropStep;

/** RMSprop. */
final class RmsPropStepOnednn implements OptimizerLoop.Rule {
    private final RmsPropStep op;
    private float rate;

    private RmsPropStepOnednn(RmsPropStep op) {
        this.op = op;
    }

    static void register(OnednnTable table) {
        table.add(RmsPropStep.class, (c, op, p) -> OptimizerLoop.prepare(c, op, p, () -> new RmsPropStepOnednn(op)));
    }

    @Override
    public void begin(double learningRate, long step) {
        rate = (float) learningRate;
    }

    /** The gradient's place in {@code data} serves for what becomes of it: d, then d / q; it is never copied back. */
    @Override
    public void update(float[][] data, int n) {
        float[] p = data[0], d = data[1], square = data[2];
        float alpha = (float) op.alpha(), rest = (float) (1 - op.alpha());
        addDecay(p, d, n, (float) op.weightDecay());
        if (op.centered()) centered(d, square, data[3], n, alpha, rest, (float) op.epsilon());
        else plain(d, square, n, alpha, rest, (float) op.epsilon());
        if (op.momentum() > 0) accumulate(d, data[2 + op.momentumState()], n, (float) op.momentum());
        descend(p, d, n, rate);
    }

    private static void addDecay(float[] p, float[] d, int n, float decay) {
        if (decay != 0) for (int i = 0; i < n; i++) d[i] += decay * p[i];
    }

    private static void plain(float[] d, float[] square, int n, float alpha, float rest, float epsilon) {
        for (int i = 0; i < n; i++) {
            float s = alpha * square[i] + rest * d[i] * d[i];
            square[i] = s;
            d[i] /= (float) Math.sqrt(s) + epsilon;
        }
    }

    private static void centered(
            float[] d, float[] square, float[] mean, int n, float alpha, float rest, float epsilon) {
        for (int i = 0; i < n; i++) {
            float s = alpha * square[i] + rest * d[i] * d[i];
            float a = alpha * mean[i] + rest * d[i];
            square[i] = s;
            mean[i] = a;
            d[i] /= (float) Math.sqrt(Math.max(0f, s - a * a)) + epsilon;
        }
    }

    private static void accumulate(float[] d, float[] buffer, int n, float momentum) {
        for (int i = 0; i < n; i++) {
            float b = momentum * buffer[i] + d[i];
            buffer[i] = b;
            d[i] = b;
        }
    }

    private static void descend(float[] p, float[] d, int n, float rate) {
        for (int i = 0; i < n; i++) p[i] -= rate * d[i];
    }
}
