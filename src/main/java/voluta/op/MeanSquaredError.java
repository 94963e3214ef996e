package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/** Inputs x and target of one float type; output a scalar: the mean over all elements of (x - target)^2. */
public record MeanSquaredError() implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0), target = inputs.get(1);
        if (!x.dtype().floating() || !x.equals(target)) {
            throw new ShapeException("mean squared error needs two float values of one type, got " + x + " and "
                    + target + "; reshape one of them");
        }
        return List.of(new TensorType(x.dtype(), Shape.SCALAR));
    }

    @Override
    public void differentiate(GradientScope s) {
        Value x = s.input(0), target = s.input(1), dLoss = s.gradient(0);
        if (s.wants(0)) s.give(0, s.add(new Backward(), x, target, dLoss).output());
        // the loss is symmetric
        if (s.wants(1)) s.give(1, s.add(new Backward(), target, x, dLoss).output());
    }

    /** Inputs x, target, dLoss; output dx = 2 (x - target) dLoss / elements. */
    public record Backward() implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType loss = new MeanSquaredError().infer(inputs).get(0);
            if (!inputs.get(2).equals(loss)) {
                throw new ShapeException(
                        "mean squared error's gradient needs dLoss of type " + loss + ", got " + inputs.get(2));
            }
            return List.of(inputs.get(0));
        }
    }
}
