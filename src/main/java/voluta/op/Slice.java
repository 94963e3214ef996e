package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Takes a box out of a value. Input x; output y with dimension d of size {@code end[d] - begin[d]}.
 *
 * @param begin the first position taken, per dimension
 * @param end the position after the last one taken
 */
public record Slice(List<Integer> begin, List<Integer> end) implements Op {
    public Slice {
        begin = List.copyOf(begin);
        end = List.copyOf(end);
        if (begin.size() != end.size()) {
            throw new ShapeException("a slice needs as many begins as ends, got " + begin + " and " + end);
        }
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        if (x.rank() != begin.size()) {
            throw new ShapeException("a slice from " + begin + " to " + end + " expects an input with " + begin.size()
                    + " dimensions, got " + x + "; name every dimension");
        }
        Shape y = x.shape();
        for (int d = 0; d < begin.size(); d++) {
            int from = begin.get(d), to = end.get(d);
            if (from < 0 || to <= from || to > x.dim(d)) {
                throw new ShapeException("a slice takes positions within 0 to " + x.dim(d) + " of dimension " + d
                        + ", at least one, got " + from + " to " + to);
            }
            y = y.with(d, to - from);
        }
        return List.of(new TensorType(x.dtype(), y));
    }

    @Override
    public void differentiate(GradientScope s) {
        s.give(
                0,
                s.add(new Backward(this, s.input(0).type().shape()), s.gradient(0))
                        .output());
    }

    /**
     * Gradient of {@link Slice}. Input dy; output dx: dy where the box was, zero elsewhere.
     *
     * @param x the forward input's shape
     */
    public record Backward(Slice forward, Shape x) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType dy = inputs.get(0), dx = new TensorType(dy.dtype(), x);
            TensorType y = forward.infer(List.of(dx)).get(0);
            if (!dy.equals(y))
                throw new ShapeException("the gradient of Slice expects dy of type " + y + ", got " + dy);
            return List.of(dx);
        }
    }
}
