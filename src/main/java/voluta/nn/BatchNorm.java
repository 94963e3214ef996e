package voluta.nn;

import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.BatchNormalization;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;

/**
 * Batch normalization over all dimensions but the channels. Parameters {@code weight [C]} and {@code bias [C]}, state
 * {@code running_mean [C]} and {@code running_var [C]}.
 *
 * @param momentum the weight of the batch's statistics in the running ones
 * @param frozen whether the running statistics normalize in training too, and stay as they are
 */
public record BatchNorm(double epsilon, double momentum, boolean frozen) implements Layer {
    /** Epsilon 1e-5 and momentum 0.1. */
    public static final BatchNorm STANDARD = new BatchNorm(1e-5, 0.1, false);

    @Override
    public Value apply(Build build, String name, Value x) {
        if (x.type().rank() < 2) {
            throw new ShapeException("batch normalization expects an input [N,C,...], got "
                    + x.type().shape());
        }
        Shape channels = Shape.of(x.type().dim(1));
        Value scale = build.parameter(name, "weight", channels, Initializer.ONES);
        Value shift = build.parameter(name, "bias", channels, Initializer.ZEROS);
        Value mean = build.state(name, "running_mean", channels, Initializer.ZEROS);
        Value variance = build.state(name, "running_var", channels, Initializer.ONES);
        BatchNormalization.Mode mode =
                build.trains(name) && !frozen ? BatchNormalization.Mode.TRAINING : BatchNormalization.Mode.FROZEN;
        return build.add(name, new BatchNormalization(epsilon, momentum, mode), x, scale, shift, mean, variance);
    }
}
