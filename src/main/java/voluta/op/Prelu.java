package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Leaky ReLU with a learned slope: y = x for x &gt; 0, else slope x. Inputs x[N,C,...] and slope[C], one per channel, or
 * slope[1], one for all; output y of x's type.
 */
public record Prelu() implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0), slope = inputs.get(1);
        if (!x.dtype().floating() || slope.dtype() != x.dtype()) {
            throw new ShapeException("prelu needs a float input and a slope of the same type, got " + inputs);
        }
        long channels = x.rank() < 2 ? 1 : x.dim(1);
        if (slope.rank() != 1 || slope.dim(0) != 1 && slope.dim(0) != channels) {
            throw new ShapeException("prelu needs a slope of shape [" + channels + "] or [1] for an input of shape "
                    + x.shape() + ", got " + slope.shape());
        }
        return List.of(x);
    }

    @Override
    public void differentiate(GradientScope s) {
        Node g = s.add(new Backward(), s.input(0), s.input(1), s.gradient(0));
        s.give(0, g.output(0));
        s.give(1, g.output(1));
    }

    /** Inputs x, slope, dy; outputs dx = dy where x &gt; 0, else slope dy, and dslope = the sum of x dy where x &le; 0. */
    public record Backward() implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType x = inputs.get(0), slope = inputs.get(1), dy = inputs.get(2);
            new Prelu().infer(List.of(x, slope));
            if (!dy.equals(x)) throw new ShapeException("prelu's gradient needs dy of type " + x + ", got " + dy);
            return List.of(x, slope);
        }
    }
}
