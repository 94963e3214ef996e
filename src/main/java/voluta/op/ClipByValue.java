package voluta.op;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import voluta.graph.Op;
import voluta.tensor.TensorType;

/**
 * Clamps every element to [-limit, limit]: both sides. NaN stays NaN. Inputs g1..gn of any shapes, F32; outputs g1'..gn',
 * each updating its input, and last {@code clipped}, F32[]: 1 if any element lay outside, else 0.
 *
 * @param count how many tensors
 * @param limit the largest magnitude left, above 0
 */
public record ClipByValue(int count, double limit) implements Op {
    public ClipByValue {
        TensorLists.checkCount("ClipByValue", count);
        TensorLists.checkLimit("ClipByValue", limit);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorLists.checkInputs(name(), inputs, count);
        TensorLists.checkF32(name(), inputs, count);
        List<TensorType> outputs = new ArrayList<>(inputs);
        outputs.add(TensorType.f32());
        return outputs;
    }

    @Override
    public OptionalInt updates(int output) {
        return output < count ? OptionalInt.of(output) : OptionalInt.empty();
    }

    /** The index of the output that says whether anything was clipped. */
    public int clipped() {
        return count;
    }
}
