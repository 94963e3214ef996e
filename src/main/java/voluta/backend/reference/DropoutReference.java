package voluta.backend.reference;

import voluta.op.Dropout;
import voluta.tensor.Philox;

/** Inverted dropout, and its gradient under the same mask. */
final class DropoutReference {
    private DropoutReference() {}

    static void register(ReferenceTable table) {
        table.add(
                Dropout.class, (op, node) -> new ReferenceKernel((in, out, context) -> run(op, in[0], in[1], out[0])));
        table.add(
                Dropout.Backward.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> run(op.forward(), in[0], in[1], out[0])));
    }

    private static void run(Dropout op, View x, View step, View y) {
        int[] random = new int[4];
        for (int i = 0, n = x.size(); i < n; i++) {
            if (i % 4 == 0) Philox.block(op.seedKey(), i / 4, (long) step.get(0), random);
            boolean keep = Philox.uniform(random[i % 4]) >= op.rate();
            y.set(i, keep ? x.get(i) / (1 - op.rate()) : 0);
        }
    }
}
