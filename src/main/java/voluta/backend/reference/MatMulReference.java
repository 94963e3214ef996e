package voluta.backend.reference;

import java.util.stream.IntStream;
import voluta.op.MatMul;
import voluta.tensor.Shape;

/** Products of matrices, one for each place of the broadcast batch dimensions. */
final class MatMulReference {
    private MatMulReference() {}

    static void register(ReferenceTable table) {
        table.add(MatMul.class, (op, node) -> new ReferenceKernel((in, out, context) -> run(op, in[0], in[1], out[0])));
    }

    private static void run(MatMul op, View a, View b, View y) {
        Shape batch = MatMul.batch(y.shape());
        int m = y.dim(-2), n = y.dim(-1), k = a.dim(op.transposeA() ? -2 : -1);
        long[] stepA = ArithmeticReference.steps(MatMul.batch(a.shape()), batch.rank());
        long[] stepB = ArithmeticReference.steps(MatMul.batch(b.shape()), batch.rank());
        int aRow = op.transposeA() ? 1 : k, aColumn = op.transposeA() ? m : 1;
        int bRow = op.transposeB() ? 1 : n, bColumn = op.transposeB() ? k : 1;
        IntStream.range(0, (int) batch.elements() * m).parallel().forEach(row -> {
            int i = row % m;
            long aBase = place(row / m, batch, stepA) * m * k + (long) i * aRow;
            long bBase = place(row / m, batch, stepB) * k * n;
            for (int j = 0; j < n; j++) {
                double s = 0;
                for (int t = 0; t < k; t++) s += a.get(aBase + t * aColumn) * b.get(bBase + t * bRow + j * bColumn);
                y.set((long) row * n + j, s);
            }
        });
    }

    /** Which matrix of an operand belongs to matrix {@code index} of the result. */
    private static long place(int index, Shape batch, long[] step) {
        long p = 0;
        for (int d = batch.rank() - 1; d >= 0; d--) {
            p += index % batch.dim(d) * step[d];
            index /= batch.size(d);
        }
        return p;
    }
}
