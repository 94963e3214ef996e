package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Softmax cross-entropy. Inputs logits z[N,C] and either labels I32[N] or target probabilities F32[N,C]; output a scalar:
 * the mean over the counted samples of -sum_c q_c ln softmax(z)_c, or 0 if no sample counts. A class with q = 0 adds
 * nothing, even where its logit is -infinity.
 *
 * <p>q is the target (for a label: 1 at its class, else 0) smoothed: (1 - smoothing) target + smoothing / C. A negative
 * label means that the sample is not counted, whatever its logits are, and that its gradient is 0. Labels must be below C; whoever feeds them checks that, and a kernel does
 * not count a sample whose label is too large. Samples with target probabilities all count.
 *
 * @param smoothing 0 &le; smoothing &le; 1
 */
public record CrossEntropy(double smoothing) implements Op {
    public CrossEntropy {
        if (!(smoothing >= 0 && smoothing <= 1)) {
            throw new ShapeException("label smoothing must be between 0 and 1, got " + smoothing);
        }
    }

    /** Without smoothing. */
    public CrossEntropy() {
        this(0);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType logits = inputs.get(0), targets = inputs.get(1);
        if (!logits.dtype().floating() || logits.rank() != 2) {
            throw new ShapeException("cross-entropy needs float logits [N,C], got " + logits
                    + "; flatten or pool them to one row per sample");
        }
        boolean labels = targets.dtype() == DType.I32 && targets.shape().equals(Shape.of(logits.dim(0)));
        if (!labels && !targets.equals(logits)) {
            throw new ShapeException("cross-entropy of logits " + logits + " needs labels i32[" + logits.dim(0)
                    + "] or target probabilities " + logits + ", got " + targets);
        }
        return List.of(new TensorType(logits.dtype(), Shape.SCALAR));
    }

    @Override
    public void differentiate(GradientScope s) {
        Value logits = s.input(0), targets = s.input(1), dLoss = s.gradient(0);
        if (s.wants(0))
            s.give(0, s.add(new Backward(this), logits, targets, dLoss).output());
        if (s.wants(1)) {
            double factor = -(1 - smoothing) / logits.type().dim(0);
            Value logs = s.add(new Softmax(1, true), logits).output();
            s.give(1, Arithmetic.scaled(s, logs, dLoss, factor));
        }
    }

    /** Inputs logits, labels or targets, dLoss; output dz = dLoss (sum(q) softmax(z) - q) / counted samples, 0 for samples not counted. */
    public record Backward(CrossEntropy forward) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType loss = forward.infer(inputs).get(0);
            if (!inputs.get(2).equals(loss)) {
                throw new ShapeException(
                        "cross-entropy's gradient needs dLoss of type " + loss + ", got " + inputs.get(2));
            }
            return List.of(inputs.get(0));
        }
    }
}
