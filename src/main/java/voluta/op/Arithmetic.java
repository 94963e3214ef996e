package voluta.op;

import java.util.ArrayList;
import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Elementwise arithmetic of two values, broadcast by the usual rule: shapes are aligned at their last dimension, and a
 * dimension that is 1 or missing is repeated. Inputs a, b; output y of the broadcast shape.
 */
public record Arithmetic(Kind kind) implements Op {
    /** Which operation. */
    public enum Kind {
        ADD,
        SUBTRACT,
        MULTIPLY,
        DIVIDE
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType a = inputs.get(0), b = inputs.get(1);
        if (a.dtype() != b.dtype() || !a.dtype().floating()) {
            throw new ShapeException("arithmetic needs two float operands of one type, got " + a + " and " + b);
        }
        return List.of(new TensorType(a.dtype(), broadcast(a.shape(), b.shape())));
    }

    /** The shape to which both are broadcast. */
    public static Shape broadcast(Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        long[] d = new long[rank];
        for (int i = 0; i < rank; i++) {
            long p = i < rank - a.rank() ? 1 : a.dim(i - (rank - a.rank()));
            long q = i < rank - b.rank() ? 1 : b.dim(i - (rank - b.rank()));
            if (p != q && p != 1 && q != 1) {
                throw new ShapeException("shapes " + a + " and " + b + " cannot be broadcast together: dimension " + i
                        + " is " + p + " in one and " + q + " in the other; make them equal or one of them 1");
            }
            d[i] = Math.max(p, q);
        }
        return Shape.of(d);
    }

    @Override
    public void differentiate(GradientScope s) {
        Value a = s.input(0), b = s.input(1), dy = s.gradient(0);
        if (s.wants(0)) {
            Value da = switch (kind) {
                case ADD, SUBTRACT -> dy;
                case MULTIPLY -> apply(s, Kind.MULTIPLY, dy, b);
                case DIVIDE -> apply(s, Kind.DIVIDE, dy, b);
            };
            s.give(0, reduceTo(s, da, a.type().shape()));
        }
        if (s.wants(1)) {
            Value db = switch (kind) {
                case ADD -> dy;
                case SUBTRACT ->
                    apply(s, Kind.SUBTRACT, s.constant(new TensorType(dy.type().dtype(), Shape.SCALAR), 0), dy);
                case MULTIPLY -> apply(s, Kind.MULTIPLY, dy, a);
                case DIVIDE ->
                    apply(
                            s,
                            Kind.SUBTRACT,
                            s.constant(new TensorType(dy.type().dtype(), Shape.SCALAR), 0),
                            apply(s, Kind.DIVIDE, apply(s, Kind.MULTIPLY, dy, s.output(0)), b));
            };
            s.give(1, reduceTo(s, db, b.type().shape()));
        }
    }

    private static Value apply(GradientScope s, Kind kind, Value a, Value b) {
        return s.add(new Arithmetic(kind), a, b).output();
    }

    /** {@code factor x by}, where {@code by} is a scalar. */
    static Value scaled(GradientScope s, Value x, Value by, double factor) {
        Value f = s.constant(new TensorType(by.type().dtype(), Shape.SCALAR), factor);
        return apply(s, Kind.MULTIPLY, x, apply(s, Kind.MULTIPLY, by, f));
    }

    /** Sums a gradient over the dimensions along which the operand was broadcast. */
    static Value reduceTo(GradientScope s, Value g, Shape to) {
        Shape from = g.type().shape();
        if (from.equals(to)) return g;
        int extra = from.rank() - to.rank();
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < from.rank(); i++) {
            if (i < extra || (to.dim(i - extra) == 1 && from.dim(i) != 1)) axes.add(i);
        }
        Value sum = axes.isEmpty()
                ? g
                : s.add(new Reduction(Reduction.Kind.SUM, axes, true), g).output();
        return sum.type().shape().equals(to) ? sum : s.add(new Reshape(to), sum).output();
    }
}
