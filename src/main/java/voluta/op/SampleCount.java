package voluta.op;

import java.util.List;
import voluta.graph.Op;
import voluta.tensor.DType;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * How many samples count. Input labels I32[N]; output F32[]: the number of labels that are not negative. Losses and
 * metrics leave samples with a negative label out, such as those that fill up the last batch.
 */
public record SampleCount() implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType labels = inputs.get(0);
        if (labels.dtype() != DType.I32 || labels.rank() != 1) {
            throw new ShapeException("a count of samples needs labels i32[N], got " + labels);
        }
        return List.of(TensorType.f32());
    }
}
