package voluta.op;

import java.util.Arrays;
import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Layer normalization (Ba, Kiros and Hinton, 2016) over dimensions {@code axis} to the last: each index of the dimensions
 * before them has a mean and a biased variance of its own, and {@code y = (x - mean) / sqrt(variance + epsilon) * scale +
 * shift} elementwise.
 *
 * <p>Inputs: x, scale and shift, both of the shape of the normalized dimensions; output y of x's type. For images
 * [N,C,H,W], axis 1 normalizes each image as a whole. Leaves mean and variance as context.
 *
 * @param axis the first normalized dimension, at least 1
 * @param epsilon added to the variance, positive
 */
public record LayerNormalization(int axis, double epsilon) implements Op {
    public LayerNormalization {
        if (axis < 1) {
            throw new ShapeException(
                    "layer normalization needs an axis of at least 1, since dimension 0 counts the samples, got "
                            + axis);
        }
        BatchNormalization.requireEpsilon("layer normalization", epsilon);
    }

    /** How many values share a mean. */
    public long count(Shape x) {
        return x.product(axis, x.rank());
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        if (!x.dtype().floating() || x.rank() <= axis) {
            throw new ShapeException("layer normalization over dimensions " + axis
                    + " to the last expects a float input of rank " + (axis + 1) + " or more, got " + x);
        }
        if (count(x.shape()) < 2) {
            throw new ShapeException("layer normalization needs more than one value to normalize, got " + x
                    + " normalized over dimensions " + axis + " to the last");
        }
        long[] d = x.shape().dims();
        BatchNormalization.requireVectors(
                "layer normalization over dimensions " + axis + " to the last of " + x,
                new TensorType(x.dtype(), Shape.of(Arrays.copyOfRange(d, axis, d.length))),
                inputs.subList(1, 3),
                List.of("scale", "shift"));
        return List.of(x);
    }

    @Override
    public boolean savesContext() {
        return true;
    }

    @Override
    public void differentiate(GradientScope s) {
        Node b = s.addWithContext(new Backward(axis, epsilon), s.input(0), s.input(1), s.gradient(0));
        for (int i = 0; i < 3; i++) s.give(i, b.outputs().get(i));
    }

    /**
     * Inputs x, scale, dy, and the context; outputs dx, dscale, dshift. With x^ the normalized x, g = dy * scale, and means
     * over the normalized dimensions:
     *
     * <pre>
     * dshift = sum over samples of dy    dscale = sum over samples of dy * x^
     * dx = (g - mean(g) - x^ * mean(g * x^)) / sqrt(variance + epsilon)
     * </pre>
     */
    public record Backward(int axis, double epsilon) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            return BatchNormalization.gradients("layer normalization", inputs.get(0), inputs.get(1), inputs.get(2));
        }
    }
}
