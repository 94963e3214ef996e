package voluta.nn;

import java.util.List;
import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;

/**
 * The elements of each sample under another shape.
 *
 * @param shape the dimensions after N; one of them may be -1, which is then what is left
 */
public record Reshape(List<Integer> shape) implements Layer {
    public Reshape {
        shape = List.copyOf(shape);
    }

    @Override
    public Value apply(Build build, String name, Value x) {
        Shape s = x.type().shape();
        long perSample = s.product(1, s.rank()), known = 1;
        // What is more than the sample has stays one more, so that no product is too large for a long.
        for (int d : shape) if (d > 0) known = known > perSample / d ? perSample + 1 : known * d;
        boolean open = shape.contains(-1);
        if (open ? perSample % known != 0 : perSample != known) {
            throw new ShapeException("reshape to [N," + join() + "] does not fit " + s + ", which has " + perSample
                    + " elements a sample; make the product " + perSample);
        }
        long[] dims = new long[shape.size() + 1];
        dims[0] = s.dim(0);
        for (int i = 0; i < shape.size(); i++) dims[i + 1] = shape.get(i) == -1 ? perSample / known : shape.get(i);
        return build.add(name, new voluta.op.Reshape(Shape.of(dims)), x);
    }

    private String join() {
        return String.join(",", shape.stream().map(String::valueOf).toList());
    }
}
