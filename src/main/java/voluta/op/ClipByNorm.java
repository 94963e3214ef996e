package voluta.op;

import java.util.List;
import voluta.tensor.TensorType;

/**
 * Scales each tensor on its own so that its L2 norm is at most {@code limit}: g' = g * min(1, limit / (norm(g) + 1e-6)).
 * Inputs g1..gn of any shapes, F32; outputs g1'..gn', each updating its input, and last {@code clipped}, F32[]: 1 if any
 * norm was above the limit, else 0. A tensor that is not scaled keeps its bits; one whose norm is NaN is not scaled.
 *
 * @param count how many tensors
 * @param limit the largest norm left, above 0
 */
public record ClipByNorm(int count, double limit) implements GradientClip {
    /** What is added to a norm before it divides the limit, as PyTorch does. */
    public static final double EPSILON = 1e-6;

    public ClipByNorm {
        TensorLists.checkCount("ClipByNorm", count);
        TensorLists.checkLimit("ClipByNorm", limit);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorLists.checkInputs(name(), inputs, count);
        TensorLists.checkF32(name(), inputs, count);
        return TensorLists.andFlag(inputs, count);
    }
}
