package voluta.op;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import voluta.graph.GradientScope;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.NotDifferentiableException;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Batch normalization, a residual and an activation in one: {@code y = activation(norm(x) + residual)}.
 *
 * <p>Inputs: those of {@link BatchNormalization} (x, scale[C], shift[C], runningMean[C], runningVariance[C]), and then
 * the residual, of x's type, if there is one. Outputs: those of {@code norm}, which are updated in the same way. It is
 * the same as the pieces that {@link #decompose} names.
 *
 * @param norm how x is normalized
 * @param residual whether something is added before the activation
 * @param activation what is applied last
 */
public record FusedBatchNormalization(BatchNormalization norm, boolean residual, Optional<Activation> activation)
        implements Op {
    private static final int RESIDUAL = 5;
    private static final Arithmetic ADD = new Arithmetic(Arithmetic.Kind.ADD);

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        List<TensorType> outputs = norm.infer(inputs.subList(0, RESIDUAL));
        if (residual && !inputs.get(RESIDUAL).equals(inputs.get(0))) {
            throw new ShapeException("batch normalization of " + inputs.get(0)
                    + " expects a residual of the same type, got " + inputs.get(RESIDUAL));
        }
        return outputs;
    }

    @Override
    public boolean savesContext() {
        return norm.savesContext();
    }

    @Override
    public OptionalInt updates(int output) {
        return norm.updates(output);
    }

    @Override
    public Optional<Decomposition> decompose(List<TensorType> inputs) {
        return Optional.of(this::build);
    }

    /** Adds norm, addition and activation, as far as there are such. */
    private List<Value> build(GraphBuilder builder, List<Value> inputs) {
        Node n = builder.add("BatchNormalization", norm, inputs.subList(0, RESIDUAL));
        Value y = n.outputs().get(0);
        if (residual)
            y = builder.add("Arithmetic", ADD, y, inputs.get(RESIDUAL)).output();
        if (activation.isPresent())
            y = builder.add("Activation", activation.get(), y).output();
        List<Value> outputs = new ArrayList<>(n.outputs());
        outputs.set(0, y);
        return outputs;
    }

    @Override
    public void differentiate(GradientScope s) {
        if (!s.hasGradient(0)) return;
        if (norm.mode() == BatchNormalization.Mode.FROZEN) {
            differentiateFrozen(s);
            return;
        }
        if (activation.isPresent() && !activation.get().fromOutput()) {
            throw new NotDifferentiableException(
                    s.node(),
                    "the gradient of " + activation.get() + " reads the activation's input, which is not kept here;"
                            + " a backend that fuses it in training must leave it in pieces instead");
        }
        Node b = s.addWithContext(new Backward(this), s.input(0), s.input(1), s.input(2), s.output(0), s.gradient(0));
        for (int i = 0; i < 3; i++) s.give(i, b.outputs().get(i));
        if (residual) s.give(RESIDUAL, givesResidualGradient() ? b.outputs().get(3) : s.gradient(0));
    }

    /** Whether the residual's gradient is another than y's, and so an output of {@link Backward}. */
    public boolean givesResidualGradient() {
        return residual && activation.isPresent();
    }

    /** The running statistics are constants, so the pieces need no context; what an activation wants of its input is computed again. */
    private void differentiateFrozen(GradientScope s) {
        Value dz = s.gradient(0);
        if (activation.isPresent()) {
            Value z = activation.get().fromOutput() ? s.output(0) : beforeActivation(s);
            dz = s.add(new Activation.Backward(activation.get()), z, s.output(0), dz)
                    .output();
        }
        if (residual) s.give(RESIDUAL, dz);
        if (!s.wants(0) && !s.wants(1) && !s.wants(2)) return;
        Op op = new BatchNormalization.FrozenBackward(norm.epsilon());
        Node b = s.add(op, s.input(0), s.input(1), s.input(3), s.input(4), dz);
        for (int i = 0; i < 3; i++) s.give(i, b.outputs().get(i));
    }

    private Value beforeActivation(GradientScope s) {
        Value z = s.add(norm, s.input(0), s.input(1), s.input(2), s.input(3), s.input(4))
                .output();
        return residual ? s.add(ADD, z, s.input(RESIDUAL)).output() : z;
    }

    /**
     * The gradient in training. Inputs x, scale[C], shift[C], y, dy, and the context; outputs dx, dscale[C], dshift[C], and
     * dresidual if there are a residual and an activation. With z = norm(x) + residual: {@code dresidual = dz = activation'(z) dy}, where
     * {@code activation'(z)} follows from y, and the other three as in {@link BatchNormalization.Backward} with dz for dy.
     */
    public record Backward(FusedBatchNormalization forward) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType x = inputs.get(0);
            List<TensorType> outputs = new ArrayList<>(
                    BatchNormalization.gradients("batch normalization", x, inputs.get(1), inputs.get(4)));
            BatchNormalization.requireVectors(
                    "batch normalization", inputs.get(1), inputs.subList(2, 3), List.of("shift"));
            if (!inputs.get(3).equals(x)) {
                throw new ShapeException("batch normalization's output must be " + x + ", got " + inputs.get(3));
            }
            if (forward.givesResidualGradient()) outputs.add(x);
            return outputs;
        }
    }
}
