package voluta.backend.reference;

import voluta.op.Reduction;
import voluta.tensor.Shape;

/** Sum and mean over some dimensions. */
final class ReductionReference {
    private ReductionReference() {}

    static void register(ReferenceTable table) {
        table.add(Reduction.class, (op, node) -> new ReferenceKernel((in, out, context) -> run(op, in[0], out[0])));
    }

    private static void run(Reduction op, View x, View y) {
        Shape kept = op.kept(x.shape());
        int rank = kept.rank();
        long[] step = ArithmeticReference.steps(kept, rank);
        int[] index = new int[rank];
        long to = 0;
        y.fill(0);
        for (int i = 0, n = x.size(); i < n; i++) {
            y.add(to, x.get(i));
            for (int d = rank - 1; d >= 0; d--) {
                to += step[d];
                if (++index[d] < x.dim(d)) break;
                to -= step[d] * index[d];
                index[d] = 0;
            }
        }
        if (op.kind() != Reduction.Kind.MEAN) return;
        long count = op.count(x.shape());
        for (int i = 0, n = y.size(); i < n; i++) y.set(i, y.get(i) / count);
    }
}
