package voluta.backend.reference;

import voluta.op.Accumulate;

/** A running sum. */
final class AccumulateReference {
    private AccumulateReference() {}

    static void register(ReferenceTable table) {
        table.add(
                Accumulate.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    boolean begins = op.restarts() && in[Accumulate.BEGIN].get(0) != 0;
                    for (int i = 0, n = in[1].size(); i < n; i++) {
                        out[0].set(i, begins ? in[1].get(i) : in[0].get(i) + in[1].get(i));
                    }
                }));
    }
}
