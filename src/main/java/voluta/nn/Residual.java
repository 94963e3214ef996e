package voluta.nn;

import java.util.Optional;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.Arithmetic;
import voluta.tensor.ShapeException;

/**
 * {@code activation(body(x) + shortcut(x))}.
 *
 * @param shortcut missing for x itself
 * @param activation missing for none
 */
public record Residual(Sequential body, Optional<Sequential> shortcut, Optional<Activation> activation)
        implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        return build.scope(name, () -> {
            Value y = body.apply(build, "body", x);
            Value skip = shortcut.isPresent() ? shortcut.get().apply(build, "shortcut", x) : x;
            if (!y.type().equals(skip.type())) {
                throw new ShapeException("a residual block expects its body and its shortcut to give one shape, got "
                        + y.type().shape() + " and " + skip.type().shape()
                        + "; give the shortcut a 1x1 convolution with the body's stride and filters");
            }
            Value sum = build.add("add", new Arithmetic(Arithmetic.Kind.ADD), y, skip);
            return activation.isPresent() ? build.add("activation", activation.get(), sum) : sum;
        });
    }
}
