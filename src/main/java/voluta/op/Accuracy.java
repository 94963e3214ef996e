package voluta.op;

import java.util.List;
import voluta.graph.Op;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * How many samples are classified right. Inputs logits[N,C] and labels I32[N]; output F32[]: the number of samples with a
 * label from 0 to C - 1 whose logit is among the k largest of its row. Of equal logits the one with the lower index is
 * the larger; a logit that is not a number is never among the largest if it is the label's, and always if it is not.
 *
 * @param k at least 1
 */
public record Accuracy(int k) implements Op {
    public Accuracy {
        if (k < 1) throw new ShapeException("top-k accuracy needs k of at least 1, got " + k);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType logits = inputs.get(0), labels = inputs.get(1);
        if (!logits.dtype().floating() || logits.rank() != 2) {
            throw new ShapeException("accuracy needs float logits [N,C], got " + logits
                    + "; flatten or pool them to one row per sample");
        }
        if (labels.dtype() != DType.I32 || !labels.shape().equals(Shape.of(logits.dim(0)))) {
            throw new ShapeException(
                    "accuracy of logits " + logits + " needs labels i32[" + logits.dim(0) + "], got " + labels);
        }
        return List.of(TensorType.f32());
    }
}
