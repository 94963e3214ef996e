package voluta.backend.reference;

import voluta.op.SampleCount;

/** Counts labels that are not negative. */
final class SampleCountReference {
    private SampleCountReference() {}

    static void register(ReferenceTable table) {
        table.add(
                SampleCount.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    int counted = 0;
                    for (int i = 0, n = in[0].size(); i < n; i++) if (in[0].get(i) >= 0) counted++;
                    out[0].set(0, counted);
                }));
    }
}
