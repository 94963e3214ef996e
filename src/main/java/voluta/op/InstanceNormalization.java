package voluta.op;

import java.util.List;
import java.util.Optional;
import voluta.graph.Op;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Instance normalization (Ulyanov, Vedaldi and Lempitsky, 2016): each channel of each sample is normalized by itself.
 *
 * <p>Inputs: x[N,C,spatial...], scale[C], shift[C]; output y of x's type. Replaced by a {@link GroupNormalization} with
 * one group per channel before anything is differentiated or run; so no backend has it.
 *
 * @param epsilon added to the variance, positive
 */
public record InstanceNormalization(double epsilon) implements Op {
    public InstanceNormalization {
        BatchNormalization.requireEpsilon("instance normalization", epsilon);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        TensorType vector = BatchNormalization.channels("instance normalization", x);
        if (x.shape().product(2, x.rank()) < 2) {
            throw new ShapeException("instance normalization needs more than one value per channel and sample, got " + x
                    + "; normalize before the image has shrunk to one pixel");
        }
        BatchNormalization.requireVectors(
                "instance normalization", vector, inputs.subList(1, 3), List.of("scale", "shift"));
        return List.of(x);
    }

    @Override
    public Optional<Decomposition> decompose(List<TensorType> inputs) {
        GroupNormalization op = new GroupNormalization(inputs.get(0).shape().size(1), epsilon);
        return Optional.of(
                (builder, in) -> builder.add("GroupNormalization", op, in).outputs());
    }
}
