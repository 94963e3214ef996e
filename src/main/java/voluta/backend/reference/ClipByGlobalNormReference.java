package voluta.backend.reference;

import voluta.op.ClipByGlobalNorm;

/** Scales all tensors by one factor. */
final class ClipByGlobalNormReference {
    private ClipByGlobalNormReference() {}

    static void register(ReferenceTable table) {
        table.add(
                ClipByGlobalNorm.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    double norm = in[op.count()].get(0);
                    double factor = op.limit() / (norm + ClipByGlobalNorm.EPSILON);
                    for (int i = 0; i < op.count(); i++) scale(in[i], factor);
                    out[op.clipped()].set(0, norm > op.limit() ? 1 : 0);
                }));
    }

    /** Multiplies all elements by a factor below 1; does nothing for any other (and for NaN). */
    static void scale(View g, double factor) {
        if (!(factor < 1)) return;
        for (int i = 0, n = g.size(); i < n; i++) g.set(i, factor * g.get(i));
    }
}
