package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/** The same elements in row-major order under another shape. Input x; output y. Flattening is a reshape to [N, rest]. */
public record Reshape(Shape shape) implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        if (x.elements() != shape.elements()) {
            throw new ShapeException("cannot reshape " + x.shape() + " with " + x.elements() + " elements to " + shape
                    + " with " + shape.elements());
        }
        return List.of(new TensorType(x.dtype(), shape));
    }

    @Override
    public void differentiate(GradientScope s) {
        s.give(0, s.add(new Reshape(s.input(0).type().shape()), s.gradient(0)).output());
    }
}
