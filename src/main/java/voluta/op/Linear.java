package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * A fully connected layer. Inputs x [N, I], w [O, I], optionally b [O]; output y [N, O]: {@code y = x * transpose(w) + b}.
 */
public record Linear() implements Op {
    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Convolution.count("linear", inputs, 2, 3);
        TensorType x = inputs.get(0), w = inputs.get(1);
        if (x.rank() != 2) {
            throw new ShapeException("linear expects an input of shape [batch, features], got " + x.shape()
                    + "; flatten or pool it first");
        }
        if (w.rank() != 2 || w.dim(1) != x.dim(1)) {
            throw new ShapeException("linear expects " + w.dim(-1) + " input features (weights " + w.shape() + "), got "
                    + x.dim(1) + "; change the number of input features of this layer or the size before it");
        }
        if (inputs.size() == 3) Convolution.bias("linear", inputs.get(2), w.dim(0));
        return List.of(new TensorType(x.dtype(), Shape.of(x.dim(0), w.dim(0))));
    }

    @Override
    public void differentiate(GradientScope s) {
        Value x = s.input(0), w = s.input(1), dy = s.gradient(0);
        if (s.wants(0)) s.give(0, s.add(new BackwardData(), w, dy).output());
        if (s.wants(1) || s.wants(2)) {
            Node n = s.add(new BackwardWeights(s.wants(2)), x, dy);
            s.give(1, n.output(0));
            if (s.wants(2)) s.give(2, n.output(1));
        }
    }

    /** The gradient with respect to x. Inputs w [O, I], dy [N, O]; output dx [N, I] = dy * w. */
    public record BackwardData() implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            Convolution.count(name(), inputs, 2, 2);
            TensorType w = inputs.get(0), dy = inputs.get(1);
            if (w.rank() != 2 || dy.rank() != 2 || dy.dim(1) != w.dim(0)) {
                throw new ShapeException(name() + " expects weights [O,I] and a gradient [N,O], got " + w.shape()
                        + " and " + dy.shape());
            }
            return List.of(new TensorType(dy.dtype(), Shape.of(dy.dim(0), w.dim(1))));
        }
    }

    /**
     * The gradients with respect to w and, if {@code bias}, b. Inputs x [N, I], dy [N, O]; outputs dw [O, I] =
     * transpose(dy) * x, db [O] = the sum of dy over the batch.
     */
    public record BackwardWeights(boolean bias) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            Convolution.count(name(), inputs, 2, 2);
            TensorType x = inputs.get(0), dy = inputs.get(1);
            if (x.rank() != 2 || dy.rank() != 2 || dy.dim(0) != x.dim(0)) {
                throw new ShapeException(name() + " expects an input [N,I] and a gradient [N,O], got " + x.shape()
                        + " and " + dy.shape());
            }
            TensorType dw = TensorType.f32(dy.dim(1), x.dim(1));
            return bias ? List.of(dw, TensorType.f32(dy.dim(1))) : List.of(dw);
        }
    }
}
