package voluta.op;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import voluta.graph.GradientScope;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Batch normalization (Ioffe and Szegedy, 2015, algorithms 1 and 2): {@code y = (x - mean) / sqrt(variance + epsilon) *
 * scale + shift}, with one mean and one variance per channel.
 *
 * <p>Inputs: x[N,C] or x[N,C,spatial...], scale[C], shift[C], runningMean[C], runningVariance[C]. With m = N * spatial
 * values per channel:
 *
 * <ul>
 *   <li>{@link Mode#TRAINING} normalizes with the mean and the biased variance (divided by m) of the batch. Outputs: y, and
 *       the running statistics updated in place: {@code running = (1 - momentum) * running + momentum * batch}, where the
 *       batch variance is the unbiased one (divided by m - 1). Leaves mean and variance as context.
 *   <li>{@link Mode#FROZEN} normalizes with the running statistics, which stay as they are. Output: y. Differentiable in x,
 *       scale and shift.
 * </ul>
 *
 * @param epsilon added to the variance, positive
 * @param momentum the weight of the batch in the running statistics, 0 to 1
 */
public record BatchNormalization(double epsilon, double momentum, Mode mode) implements Op {
    /** Which statistics normalize. */
    public enum Mode {
        /** The batch's own. */
        TRAINING,
        /** The running ones. */
        FROZEN
    }

    public BatchNormalization {
        requireEpsilon("batch normalization", epsilon);
        if (!(momentum >= 0 && momentum <= 1)) {
            throw new ShapeException("batch normalization needs a momentum from 0 to 1, got " + momentum);
        }
    }

    /** The same in the other mode. */
    public BatchNormalization with(Mode other) {
        return new BatchNormalization(epsilon, momentum, other);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        TensorType vector = channels("batch normalization", x);
        requireVectors(
                "batch normalization",
                vector,
                inputs.subList(1, 5),
                List.of("scale", "shift", "running mean", "running variance"));
        if (mode == Mode.FROZEN) return List.of(x);
        if (count(x.shape()) < 2) {
            throw new ShapeException("batch normalization in training needs more than one value per channel, got " + x
                    + "; use a larger batch, or normalize before the image has shrunk to one pixel");
        }
        return List.of(x, vector, vector);
    }

    /** How many values of x a channel has. */
    public static long count(Shape x) {
        return x.elements() / x.dim(1);
    }

    @Override
    public boolean savesContext() {
        return mode == Mode.TRAINING;
    }

    @Override
    public OptionalInt updates(int output) {
        return mode == Mode.TRAINING && output > 0 ? OptionalInt.of(output + 2) : OptionalInt.empty();
    }

    @Override
    public void differentiate(GradientScope s) {
        if (!s.hasGradient(0)) return;
        Node b = mode == Mode.TRAINING
                ? s.addWithContext(new Backward(epsilon), s.input(0), s.input(1), s.gradient(0))
                : s.add(new FrozenBackward(epsilon), s.input(0), s.input(1), s.input(3), s.input(4), s.gradient(0));
        for (int i = 0; i < 3; i++) s.give(i, b.outputs().get(i));
    }

    /**
     * The gradient in training. Inputs x, scale[C], dy, and the context; outputs dx, dscale[C], dshift[C]. With x^ the
     * normalized x and sums over a channel's m values:
     *
     * <pre>
     * dshift = sum(dy)    dscale = sum(dy * x^)
     * dx = scale / sqrt(variance + epsilon) * (dy - dshift / m - x^ * dscale / m)
     * </pre>
     */
    public record Backward(double epsilon) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            return gradients("batch normalization", inputs.get(0), inputs.get(1), inputs.get(2));
        }
    }

    /**
     * The gradient with running statistics, which count as constants. Inputs x, scale[C], runningMean[C],
     * runningVariance[C], dy; outputs {@code dx = dy * scale / sqrt(variance + epsilon)}, {@code dscale[C] = sum(dy * x^)},
     * {@code dshift[C] = sum(dy)}.
     */
    public record FrozenBackward(double epsilon) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            requireVectors(
                    "batch normalization",
                    inputs.get(1),
                    inputs.subList(2, 4),
                    List.of("running mean", "running variance"));
            return gradients("batch normalization", inputs.get(0), inputs.get(1), inputs.get(4));
        }
    }

    /** The types of dx, dscale and dshift. */
    static List<TensorType> gradients(String what, TensorType x, TensorType scale, TensorType dy) {
        if (!dy.equals(x)) {
            throw new ShapeException(
                    "the gradient that reaches " + what + " must be " + x + " as its input, got " + dy);
        }
        return List.of(x, scale, scale);
    }

    /** The type of a vector with one element per channel of x. */
    static TensorType channels(String what, TensorType x) {
        if (!x.dtype().floating() || x.rank() < 2 || x.rank() > 5) {
            throw new ShapeException(what
                    + " expects a float input [N,C] or [N,C,spatial...] with at most three spatial dimensions, got "
                    + x);
        }
        return new TensorType(x.dtype(), Shape.of(x.dim(1)));
    }

    static void requireVectors(String what, TensorType expected, List<TensorType> got, List<String> names) {
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < got.size(); i++) {
            if (!got.get(i).equals(expected)) wrong.add(names.get(i) + " " + got.get(i));
        }
        if (!wrong.isEmpty()) {
            throw new ShapeException(what + " expects " + String.join(", ", names) + " of " + expected + ", got "
                    + String.join(", ", wrong));
        }
    }

    static void requireEpsilon(String what, double epsilon) {
        if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw new ShapeException(what + " needs a positive epsilon such as 1e-5, got " + epsilon);
        }
    }
}
