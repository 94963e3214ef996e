package voluta.backend.reference;

import voluta.op.SgdStep;

/** Stochastic gradient descent. */
final class SgdStepReference {
    private SgdStepReference() {}

    static void register(ReferenceTable table) {
        table.add(
                SgdStep.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    if (!Double.isFinite(in[op.guard()].get(0))) return;
                    double rate = in[op.learningRate()].get(0);
                    boolean first = in[op.step()].get(0) == 1;
                    for (int i = 0; i < op.count(); i++) {
                        View p = in[op.parameter(i)], g = in[op.gradient(i)];
                        if (op.states() == 0) plain(op, p, g, rate);
                        else momentum(op, p, g, in[op.state(0, i)], rate, first);
                    }
                }));
    }

    private static void plain(SgdStep op, View p, View g, double rate) {
        for (int e = 0, n = p.size(); e < n; e++) {
            double d = g.get(e) + op.weightDecay() * p.get(e);
            p.set(e, p.get(e) - rate * d);
        }
    }

    private static void momentum(SgdStep op, View p, View g, View v, double rate, boolean first) {
        for (int e = 0, n = p.size(); e < n; e++) {
            double d = g.get(e) + op.weightDecay() * p.get(e);
            v.set(e, first ? d : op.momentum() * v.get(e) + (1 - op.dampening()) * d);
            p.set(e, p.get(e) - rate * (op.nesterov() ? d + op.momentum() * v.get(e) : v.get(e)));
        }
    }
}
