package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Puts a border around the spatial dimensions. Input x [N,C,sp...]; output y [N,C,before + sp + after...].
 *
 * @param mode where the border's values come from
 * @param value what CONSTANT fills the border with; 0 in the other modes
 * @param before positions added before the first of each spatial dimension; a negative number removes some (CONSTANT only)
 * @param after positions added after the last
 */
public record Padding(Mode mode, double value, List<Integer> before, List<Integer> after) implements Op {
    /** Where the border's values come from. */
    public enum Mode {
        /** One number. */
        CONSTANT,
        /** Mirrored at the outermost element, which is not repeated: c b | a b c | b a. */
        REFLECT,
        /** The outermost element: a a | a b c | c c. */
        REPLICATE,
        /** As if x were repeated: b c | a b c | a b. */
        CIRCULAR
    }

    public Padding {
        before = List.copyOf(before);
        after = List.copyOf(after);
        if (before.size() != after.size()) {
            throw new ShapeException("padding needs as many sizes before as after, got " + before + " and " + after);
        }
        if (mode != Mode.CONSTANT) {
            if (value != 0) throw new ShapeException("only constant padding has a value, got " + value);
            for (int d = 0; d < before.size(); d++) {
                if (before.get(d) < 0 || after.get(d) < 0) {
                    throw new ShapeException("only constant padding may be negative, got " + before + " and " + after);
                }
            }
        }
    }

    /** A constant border of zeros. */
    public static Padding zeros(List<Integer> before, List<Integer> after) {
        return new Padding(Mode.CONSTANT, 0, before, after);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        Pooling.requireSpatial("padding", x, before.size());
        Shape y = x.shape();
        for (int d = 0; d < before.size(); d++) {
            int size = x.shape().size(d + 2), most = Math.max(before.get(d), after.get(d));
            int limit = mode == Mode.REFLECT ? size - 1 : mode == Mode.CIRCULAR ? size : Integer.MAX_VALUE;
            if (most > limit) {
                throw new ShapeException(mode.name().toLowerCase(java.util.Locale.ROOT)
                        + " padding can add at most " + limit + " positions to a dimension of " + size + ", got "
                        + most + " for dimension " + (d + 2) + "; pad less or choose replicate or constant");
            }
            int out = size + before.get(d) + after.get(d);
            if (out < 1 || size + Math.min(0, before.get(d)) < 1 || size + Math.min(0, after.get(d)) < 1) {
                throw new ShapeException("padding of " + before.get(d) + " and " + after.get(d)
                        + " leaves nothing of dimension " + (d + 2) + ", which has " + size + "; remove less");
            }
            y = y.with(d + 2, out);
        }
        return List.of(new TensorType(x.dtype(), y));
    }

    /** The position of x from which position {@code o} of y comes, in spatial dimension {@code d} of x's size; -1 if it is the constant. */
    public int origin(int d, int o, int size) {
        int i = o - before.get(d);
        return switch (mode) {
            case CONSTANT -> i < 0 || i >= size ? -1 : i;
            case REFLECT -> i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i;
            case REPLICATE -> Math.max(0, Math.min(size - 1, i));
            case CIRCULAR -> Math.floorMod(i, size);
        };
    }

    /** The gradient of constant padding is padding too: what was added is removed, and what was removed gets zeros. */
    @Override
    public void differentiate(GradientScope s) {
        Op backward = mode == Mode.CONSTANT
                ? zeros(
                        before.stream().map(v -> -v).toList(),
                        after.stream().map(v -> -v).toList())
                : new Backward(this, s.input(0).type().shape());
        s.give(0, s.add(backward, s.gradient(0)).output());
    }

    /**
     * Gradient of {@link Padding} in the modes that repeat elements. Input dy; output dx: each element of x gets the sum
     * of dy over the positions that came from it.
     *
     * @param x the forward input's shape
     */
    public record Backward(Padding forward, Shape x) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType dy = inputs.get(0), dx = new TensorType(dy.dtype(), x);
            TensorType y = forward.infer(List.of(dx)).get(0);
            if (!dy.equals(y))
                throw new ShapeException("the gradient of Padding expects dy of type " + y + ", got " + dy);
            return List.of(dx);
        }
    }
}
