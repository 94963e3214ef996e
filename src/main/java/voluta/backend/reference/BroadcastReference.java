package voluta.backend.reference;

import voluta.op.Broadcast;

/** Repetition along dimensions of size 1. */
final class BroadcastReference {
    private BroadcastReference() {}

    static void register(ReferenceTable table) {
        table.add(Broadcast.class, (op, node) -> new ReferenceKernel((in, out, context) -> run(in[0], out[0])));
    }

    private static void run(View x, View y) {
        int rank = y.shape().rank();
        long[] step = ArithmeticReference.steps(x.shape(), rank);
        int[] index = new int[rank];
        long from = 0;
        for (int i = 0, n = y.size(); i < n; i++) {
            y.set(i, x.get(from));
            for (int d = rank - 1; d >= 0; d--) {
                from += step[d];
                if (++index[d] < y.dim(d)) break;
                from -= step[d] * index[d];
                index[d] = 0;
            }
        }
    }
}
