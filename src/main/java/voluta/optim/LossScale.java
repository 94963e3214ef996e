package voluta.optim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.op.Arithmetic;
import voluta.op.LossScaling;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * A factor of the loss that keeps gradients in the range of f16 while they are computed, found as the training goes: see
 * {@link LossScaling}. The scale and what it is found by are state on the device, so that a step decides for itself.
 *
 * @param initial the first scale; a power of two, so that scaling rounds nothing
 * @param interval good steps in a row until the scale is doubled; a step whose gradients are not finite halves it
 */
public record LossScale(double initial, long interval) {
    /** PyTorch's: 65536, doubled after 2000 good steps. */
    public static final LossScale DEFAULT = new LossScale(65536, 2000);

    /**
     * A run whose scale is below this has no use for it: the largest gradients are NaN, or above 65504 by a factor that no
     * training survives.
     */
    public static final double LEAST = 0x1p-13;

    /** State, F32[]: the factor of the next step's loss. */
    public static final String SCALE = "loss_scale/scale";
    /** State, I64[]: good steps in a row since the scale changed. */
    public static final String GOOD = "loss_scale/good_steps";
    /** State, I64[]: steps that changed the weights; the number by which the optimizer corrects its moments. */
    public static final String APPLIED = "loss_scale/applied_steps";

    /** All of these. */
    public static final List<String> STATES = List.of(SCALE, GOOD, APPLIED);

    private static final double GROWTH = 2, BACKOFF = 0.5;
    private static final TensorType COUNT = new TensorType(DType.I64, Shape.SCALAR);

    /** Refuses a scale that would round, and an interval that the op would refuse. */
    public LossScale {
        if (!(initial > 0) || Double.isInfinite(initial) || initial != Math.scalb(1.0, Math.getExponent(initial)))
            throw new OptimizerException("the loss scale begins at a power of two such as 65536, not at " + initial);
        OptimizerException.ifRefused(() -> new LossScaling(1, GROWTH, BACKOFF, interval));
    }

    /** The scale as the graph finds it; declares the state. */
    public Value declare(GraphBuilder builder) {
        Value scale = builder.state(SCALE, TensorType.f32(), Initializer.constant(initial));
        builder.state(GOOD, COUNT, Initializer.ZEROS);
        builder.state(APPLIED, COUNT, Initializer.ZEROS);
        return scale;
    }

    /** What to differentiate a loss with: the scale, divided by the number of batches of a step. */
    public static Value weight(GraphBuilder builder, Value scale, int batches) {
        if (batches == 1) return scale;
        Value share = builder.constant(
                "loss_gradient", HostTensor.zeros(TensorType.f32()).fill(1.0 / batches));
        return builder.add("loss_scale/weight", new Arithmetic(Arithmetic.Kind.MULTIPLY), scale, share)
                .output();
    }

    /**
     * Gradients without the scale.
     *
     * @param norm of all of them, F32[]; not finite where the step must be skipped
     * @param applied how many steps count with this one, I64[]
     */
    record Result(Map<Value, Value> gradients, Value norm, Value applied) {}

    /** Adds the node that takes the scale out; what the gradients hold is overwritten. */
    Result remove(GraphBuilder builder, Map<Value, Value> gradients) {
        List<Value> inputs = Clipping.separate(builder, gradients.values());
        LossScaling op = new LossScaling(gradients.size(), GROWTH, BACKOFF, interval);
        for (String state : STATES) inputs.add(state(builder, state));
        Node n = builder.add("loss_scale", op, inputs);
        Map<Value, Value> unscaled = new LinkedHashMap<>();
        for (Value parameter : gradients.keySet()) unscaled.put(parameter, n.output(unscaled.size()));
        builder.output(SCALE, n.output(op.scale()));
        builder.output(APPLIED, n.output(op.applied()));
        return new Result(unscaled, n.output(op.norm()), n.output(op.applied()));
    }

    private static Value state(GraphBuilder builder, String name) {
        for (Value v : builder.sources())
            if (v.kind() == Value.Kind.STATE && v.name().equals(name)) return v;
        throw new IllegalStateException("the graph has no " + name + "; declare the loss scale before its gradients");
    }
}
