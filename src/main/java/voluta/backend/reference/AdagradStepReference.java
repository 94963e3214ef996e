package voluta.backend.reference;

import voluta.op.AdagradStep;

/** Adagrad. */
final class AdagradStepReference {
    private AdagradStepReference() {}

    static void register(ReferenceTable table) {
        table.add(
                AdagradStep.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    if (!Double.isFinite(in[op.guard()].get(0))) return;
                    double past = in[op.step()].get(0) - 1;
                    double rate = in[op.learningRate()].get(0) / (1 + past * op.learningRateDecay());
                    for (int i = 0; i < op.count(); i++)
                        update(op, in[op.parameter(i)], in[op.gradient(i)], in[op.state(0, i)], rate);
                }));
    }

    private static void update(AdagradStep op, View p, View g, View sum, double rate) {
        for (int e = 0, n = p.size(); e < n; e++) {
            double d = g.get(e) + op.weightDecay() * p.get(e);
            sum.add(e, d * d);
            p.set(e, p.get(e) - rate * d / (Math.sqrt(sum.get(e)) + op.epsilon()));
        }
    }
}
