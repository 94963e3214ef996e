package voluta.nn;

import voluta.graph.Value;

/** In training, sets elements to zero with this probability and scales the others by 1/(1-rate); in inference, nothing. */
public record Dropout(double rate) implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        if (!build.training() || rate == 0) return x;
        return build.add(name, new voluta.op.Dropout(rate, build.randomKey(name)), x, build.step());
    }
}
