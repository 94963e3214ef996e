package voluta.backend.reference;

import voluta.op.ClipByValue;

/** Clamps elements on both sides. */
final class ClipByValueReference {
    private ClipByValueReference() {}

    static void register(ReferenceTable table) {
        table.add(
                ClipByValue.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    boolean clipped = false;
                    for (View g : in) clipped |= clamp(g, op.limit());
                    out[op.clipped()].set(0, clipped ? 1 : 0);
                }));
    }

    private static boolean clamp(View g, double limit) {
        boolean clipped = false;
        for (int i = 0, n = g.size(); i < n; i++) {
            double v = g.get(i);
            if (Math.abs(v) > limit) {
                g.set(i, Math.copySign(limit, v));
                clipped = true;
            }
        }
        return clipped;
    }
}
