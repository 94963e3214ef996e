package voluta.backend.reference;

import voluta.op.ClipByNorm;

/** Scales each tensor to a norm within the limit. */
final class ClipByNormReference {
    private ClipByNormReference() {}

    static void register(ReferenceTable table) {
        table.add(
                ClipByNorm.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    boolean clipped = false;
                    for (View g : in) {
                        double norm = Math.sqrt(GlobalNormReference.squares(g));
                        ClipByGlobalNormReference.scale(g, op.limit() / (norm + ClipByNorm.EPSILON));
                        clipped |= norm > op.limit();
                    }
                    out[op.clipped()].set(0, clipped ? 1 : 0);
                }));
    }
}
