package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Softmax along one dimension, or its logarithm: y = e^x / sum(e^x), or y = x - ln sum(e^x). Input x; output y of the
 * same type. A row that holds NaN or infinity, or nothing but -infinity, is NaN throughout, as in PyTorch; on oneDNN parts of
 * such a row may be 0 or -infinity.
 *
 * @param axis the dimension along which the results sum to 1, counted from 0
 * @param log whether the logarithm is wanted
 */
public record Softmax(int axis, boolean log) implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        if (!x.dtype().floating()) throw new ShapeException("softmax needs a float input, got " + x);
        if (axis < 0 || axis >= x.rank()) {
            throw new ShapeException("softmax along dimension " + axis + " needs an input with more dimensions, got "
                    + x + "; choose an axis from 0 to " + (x.rank() - 1));
        }
        return List.of(x);
    }

    @Override
    public void differentiate(GradientScope s) {
        s.give(0, s.add(new Backward(this), s.output(0), s.gradient(0)).output());
    }

    /**
     * Inputs y, dy; output dx = y (dy - sum(y dy)), or for the logarithm dx = dy - e^y sum(dy), sums along the axis.
     */
    public record Backward(Softmax forward) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType y = forward.infer(inputs).get(0);
            if (!inputs.get(1).equals(y)) {
                throw new ShapeException("softmax's gradient needs y and dy of one type, got " + inputs);
            }
            return List.of(y);
        }
    }
}
