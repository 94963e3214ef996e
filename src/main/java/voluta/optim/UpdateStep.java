package voluta.optim;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.op.GlobalNorm;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * The end of a training step: gradient norm, clipping, update; with a {@link LossScale}, first of all the gradients lose
 * the scale.
 *
 * @param learningRate input {@link #LEARNING_RATE}, F32[]
 * @param step what the optimizer counts by, I64[]: input {@link #STEP}, 1 for the first step; with a loss scale, the
 *     steps that were not skipped
 * @param gradientNorm output {@link #GRADIENT_NORM}, F32[]: over all gradients, before clipping and without weight decay
 * @param clipped output {@link #CLIPPED}, F32[]: 1 if anything was clipped, else 0; there is none without clipping
 */
public record UpdateStep(Value learningRate, Value step, Value gradientNorm, Optional<Value> clipped) {
    public static final String LEARNING_RATE = "learning_rate";
    public static final String STEP = "step";
    public static final String GRADIENT_NORM = "gradient_norm";
    public static final String CLIPPED = "clipped";

    /**
     * Appends the update of every parameter that has a gradient; others stay as they are. An input named {@link #STEP}
     * or {@link #LEARNING_RATE} that the graph has already is used.
     *
     * @param gradients the gradient of each parameter, as the differentiator returns them; their content may be overwritten
     * @param grouping which parameters have a learning rate and a weight decay of their own
     * @param scaling by what the loss was multiplied; it is {@linkplain LossScale#declare declared} in this graph
     */
    public static UpdateStep append(
            GraphBuilder builder,
            Optimizer optimizer,
            Clipping clipping,
            Map<Value, Value> gradients,
            Grouping grouping,
            Optional<LossScale> scaling) {
        if (gradients.isEmpty()) {
            throw new OptimizerException(
                    "there is nothing to train: the loss depends on no parameter; unfreeze one of the layers");
        }
        Value rate = input(builder, LEARNING_RATE, TensorType.f32());
        LossScale.Result measured = scaling.map(s -> s.remove(builder, gradients))
                .orElseGet(() -> new LossScale.Result(
                        gradients,
                        builder.add(
                                        "gradient_norm",
                                        new GlobalNorm(gradients.size()),
                                        gradients.values().toArray(Value[]::new))
                                .output(),
                        input(builder, STEP, new TensorType(DType.I64, Shape.SCALAR))));
        Value norm = measured.norm(), step = measured.applied();
        Clipping.Result result = clipping.apply(builder, measured.gradients(), norm);
        List<ParameterGroup> groups = grouping.groups(result.gradients(), optimizer.weightDecay());
        optimizer.apply(builder, groups, rate, step, norm);
        builder.output(GRADIENT_NORM, norm);
        result.clipped().ifPresent(c -> builder.output(CLIPPED, c));
        return new UpdateStep(rate, step, norm, result.clipped());
    }

    /** The same without a loss scale, and with the same settings for all parameters. */
    public static UpdateStep append(
            GraphBuilder builder,
            Optimizer optimizer,
            Clipping clipping,
            Map<Value, Value> gradients,
            boolean decayAll) {
        return append(builder, optimizer, clipping, gradients, Grouping.usual(decayAll), Optional.empty());
    }

    private static Value input(GraphBuilder builder, String name, TensorType type) {
        for (Value v : builder.sources()) {
            if (v.kind() == Value.Kind.INPUT
                    && v.name().equals(name)
                    && v.type().equals(type)) return v;
        }
        return builder.input(name, type);
    }
}
