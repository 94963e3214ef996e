package voluta.op;

import java.util.List;
import voluta.tensor.TensorType;

/**
 * Clamps every element to [-limit, limit]: both sides. NaN stays NaN. Inputs g1..gn of any shapes, F32; outputs g1'..gn',
 * each updating its input, and last {@code clipped}, F32[]: 1 if any element lay outside, else 0.
 *
 * @param count how many tensors
 * @param limit the largest magnitude left, above 0
 */
public record ClipByValue(int count, double limit) implements GradientClip {
    public ClipByValue {
        TensorLists.checkCount("ClipByValue", count);
        TensorLists.checkLimit("ClipByValue", limit);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorLists.checkInputs(name(), inputs, count);
        TensorLists.checkF32(name(), inputs, count);
        return TensorLists.andFlag(inputs, count);
    }
}
