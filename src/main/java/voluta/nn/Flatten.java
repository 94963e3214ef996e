package voluta.nn;

import voluta.graph.Value;
import voluta.tensor.Shape;

/** {@code [N,...]} to {@code [N,features]}, in row-major order. */
public record Flatten() implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        Shape s = x.type().shape();
        if (s.rank() == 2) return x;
        return build.add(name, new voluta.op.Reshape(Shape.of(s.dim(0), s.product(1, s.rank()))), x);
    }
}
