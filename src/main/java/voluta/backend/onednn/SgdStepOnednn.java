package voluta.backend.onednn;

import voluta.op.SgdStep;

/** Stochastic gradient descent. */
final class SgdStepOnednn implements OptimizerLoop.Rule {
    private final SgdStep op;
    private final float momentum;
    private final float weightDecay;
    private float rate;
    /** What is left of the old momentum, and how much of the gradient goes into the new. */
    private float keep, take;

    SgdStepOnednn(SgdStep op) {
        this.op = op;
        this.momentum = (float) op.momentum();
        this.weightDecay = (float) op.weightDecay();
    }

    static void register(OnednnTable table) {
        table.add(SgdStep.class, (c, op, p) -> OptimizerLoop.prepare(c, op, p, () -> new SgdStepOnednn(op)));
    }

    @Override
    public void begin(double learningRate, long step) {
        rate = (float) learningRate;
        keep = step == 1 ? 0 : momentum;
        take = step == 1 ? 1 : (float) (1 - op.dampening());
    }

    @Override
    public void update(float[][] data, int n) {
        if (op.states() == 0) plain(data[0], data[1], n, rate, weightDecay);
        else if (op.nesterov()) nesterov(data[0], data[1], data[2], n, rate, weightDecay, keep, momentum);
        else momentum(data[0], data[1], data[2], n, rate, weightDecay, keep, take);
    }

    @Override
    public boolean inPlace() {
        return NativeUpdates.serve();
    }

    @Override
    public void update(long[] at, int n) {
        if (op.states() == 0) NativeUpdates.sgd(at[0], at[1], n, rate, weightDecay);
        else if (op.nesterov()) NativeUpdates.sgdNesterov(at[0], at[1], at[2], n, rate, weightDecay, keep, momentum);
        else NativeUpdates.sgdMomentum(at[0], at[1], at[2], n, rate, weightDecay, keep, take);
    }

    private static void plain(float[] p, float[] g, int n, float rate, float decay) {
        for (int i = 0; i < n; i++) p[i] -= rate * (g[i] + decay * p[i]);
    }

    private static void momentum(
            float[] p, float[] g, float[] v, int n, float rate, float decay, float keep, float take) {
        for (int i = 0; i < n; i++) {
            float m = keep * v[i] + take * (g[i] + decay * p[i]);
            v[i] = m;
            p[i] -= rate * m;
        }
    }

    private static void nesterov(
            float[] p, float[] g, float[] v, int n, float rate, float decay, float keep, float momentum) {
        for (int i = 0; i < n; i++) {
            float d = g[i] + decay * p[i];
            float m = keep * v[i] + d;
            v[i] = m;
            p[i] -= rate * (d + momentum * m);
        }
    }
}
