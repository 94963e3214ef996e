package voluta.backend.reference;

import voluta.op.LossScaling;

/** Takes the loss's scale out of gradients, and sets the next step's. */
final class LossScalingReference {
    private LossScalingReference() {}

    static void register(ReferenceTable table) {
        table.add(
                LossScaling.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    double scale = in[op.scale()].get(0), sum = 0;
                    for (int t = 0; t < op.count(); t++) {
                        for (int i = 0, n = in[t].size(); i < n; i++) out[t].set(i, in[t].get(i) / scale);
                        sum += GlobalNormReference.squares(out[t]);
                    }
                    double norm = Math.sqrt(sum);
                    out[op.norm()].set(0, norm);
                    decide(op, Double.isFinite(norm), out[op.scale()], out[op.good()], out[op.applied()]);
                }));
    }

    private static void decide(LossScaling op, boolean counts, View scale, View good, View applied) {
        if (!counts) {
            scale.set(0, scale.get(0) * op.backoff());
            good.set(0, 0);
            return;
        }
        applied.add(0, 1);
        good.add(0, 1);
        if (good.get(0) < op.interval()) return;
        if (scale.get(0) * op.growth() <= Float.MAX_VALUE) scale.set(0, scale.get(0) * op.growth());
        good.set(0, 0);
    }
}
