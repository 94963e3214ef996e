package voluta.op;

import java.util.List;
import java.util.OptionalInt;
import voluta.graph.Op;
import voluta.tensor.DType;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/** Adds to a running sum kept as state. Inputs sum F32[] (updated in place) and x F32[]; output the new sum. */
public record Accumulate() implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType sum = inputs.get(0), x = inputs.get(1);
        if (sum.dtype() != DType.F32 || sum.rank() != 0 || !x.equals(sum)) {
            throw new ShapeException(
                    "a running sum needs two values f32[], got " + sum + " and " + x + "; reduce them to scalars");
        }
        return List.of(sum);
    }

    @Override
    public OptionalInt updates(int output) {
        return OptionalInt.of(0);
    }
}
