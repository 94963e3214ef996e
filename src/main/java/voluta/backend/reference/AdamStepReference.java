package voluta.backend.reference;

import voluta.op.AdamStep;

/** Adam and AdamW. */
final class AdamStepReference {
    private AdamStepReference() {}

    static void register(ReferenceTable table) {
        table.add(
                AdamStep.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    if (!Double.isFinite(in[op.guard()].get(0))) return;
                    double rate = in[op.learningRate()].get(0), step = in[op.step()].get(0);
                    for (int i = 0; i < op.count(); i++) {
                        View p = in[op.parameter(i)], g = in[op.gradient(i)];
                        update(op, p, g, in[op.state(0, i)], in[op.state(1, i)], rate, step);
                    }
                }));
    }

    private static void update(AdamStep op, View p, View g, View m, View v, double rate, double step) {
        double correction1 = 1 - Math.pow(op.beta1(), step), correction2 = 1 - Math.pow(op.beta2(), step);
        for (int e = 0, n = p.size(); e < n; e++) {
            double d = g.get(e) + (op.decoupled() ? 0 : op.weightDecay() * p.get(e));
            if (op.decoupled()) p.set(e, p.get(e) * (1 - rate * op.weightDecay()));
            m.set(e, op.beta1() * m.get(e) + (1 - op.beta1()) * d);
            v.set(e, op.beta2() * v.get(e) + (1 - op.beta2()) * d * d);
            double denominator = Math.sqrt(v.get(e)) / Math.sqrt(correction2) + op.epsilon();
            p.set(e, p.get(e) - rate / correction1 * m.get(e) / denominator);
        }
    }
}
