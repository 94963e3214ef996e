package voluta.backend.reference;

import voluta.op.GlobalNorm;

/** The norm of all elements of several tensors together. */
final class GlobalNormReference {
    private GlobalNormReference() {}

    static void register(ReferenceTable table) {
        table.add(
                GlobalNorm.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    double sum = 0;
                    for (View g : in) sum += squares(g);
                    out[0].set(0, Math.sqrt(sum));
                }));
    }

    /** The sum of the squares of all elements. */
    static double squares(View g) {
        double sum = 0;
        for (int i = 0, n = g.size(); i < n; i++) sum += g.get(i) * g.get(i);
        return sum;
    }
}
