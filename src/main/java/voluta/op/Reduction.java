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
 * Sum or mean over some dimensions. Input x; output y with each reduced dimension 1 ({@code keep}) or left out.
 *
 * @param axes the dimensions to reduce, ascending
 * @param keep whether reduced dimensions stay as 1
 */
public record Reduction(Kind kind, List<Integer> axes, boolean keep) implements Op {
    /** Which reduction. */
    public enum Kind {
        SUM,
        MEAN
    }

    public Reduction {
        axes = List.copyOf(axes);
    }

    /** Reduces everything to a scalar. */
    public static Reduction all(Kind kind, int rank) {
        return new Reduction(
                kind, java.util.stream.IntStream.range(0, rank).boxed().toList(), false);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        int last = -1;
        for (int a : axes) {
            if (a <= last || a >= x.rank()) {
                throw new ShapeException("reduction axes must be ascending and below the rank " + x.rank() + ", got "
                        + axes + " for " + x);
            }
            last = a;
        }
        List<Long> d = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (!axes.contains(i)) d.add(x.dim(i));
            else if (keep) d.add(1L);
        }
        return List.of(new TensorType(
                x.dtype(), Shape.of(d.stream().mapToLong(Long::longValue).toArray())));
    }

    /** How many elements go into each element of the output. */
    public long count(Shape x) {
        long n = 1;
        for (int a : axes) n *= x.dim(a);
        return n;
    }

    /** The input's shape with each reduced dimension 1. */
    public Shape kept(Shape x) {
        for (int a : axes) x = x.with(a, 1);
        return x;
    }

    @Override
    public void differentiate(GradientScope s) {
        Shape x = s.input(0).type().shape();
        Value g = s.gradient(0);
        if (kind == Kind.MEAN) {
            Value n = s.constant(new TensorType(g.type().dtype(), Shape.SCALAR), 1.0 / count(x));
            g = s.add(new Arithmetic(Arithmetic.Kind.MULTIPLY), g, n).output();
        }
        Shape kept = kept(x);
        if (!g.type().shape().equals(kept)) g = s.add(new Reshape(kept), g).output();
        s.give(0, s.add(new Broadcast(x), g).output());
    }
}
