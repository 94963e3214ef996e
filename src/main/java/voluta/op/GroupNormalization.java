package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Group normalization (Wu and He, 2018): channels are split into groups of neighbours, each group of each sample has a
 * mean and a biased variance of its own, and {@code y = (x - mean) / sqrt(variance + epsilon) * scale + shift}.
 *
 * <p>Inputs: x[N,C] or x[N,C,spatial...], scale[C], shift[C]; output y of x's type. Leaves mean and variance, one of each
 * per sample and group, as context.
 *
 * @param groups how many groups; divides C
 * @param epsilon added to the variance, positive
 */
public record GroupNormalization(int groups, double epsilon) implements Op {
    public GroupNormalization {
        if (groups < 1)
            throw new ShapeException("group normalization needs a positive number of groups, got " + groups);
        BatchNormalization.requireEpsilon("group normalization", epsilon);
    }

    /** How many values share a mean. */
    public long count(Shape x) {
        return x.product(1, x.rank()) / groups;
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        TensorType vector = BatchNormalization.channels("group normalization", x);
        if (x.dim(1) % groups != 0) {
            throw new ShapeException("group normalization cannot split " + x.dim(1) + " channels of " + x + " into "
                    + groups + " groups; choose a number of groups that divides " + x.dim(1));
        }
        if (count(x.shape()) < 2) {
            throw new ShapeException("group normalization needs more than one value per group, got " + x + " in "
                    + groups + " groups; use fewer groups, or normalize before the image has shrunk to one pixel");
        }
        BatchNormalization.requireVectors(
                "group normalization", vector, inputs.subList(1, 3), List.of("scale", "shift"));
        return List.of(x);
    }

    @Override
    public boolean savesContext() {
        return true;
    }

    @Override
    public void differentiate(GradientScope s) {
        Node b = s.addWithContext(new Backward(groups, epsilon), s.input(0), s.input(1), s.gradient(0));
        for (int i = 0; i < 3; i++) s.give(i, b.outputs().get(i));
    }

    /**
     * Inputs x, scale[C], dy, and the context; outputs dx, dscale[C], dshift[C]. With x^ the normalized x, g = dy * scale,
     * and means over a group of a sample:
     *
     * <pre>
     * dshift = sum(dy)    dscale = sum(dy * x^)    over all values of a channel
     * dx = (g - mean(g) - x^ * mean(g * x^)) / sqrt(variance + epsilon)
     * </pre>
     */
    public record Backward(int groups, double epsilon) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            return BatchNormalization.gradients("group normalization", inputs.get(0), inputs.get(1), inputs.get(2));
        }
    }
}
