package voluta.nn;

import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;

/**
 * Fully connected. Input {@code [N,I]}, output {@code [N,units]}; parameters {@code weight [units,I]} and {@code bias [units]}.
 */
public record Linear(int units, boolean bias, Initialization init) implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        if (x.type().rank() != 2) {
            throw new ShapeException("linear expects [N,features], got "
                    + x.type().shape() + "; put a flatten layer or a global pooling with flatten before it");
        }
        Shape weights = Shape.of(units, x.type().dim(1));
        Value w = build.parameter(name, "weight", weights, init.forWeights(weights));
        Value b = bias ? build.parameter(name, "bias", Shape.of(units), init.forBias(weights)) : null;
        return build.addPresent(name, new voluta.op.Linear(), x, w, b);
    }
}
