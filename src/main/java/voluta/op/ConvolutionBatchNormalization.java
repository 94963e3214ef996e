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
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * A convolution and the batch normalization of its result by the batch's own statistics, perhaps with a residual and an
 * activation: {@code y = convolution(x, w), z = activation(norm(y) + residual)}. What adds up a channel's values can do it
 * while they are computed, and need not read y for it.
 *
 * <p>Inputs: x and w of the {@link Convolution}, which has no bias, since the normalization takes constants out; then scale[C],
 * shift[C], runningMean[C], runningVariance[C] of the {@link BatchNormalization}, and the residual, of z's type, if there is
 * one. Outputs: z, the running statistics, updated as {@code norm} does it, and y, for the backward pass. Context: that of
 * {@code norm}, whose gradient op reads it. It is the same as the pieces that {@link #decompose} names.
 *
 * @param norm how y is normalized, in {@link BatchNormalization.Mode#TRAINING}; an activation's gradient must follow from its
 *     output
 */
public record ConvolutionBatchNormalization(Convolution convolution, FusedBatchNormalization norm) implements Op {
    private static final String NAME = "convolution with batch normalization";
    private static final int W = 1, SCALE = 2, SHIFT = 3, RESIDUAL = 6;
    private static final int Z = 0, Y = 3;

    public ConvolutionBatchNormalization {
        if (norm.norm().mode() != BatchNormalization.Mode.TRAINING) {
            throw new ShapeException(NAME + " expects batch normalization in training, got " + norm
                    + "; leave convolution and normalization two nodes");
        }
        if (!norm.activation().map(Activation::fromOutput).orElse(true)) {
            throw new ShapeException(NAME + " expects an activation whose gradient follows from its output, got "
                    + norm.activation().get() + "; leave convolution and normalization two nodes");
        }
    }

    /** The type of y. */
    private TensorType convolved(List<TensorType> inputs) {
        return convolution.infer(inputs.subList(0, SCALE)).get(0);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        int count = norm.residual() ? RESIDUAL + 1 : RESIDUAL;
        Convolution.count(NAME, inputs, count, count);
        List<TensorType> in = new ArrayList<>(inputs.subList(SCALE, count));
        in.add(0, convolved(inputs));
        List<TensorType> outputs = new ArrayList<>(norm.infer(in));
        outputs.add(in.get(0));
        return outputs;
    }

    @Override
    public boolean savesContext() {
        return true;
    }

    @Override
    public OptionalInt updates(int output) {
        // of norm, y is input 0, and here w is between
        OptionalInt i = output == Y ? OptionalInt.empty() : norm.updates(output);
        return i.isPresent() ? OptionalInt.of(i.getAsInt() + 1) : i;
    }

    @Override
    public Optional<Decomposition> decompose(List<TensorType> inputs) {
        return Optional.of(this::build);
    }

    private List<Value> build(GraphBuilder builder, List<Value> inputs) {
        Value y = builder.add("Convolution", convolution, inputs.subList(0, SCALE))
                .output();
        List<Value> in = new ArrayList<>(inputs.subList(SCALE, inputs.size()));
        in.add(0, y);
        List<Value> outputs =
                new ArrayList<>(builder.add("FusedBatchNormalization", norm, in).outputs());
        outputs.add(y);
        return outputs;
    }

    @Override
    public void differentiate(GradientScope s) {
        Value dy = s.hasGradient(Y) ? s.gradient(Y) : null;
        if (s.hasGradient(Z)) {
            Op op = new FusedBatchNormalization.Backward(norm);
            Node b = s.addWithContext(op, s.output(Y), s.input(SCALE), s.input(SHIFT), s.output(Z), s.gradient(Z));
            s.give(SCALE, b.output(1));
            s.give(SHIFT, b.output(2));
            if (norm.residual()) s.give(RESIDUAL, norm.givesResidualGradient() ? b.output(3) : s.gradient(Z));
            Op add = new Arithmetic(Arithmetic.Kind.ADD);
            dy = dy == null ? b.output(0) : s.add(add, dy, b.output(0)).output();
        }
        if (dy == null) return;
        Value x = s.input(0), w = s.input(W);
        if (s.wants(0)) {
            Op op = new Convolution.BackwardData(convolution, x.type().shape());
            s.give(0, s.add(op, w, dy).output());
        }
        if (s.wants(W)) {
            Op op = new Convolution.BackwardWeights(convolution, w.type().shape(), false);
            s.give(W, s.add(op, x, dy).output(0));
        }
    }
}
