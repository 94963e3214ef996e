package voluta.op;

import java.util.ArrayList;
import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/** Joins values along one dimension; all others are equal. Inputs x0, x1, ...; output y. Axis 1 joins channels. */
public record Concatenation(int axis) implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        if (inputs.isEmpty()) throw new ShapeException("concatenation needs at least one input, got none");
        TensorType first = inputs.get(0);
        if (axis < 0 || axis >= first.rank()) {
            throw new ShapeException("concatenation along dimension " + axis + " needs inputs with more than " + axis
                    + " dimensions, got " + first);
        }
        long sum = 0;
        for (TensorType t : inputs) {
            boolean fits = t.dtype() == first.dtype() && t.rank() == first.rank();
            if (!fits || !t.shape().with(axis, 1).equals(first.shape().with(axis, 1))) {
                throw new ShapeException("concatenation expects inputs that differ in dimension " + axis
                        + " alone, got " + inputs + "; bring the other dimensions to one size first");
            }
            sum += t.dim(axis);
        }
        return List.of(new TensorType(first.dtype(), first.shape().with(axis, sum)));
    }

    @Override
    public void differentiate(GradientScope s) {
        Shape y = s.output(0).type().shape();
        int from = 0;
        for (int i = 0; i < s.node().inputs().size(); i++) {
            int to = from + s.input(i).type().shape().size(axis);
            if (s.wants(i))
                s.give(i, s.add(along(y, axis, from, to), s.gradient(0)).output());
            from = to;
        }
    }

    /** The slice of a shape that takes positions {@code from} to below {@code to} of one dimension and all of the others. */
    static Slice along(Shape shape, int axis, int from, int to) {
        List<Integer> begin = new ArrayList<>(), end = new ArrayList<>();
        for (int d = 0; d < shape.rank(); d++) {
            begin.add(d == axis ? from : 0);
            end.add(d == axis ? to : shape.size(d));
        }
        return new Slice(begin, end);
    }
}
