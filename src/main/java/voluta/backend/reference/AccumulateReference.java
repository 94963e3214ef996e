package voluta.backend.reference;

import voluta.op.Accumulate;

/** A running sum. */
final class AccumulateReference {
    private AccumulateReference() {}

    static void register(ReferenceTable table) {
        table.add(
                Accumulate.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> out[0].set(0, in[0].get(0) + in[1].get(0))));
    }
}
