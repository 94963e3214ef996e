package voluta.op;

import java.util.List;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * The weights and bias of one convolution (or linear layer) that does the work of it and the frozen batch normalization
 * behind it. Inputs w [O, ...], optionally b [O], then scale, shift, mean, variance, all [O]; outputs w' like w and b' [O]:
 *
 * <pre>f[o] = scale[o] / sqrt(variance[o] + epsilon);  w'[o] = w[o] * f[o];  b'[o] = (b[o] - mean[o]) * f[o] + shift[o]</pre>
 *
 * For inference only: it has no gradient.
 *
 * @param epsilon that of the normalization
 */
public record FoldBatchNormalization(double epsilon) implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Convolution.count("folding a batch normalization", inputs, 5, 6);
        TensorType w = inputs.get(0);
        if (w.rank() < 2) {
            throw new ShapeException(
                    "folding a batch normalization expects weights of rank 2 or more, got " + w.shape());
        }
        Shape perFilter = Shape.of(w.dim(0));
        for (int i = 1; i < inputs.size(); i++) {
            if (!inputs.get(i).shape().equals(perFilter)) {
                throw new ShapeException("folding a batch normalization into weights " + w.shape() + " expects vectors "
                        + perFilter + ", got " + inputs.get(i).shape()
                        + "; the normalization must have as many channels as the layer before it has filters");
            }
        }
        return List.of(w, TensorType.f32(perFilter));
    }
}
