package voluta.nn;

import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.GroupNormalization;
import voluta.op.InstanceNormalization;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;

/**
 * Group normalization: each sample by the mean and variance of each group of channels. Parameters {@code weight [C]} and
 * {@code bias [C]}.
 *
 * @param groups how many groups; 0 means one per channel, which is instance normalization
 */
public record GroupNorm(int groups, double epsilon) implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        if (x.type().rank() < 2) {
            throw new ShapeException("group normalization expects an input [N,C,...], got "
                    + x.type().shape());
        }
        Shape channels = Shape.of(x.type().dim(1));
        Value scale = build.parameter(name, "weight", channels, Initializer.ONES);
        Value shift = build.parameter(name, "bias", channels, Initializer.ZEROS);
        return build.add(
                name,
                groups == 0 ? new InstanceNormalization(epsilon) : new GroupNormalization(groups, epsilon),
                x,
                scale,
                shift);
    }
}
