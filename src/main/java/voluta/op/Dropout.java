package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.tensor.DType;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Inverted dropout: y = x / (1 - rate) where an element is kept, else 0. Inputs x and the step number (I64 scalar);
 * output y of x's type.
 *
 * <p>Element i in row-major order is kept if {@code Philox.uniform(r[i % 4]) >= rate}, where r is {@code
 * Philox.block(seedKey, i / 4, step)}: the mask is a function of key, step and place, the same on every backend, and the
 * backward node makes it anew.
 *
 * @param rate the share of elements set to zero, 0 &le; rate &lt; 1
 * @param seedKey the stream; each dropout in a network has its own
 */
public record Dropout(double rate, long seedKey) implements Op {
    public Dropout {
        if (!(rate >= 0 && rate < 1)) {
            throw new ShapeException("dropout needs a rate of at least 0 and below 1, got " + rate);
        }
    }

    /** An element is kept if the upper 24 bits of its random number are at least this: exactly {@code uniform >= rate}. */
    public int threshold() {
        return (int) Math.ceil(rate * 0x1p24);
    }

    /** What kept elements are multiplied with. */
    public double scale() {
        return 1 / (1 - rate);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0), step = inputs.get(1);
        if (!x.dtype().floating()) throw new ShapeException("dropout needs a float input, got " + x);
        if (step.dtype() != DType.I64 || step.rank() != 0) {
            throw new ShapeException("dropout needs the step number as i64[], got " + step);
        }
        return List.of(x);
    }

    @Override
    public void differentiate(GradientScope s) {
        s.give(0, s.add(new Backward(this), s.gradient(0), s.input(1)).output());
    }

    /** Inputs dy and the step number; output dx: dy under the forward node's mask and scale. */
    public record Backward(Dropout forward) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            return forward.infer(inputs);
        }
    }
}
