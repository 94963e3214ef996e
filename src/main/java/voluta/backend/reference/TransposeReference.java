package voluta.backend.reference;

import voluta.op.Transpose;

/** Dimensions in another order. */
final class TransposeReference {
    private TransposeReference() {}

    static void register(ReferenceTable table) {
        table.add(Transpose.class, (op, n) -> new ReferenceKernel((in, out, context) -> run(op, in[0], out[0])));
    }

    private static void run(Transpose op, View x, View y) {
        int rank = y.shape().rank();
        for (int i = 0, n = y.size(); i < n; i++) {
            long rest = i, from = 0;
            for (int d = rank - 1; d >= 0; d--) {
                int source = op.permutation().get(d);
                from += rest % y.dim(d) * x.shape().product(source + 1, rank);
                rest /= y.dim(d);
            }
            y.set(i, x.get(from));
        }
    }
}
