package voluta.op;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import voluta.graph.GradientScope;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Batch normalization of a batch by its own statistics, perhaps an activation, and the convolution of the result: {@code y =
 * convolution(activation(norm(x)), w, b)}. What is between the two need not be stored, in the backward pass neither.
 *
 * <p>Inputs: those of {@link BatchNormalization} (x, scale[C], shift[C], runningMean[C], runningVariance[C]), then those of the
 * {@link Convolution} but its first (w, optionally b). Outputs: y, and the running statistics, updated as {@code norm} does
 * it. Context: the batch's mean and variance. It is the same as the pieces that {@link #decompose} names.
 *
 * @param norm how x is normalized, without a residual and in {@link BatchNormalization.Mode#TRAINING}; perhaps with an
 *     activation whose gradient follows from its output
 * @param convolution of what comes out
 */
public record NormalizedConvolution(FusedBatchNormalization norm, Convolution convolution) implements Op {
    private static final String NAME = "normalized convolution";
    private static final int WEIGHTS = 5, BIAS = 6;

    public NormalizedConvolution {
        if (norm.residual() || norm.norm().mode() != BatchNormalization.Mode.TRAINING) {
            throw new ShapeException(NAME + " expects batch normalization without a residual and in training, got "
                    + norm + "; leave normalization and convolution two nodes");
        }
        if (!norm.activation().map(Activation::fromOutput).orElse(true)) {
            throw new ShapeException(NAME + " expects an activation whose gradient follows from its output, got "
                    + norm.activation().get() + "; leave normalization and convolution two nodes");
        }
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Convolution.count(NAME, inputs, BIAS, BIAS + 1);
        List<TensorType> normalized = norm.infer(inputs.subList(0, WEIGHTS));
        List<TensorType> in = new ArrayList<>(inputs.subList(WEIGHTS, inputs.size()));
        in.add(0, normalized.get(0));
        List<TensorType> outputs = new ArrayList<>(normalized);
        outputs.set(0, convolution.infer(in).get(0));
        return outputs;
    }

    @Override
    public boolean savesContext() {
        return true;
    }

    @Override
    public OptionalInt updates(int output) {
        return norm.updates(output);
    }

    @Override
    public Optional<Decomposition> decompose(List<TensorType> inputs) {
        return Optional.of(this::build);
    }

    private List<Value> build(GraphBuilder builder, List<Value> inputs) {
        Node n = builder.add("FusedBatchNormalization", norm, inputs.subList(0, WEIGHTS));
        List<Value> in = new ArrayList<>(inputs.subList(WEIGHTS, inputs.size()));
        in.add(0, n.output(0));
        List<Value> outputs = new ArrayList<>(n.outputs());
        outputs.set(0, builder.add("Convolution", convolution, in).output());
        return outputs;
    }

    @Override
    public void differentiate(GradientScope s) {
        if (!s.hasGradient(0)) return;
        Value x = s.input(0), scale = s.input(1), shift = s.input(2), w = s.input(WEIGHTS), dy = s.gradient(0);
        boolean bias = s.wants(BIAS);
        if (s.wants(WEIGHTS) || bias) {
            Op op = new BackwardWeights(this, w.type().shape(), bias);
            Node b = s.addWithContext(op, x, scale, shift, dy);
            s.give(WEIGHTS, b.output(0));
            if (bias) s.give(BIAS, b.output(1));
        }
        if (!s.wants(0) && !s.wants(1) && !s.wants(2)) return;
        Value dz = s.add(new Convolution.BackwardData(convolution, x.type().shape()), w, dy)
                .output();
        Node b = s.addWithContext(new BackwardNormalization(this), x, scale, shift, dz);
        for (int i = 0; i < 3; i++) s.give(i, b.output(i));
    }

    /** The gradients of w and, if {@code bias}, b: those of {@link Convolution.BackwardWeights}. Inputs x, scale, shift, dy, and the context. */
    public record BackwardWeights(NormalizedConvolution forward, Shape w, boolean bias) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType x = normalized(inputs);
            return new Convolution.BackwardWeights(forward.convolution, w, bias).infer(List.of(x, inputs.get(3)));
        }
    }

    /**
     * The gradients of x, scale and shift: those of {@link FusedBatchNormalization.Backward}. Inputs x, scale, shift, the gradient of
     * what the convolution reads, and the context.
     */
    public record BackwardNormalization(NormalizedConvolution forward) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType x = normalized(inputs);
            return BatchNormalization.gradients(NAME, x, inputs.get(1), inputs.get(3));
        }
    }

    /** The type of x, which is also that of what it becomes. */
    private static TensorType normalized(List<TensorType> inputs) {
        Convolution.count(NAME, inputs, 4, 4);
        TensorType x = inputs.get(0);
        BatchNormalization.requireVectors(
                NAME, BatchNormalization.channels(NAME, x), inputs.subList(1, 3), List.of("scale", "shift"));
        return x;
    }
}
