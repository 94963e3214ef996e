package voluta.backend.reference;

import voluta.op.ClipByUnitNorm;

/** Scales the gradient of each unit to a norm within a ratio of that of its weights. */
final class ClipByUnitNormReference {
    private ClipByUnitNormReference() {}

    static void register(ReferenceTable table) {
        table.add(
                ClipByUnitNorm.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    boolean clipped = false;
                    for (int i = 0; i < op.count(); i++) {
                        int units = (int) ClipByUnitNorm.units(node.input(i).type());
                        clipped |= clip(op, in[i], in[op.count() + i], units);
                    }
                    out[op.clipped()].set(0, clipped ? 1 : 0);
                }));
    }

    private static boolean clip(ClipByUnitNorm op, View g, View p, int units) {
        boolean clipped = false;
        int size = g.size() / units;
        for (int from = 0; from < g.size(); from += size) {
            double factor = op.factor(norm(g, from, size), norm(p, from, size));
            if (!(factor < 1)) continue;
            for (int i = from; i < from + size; i++) g.set(i, g.get(i) * factor);
            clipped = true;
        }
        return clipped;
    }

    private static double norm(View v, int from, int size) {
        double sum = 0;
        for (int i = from; i < from + size; i++) sum += v.get(i) * v.get(i);
        return Math.sqrt(sum);
    }
}
