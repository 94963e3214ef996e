package voluta.nn;

import java.util.List;
import voluta.graph.Value;
import voluta.tensor.ShapeException;

/**
 * Reorders dimensions.
 *
 * @param order for each dimension of the output, which one of the input it is; the samples stay first, so it begins with 0
 */
public record Transpose(List<Integer> order) implements Layer {
    public Transpose {
        order = List.copyOf(order);
        if (order.isEmpty() || order.get(0) != 0) {
            throw new ShapeException("the samples stay the first dimension: an order begins with 0, got " + order);
        }
    }

    @Override
    public Value apply(Build build, String name, Value x) {
        return build.add(name, new voluta.op.Transpose(order), x);
    }
}
