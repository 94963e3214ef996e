package voluta.nn;

import voluta.graph.Value;

/** Softmax along one dimension, or its logarithm. Not to be placed before the cross-entropy, which takes logits. */
public record Softmax(int axis, boolean log) implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        return build.add(name, new voluta.op.Softmax(axis, log), x);
    }
}
