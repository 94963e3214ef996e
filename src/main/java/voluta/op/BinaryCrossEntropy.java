package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Cross-entropy of independent yes-or-no answers. Inputs logits z and targets t in [0, 1] of one float type; output a
 * scalar: the mean over all elements of -t ln s(z) - (1 - t) ln(1 - s(z)) with the sigmoid s, computed as max(z, 0) - z t
 * + ln(1 + e^-|z|), which does not overflow.
 */
public record BinaryCrossEntropy() implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType logits = inputs.get(0), targets = inputs.get(1);
        if (!logits.dtype().floating() || !logits.equals(targets)) {
            throw new ShapeException("binary cross-entropy needs logits and targets of one float type, got " + logits
                    + " and " + targets + "; reshape one of them");
        }
        return List.of(new TensorType(logits.dtype(), Shape.SCALAR));
    }

    @Override
    public void differentiate(GradientScope s) {
        Value logits = s.input(0), targets = s.input(1), dLoss = s.gradient(0);
        if (s.wants(0)) s.give(0, s.add(new Backward(), logits, targets, dLoss).output());
        if (s.wants(1))
            s.give(1, Arithmetic.scaled(s, logits, dLoss, -1.0 / logits.type().elements()));
    }

    /** Inputs logits, targets, dLoss; output dz = (s(z) - t) dLoss / elements. */
    public record Backward() implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType loss = new BinaryCrossEntropy().infer(inputs).get(0);
            if (!inputs.get(2).equals(loss)) {
                throw new ShapeException(
                        "binary cross-entropy's gradient needs dLoss of type " + loss + ", got " + inputs.get(2));
            }
            return List.of(inputs.get(0));
        }
    }
}
