package voluta.op;

import java.util.List;
import voluta.graph.Op;
import voluta.tensor.TensorType;

/**
 * The L2 norm over all elements of several tensors together, as if they were one vector. Inputs g1..gn of any shapes,
 * F32; output the norm, F32[]. Summed in a fixed order, so equal inputs give equal bits. A NaN among the elements gives
 * NaN, an infinity gives infinity or NaN.
 *
 * @param count how many tensors
 */
public record GlobalNorm(int count) implements Op {
    public GlobalNorm {
        TensorLists.checkCount("GlobalNorm", count);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorLists.checkInputs(name(), inputs, count);
        TensorLists.checkF32(name(), inputs, count);
        return List.of(TensorType.f32());
    }
}
