package voluta.nn;

import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.Prelu;
import voluta.tensor.Shape;

/**
 * A rectifier with a trained slope for negative numbers. Parameter {@code weight [C]} or {@code [1]}.
 *
 * @param perChannel whether each channel has a slope of its own
 * @param slope the first slope
 */
public record PRelu(boolean perChannel, double slope) implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        long n = perChannel && x.type().rank() > 1 ? x.type().dim(1) : 1;
        return build.add(
                name, new Prelu(), x, build.parameter(name, "weight", Shape.of(n), Initializer.constant(slope)));
    }
}
