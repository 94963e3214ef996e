package voluta.backend.reference;

import voluta.op.RmsPropStep;

/** RMSprop. */
final class RmsPropStepReference {
    private RmsPropStepReference() {}

    static void register(ReferenceTable table) {
        table.add(
                RmsPropStep.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    if (!Double.isFinite(in[op.guard()].get(0))) return;
                    double rate = in[op.learningRate()].get(0);
                    for (int i = 0; i < op.count(); i++) {
                        View mean = op.centered() ? in[op.state(1, i)] : null;
                        View buffer = op.momentum() > 0 ? in[op.state(op.momentumState(), i)] : null;
                        update(op, in[op.parameter(i)], in[op.gradient(i)], in[op.state(0, i)], mean, buffer, rate);
                    }
                }));
    }

    private static void update(RmsPropStep op, View p, View g, View square, View mean, View buffer, double rate) {
        double alpha = op.alpha();
        for (int e = 0, n = p.size(); e < n; e++) {
            double d = g.get(e) + op.weightDecay() * p.get(e);
            square.set(e, alpha * square.get(e) + (1 - alpha) * d * d);
            double variance = square.get(e);
            if (mean != null) {
                mean.set(e, alpha * mean.get(e) + (1 - alpha) * d);
                variance = Math.max(0, variance - mean.get(e) * mean.get(e));
            }
            double change = d / (Math.sqrt(variance) + op.epsilon());
            if (buffer != null) {
                change += op.momentum() * buffer.get(e);
                buffer.set(e, change);
            }
            p.set(e, p.get(e) - rate * change);
        }
    }
}
