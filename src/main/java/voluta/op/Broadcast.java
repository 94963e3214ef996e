package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/** Repeats a value along its dimensions of size 1 (and along new outer ones) until it has this shape. Input x; output y. */
public record Broadcast(Shape shape) implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        if (!Arithmetic.broadcast(x.shape(), shape).equals(shape)) {
            throw new ShapeException(
                    "cannot broadcast " + x.shape() + " to " + shape + ", which is smaller in a dimension");
        }
        return List.of(new TensorType(x.dtype(), shape));
    }

    @Override
    public void differentiate(GradientScope s) {
        s.give(0, Arithmetic.reduceTo(s, s.gradient(0), s.input(0).type().shape()));
    }
}
