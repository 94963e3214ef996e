package voluta.nn;

import voluta.graph.Value;
import voluta.op.Activation;

/** An activation function of each element. */
public record Elementwise(Activation function) implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        return build.add(name, function, x);
    }
}
