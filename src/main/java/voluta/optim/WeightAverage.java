package voluta.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.op.Arithmetic;
import voluta.op.SgdStep;
import voluta.tensor.TensorType;

/**
 * An exponential moving average of weights, kept within the training step: after each update, average += rate * (weight -
 * average). That is gradient descent on the distance to the weight, so it takes no op of its own: a subtraction for each
 * weight and one {@link SgdStep} for all.
 *
 * <p>The rate is an input of the graph, {@link #RATE}, since it falls at the beginning: see {@link #rate}. The averages are
 * state named {@code <weight>.average}; whoever compiles the graph gives them the weights' first content.
 */
public final class WeightAverage {
    /** Input, F32[]: the share of the way that the averages go towards the weights in this step. */
    public static final String RATE = "average_rate";

    private static final String SUFFIX = "average";

    private WeightAverage() {}

    /** The name of the average of a weight. */
    public static String of(String weight) {
        return weight + "." + SUFFIX;
    }

    /**
     * The rate of a step: 1 - decay, more in the first steps, when the average would hold little but the first weights: the
     * decay is at most (1 + step) / (10 + step).
     *
     * @param decay 0 up to below 1, for instance 0.999
     * @param step 1 for the first
     */
    public static double rate(double decay, long step) {
        return 1 - Math.min(decay, (1.0 + step) / (10.0 + step));
    }

    /**
     * Appends the averages of those of {@code weights} that the step changes; the others are their own average.
     *
     * @param weights parameters and running statistics, F32
     * @param changed those of them that another graph of the same step changes before this one runs
     * @param step the update that came before: where its gradient norm is not finite, the averages stay as they are too
     */
    public static void append(GraphBuilder builder, List<Value> weights, Set<Value> changed, UpdateStep step) {
        Map<Value, Value> updated = updated(builder);
        List<Value> averages = new ArrayList<>(), distances = new ArrayList<>();
        for (Value weight : weights) {
            Value now = changed.contains(weight) ? weight : updated.get(weight);
            if (now == null) continue;
            Value average = weight.kind() == Value.Kind.PARAMETER
                    ? builder.stateBeside(weight, SUFFIX, Initializer.ZEROS)
                    : builder.state(of(weight.name()), weight.type(), Initializer.ZEROS);
            averages.add(average);
            distances.add(builder.add("average/distance", new Arithmetic(Arithmetic.Kind.SUBTRACT), average, now)
                    .output());
        }
        List<Value> inputs = new ArrayList<>(averages);
        inputs.addAll(distances);
        inputs.addAll(List.of(builder.input(RATE, TensorType.f32()), step.step(), step.gradientNorm()));
        builder.add("average", new SgdStep(averages.size(), 0, 0, false, 0), inputs);
    }

    /** What each source that the graph updates is after the step. */
    private static Map<Value, Value> updated(GraphBuilder builder) {
        Map<Value, Value> updated = new LinkedHashMap<>();
        for (Node n : builder.nodes()) {
            for (int o = 0; o < n.outputs().size(); o++) {
                OptionalInt i = n.op().updates(o);
                if (i.isPresent()) updated.put(Graph.origin(n.input(i.getAsInt())), n.output(o));
            }
        }
        return updated;
    }
}
