package voluta.backend.reference;

import voluta.op.Arithmetic;
import voluta.tensor.Shape;

/** Elementwise arithmetic with broadcasting. */
final class ArithmeticReference {
    private ArithmeticReference() {}

    static void register(ReferenceTable table) {
        table.add(
                Arithmetic.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> run(op.kind(), in[0], in[1], out[0])));
    }

    private static void run(Arithmetic.Kind kind, View a, View b, View y) {
        int rank = y.shape().rank();
        long[] stepA = steps(a.shape(), rank), stepB = steps(b.shape(), rank);
        int[] index = new int[rank];
        long ia = 0, ib = 0;
        for (int i = 0, n = y.size(); i < n; i++) {
            double p = a.get(ia), q = b.get(ib);
            y.set(
                    i,
                    switch (kind) {
                        case ADD -> p + q;
                        case SUBTRACT -> p - q;
                        case MULTIPLY -> p * q;
                        case DIVIDE -> p / q;
                    });
            for (int d = rank - 1; d >= 0; d--) {
                ia += stepA[d];
                ib += stepB[d];
                if (++index[d] < y.dim(d)) break;
                ia -= stepA[d] * index[d];
                ib -= stepB[d] * index[d];
                index[d] = 0;
            }
        }
    }

    /** How far an operand moves when output dimension d advances by one: 0 where it is broadcast. */
    static long[] steps(Shape s, int rank) {
        long[] step = new long[rank];
        long n = 1;
        for (int d = s.rank() - 1, o = rank - 1; d >= 0; d--, o--) {
            step[o] = s.dim(d) == 1 ? 0 : n;
            n *= s.dim(d);
        }
        return step;
    }
}
