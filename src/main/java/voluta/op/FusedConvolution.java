package voluta.op;

import java.util.List;
import java.util.Optional;
import voluta.graph.GradientScope;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * A convolution, a residual and an activation in one: {@code y = activation(convolution(x, w) + b + residual)}.
 *
 * <p>Inputs: those of {@link Convolution} (x, w, optionally b [O]), and then the residual, of y's type, if there is one;
 * output y. It is the same as the pieces that {@link #decompose} names.
 *
 * @param convolution how x and w are convolved
 * @param residual whether something is added before the activation
 * @param activation what is applied last
 */
public record FusedConvolution(Convolution convolution, boolean residual, Optional<Activation> activation)
        implements Op {
    private static final Arithmetic ADD = new Arithmetic(Arithmetic.Kind.ADD);

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Convolution.count("fused convolution", inputs, residual ? 3 : 2, residual ? 4 : 3);
        List<TensorType> y = convolution.infer(inputs.subList(0, convolutionInputs(inputs.size())));
        if (residual && !inputs.get(inputs.size() - 1).equals(y.get(0))) {
            throw new ShapeException("fused convolution expects a residual like its output " + y.get(0) + ", got "
                    + inputs.get(inputs.size() - 1) + "; both branches must give the same shape");
        }
        return y;
    }

    /** How many of a node's inputs belong to the convolution: 3 with a bias, 2 without. */
    public int convolutionInputs(int inputs) {
        return residual ? inputs - 1 : inputs;
    }

    @Override
    public Optional<Decomposition> decompose(List<TensorType> inputs) {
        return Optional.of((builder, in) -> {
            Value y = beforeActivation(builder, in);
            return List.of(activation
                    .map(a -> builder.add("Activation", a, y).output())
                    .orElse(y));
        });
    }

    private Value beforeActivation(GraphBuilder builder, List<Value> in) {
        Value z = builder.add("Convolution", convolution, in.subList(0, convolutionInputs(in.size())))
                .output();
        return residual
                ? builder.add("Arithmetic", ADD, z, in.get(in.size() - 1)).output()
                : z;
    }

    /** The gradients of the pieces; what the activation wants of its input is computed again where y does not suffice. */
    @Override
    public void differentiate(GradientScope s) {
        List<Value> in = s.node().inputs();
        int n = convolutionInputs(in.size());
        Value dz = s.gradient(0);
        if (activation.isPresent()) {
            Value z = s.output(0);
            if (!activation.get().fromOutput()) {
                z = s.add(convolution, in.subList(0, n).toArray(Value[]::new)).output();
                if (residual) z = s.add(ADD, z, in.get(n)).output();
            }
            dz = s.add(new Activation.Backward(activation.get()), z, s.output(0), dz)
                    .output();
        }
        if (residual) s.give(n, dz);
        if (s.wants(0)) {
            Op op = new Convolution.BackwardData(convolution, in.get(0).type().shape());
            s.give(0, s.add(op, in.get(1), dz).output());
        }
        boolean bias = n == 3 && s.wants(2);
        if (s.wants(1) || bias) {
            Op op = new Convolution.BackwardWeights(
                    convolution, in.get(1).type().shape(), bias);
            Node b = s.add(op, in.get(0), dz);
            s.give(1, b.output(0));
            if (bias) s.give(2, b.output(1));
        }
    }
}
