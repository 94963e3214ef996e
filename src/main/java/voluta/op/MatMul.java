package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Product of two matrices, or of two batches of them. Inputs a [..., M, K] and b [..., K, N], each with its last two
 * dimensions exchanged if so said; output y [..., M, N]. The dimensions before those are broadcast as in {@link Arithmetic}.
 *
 * @param transposeA whether a is [..., K, M]
 * @param transposeB whether b is [..., N, K]
 */
public record MatMul(boolean transposeA, boolean transposeB) implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Convolution.count("matrix product", inputs, 2, 2);
        Shape a = inputs.get(0).shape(), b = inputs.get(1).shape();
        if (a.rank() < 2 || b.rank() < 2) {
            throw new ShapeException("matrix product expects two operands of rank 2 or more, got " + a + " and " + b
                    + "; reshape a vector to a matrix with one row or column");
        }
        long m = a.dim(transposeA ? -1 : -2), k = a.dim(transposeA ? -2 : -1);
        long l = b.dim(transposeB ? -1 : -2), n = b.dim(transposeB ? -2 : -1);
        if (k != l) {
            throw new ShapeException("matrix product expects inner dimensions that agree, got " + k + " of " + a
                    + (transposeA ? " (transposed)" : "") + " and " + l + " of " + b
                    + (transposeB ? " (transposed)" : "") + "; transpose one of them or change its size");
        }
        Shape batch = Arithmetic.broadcast(batch(a), batch(b));
        long[] d = java.util.Arrays.copyOf(batch.dims(), batch.rank() + 2);
        d[d.length - 2] = m;
        d[d.length - 1] = n;
        return List.of(new TensorType(inputs.get(0).dtype(), Shape.of(d)));
    }

    /** All dimensions but the last two. */
    public static Shape batch(Shape s) {
        return Shape.of(java.util.Arrays.copyOf(s.dims(), s.rank() - 2));
    }

    @Override
    public void differentiate(GradientScope s) {
        Value a = s.input(0), b = s.input(1), dy = s.gradient(0);
        if (s.wants(0)) {
            Value da = transposeA
                    ? s.add(new MatMul(transposeB, true), b, dy).output()
                    : s.add(new MatMul(false, !transposeB), dy, b).output();
            s.give(0, Arithmetic.reduceTo(s, da, a.type().shape()));
        }
        if (s.wants(1)) {
            Value db = transposeB
                    ? s.add(new MatMul(true, transposeA), dy, a).output()
                    : s.add(new MatMul(!transposeA, false), a, dy).output();
            s.give(1, Arithmetic.reduceTo(s, db, b.type().shape()));
        }
    }
}
