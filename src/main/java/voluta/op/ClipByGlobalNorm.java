package voluta.op;

import java.util.List;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Scales all tensors by one factor so that their common L2 norm is at most {@code limit}: g' = g * min(1, limit / (norm +
 * 1e-6)). Inputs g1..gn of any shapes, F32, then their norm, F32[] (of {@link GlobalNorm}); outputs g1'..gn', each
 * updating its input, and last {@code clipped}, F32[]: 1 if the norm was above the limit, else 0. Where the factor is 1,
 * or the norm is NaN, no memory is touched.
 *
 * @param count how many tensors
 * @param limit the largest norm left, above 0
 */
public record ClipByGlobalNorm(int count, double limit) implements GradientClip {
    /** What is added to the norm before it divides the limit, as PyTorch does. */
    public static final double EPSILON = 1e-6;

    public ClipByGlobalNorm {
        TensorLists.checkCount("ClipByGlobalNorm", count);
        TensorLists.checkLimit("ClipByGlobalNorm", limit);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorLists.checkInputs(name(), inputs, count + 1);
        TensorLists.checkF32(name(), inputs, count);
        TensorLists.checkScalar(name(), "norm", inputs, count, DType.F32);
        return TensorLists.andFlag(inputs, count);
    }
}
