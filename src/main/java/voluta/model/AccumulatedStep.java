package voluta.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import voluta.autodiff.Differentiator;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.op.Accumulate;
import voluta.op.GlobalNorm;
import voluta.optim.LossScale;
import voluta.optim.UpdateStep;
import voluta.optim.WeightAverage;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * A training step of several batches, which is the step of the one large batch that they make up: the gradients of each
 * batch are added up, and the weights change once. Only one batch's activations are in memory at a time.
 *
 * <p>Two graphs, over the same parameters and state: {@link #batch} runs for each batch, then {@link #update} once. The
 * gradients are summed in state beside the parameters. Each batch's loss is differentiated with the weight 1 / batches,
 * as the mean over the large batch does, so that the sum is the gradient of that mean. Of {@link TrainingGraph}'s inputs
 * and outputs, {@code batch} has the samples, the labels and targets, {@link #BEGIN}, the loss, the sums, the logits and,
 * for dropout, {@link UpdateStep#STEP} (there a number of its own for each batch); its {@link UpdateStep#GRADIENT_NORM}
 * is that of the sum so far. {@code update} has those of the update. A loss scale changes in {@code update} alone, so it is
 * one and the same in all batches of a step, whose sums it is in.
 *
 * @param batch forward, loss and backward of one batch, added to what the batches before left
 * @param update clipping, update and the average of the weights
 */
public record AccumulatedStep(Graph batch, Graph update) {
    /** Input of {@link #batch}, F32[]: 1 for the first batch of a step, 0 for the others. */
    public static final String BEGIN = "begin";

    private static final String SUFFIX = "accumulated";

    /** Whether this is the name of a sum of gradients. */
    public static boolean isSum(String state) {
        return state.endsWith("." + SUFFIX);
    }

    /**
     * @param images in each batch
     * @param batches in a step
     * @param lowering as {@link TrainingGraph#build} takes it
     */
    public static AccumulatedStep build(
            Network network, int images, int batches, TrainingGraph.Recipe recipe, UnaryOperator<Graph> lowering) {
        if (batches < 1) throw new IllegalArgumentException("a step of " + batches + " batches");
        Graph forward = lowering.apply(TrainingGraph.forward(network, images, recipe.loss()));
        List<Value> trained = TrainingGraph.trained(network, forward);
        Map<Value, Value> sums = new LinkedHashMap<>();
        Graph batch = batch(forward, trained, batches, recipe, sums);
        return new AccumulatedStep(batch, update(forward, trained, recipe, sums));
    }

    private static Graph batch(
            Graph forward, List<Value> trained, int batches, TrainingGraph.Recipe recipe, Map<Value, Value> sums) {
        GraphBuilder b = GraphBuilder.continuing(forward);
        Value begin = b.input(BEGIN, TensorType.f32());
        Value loss = forward.output(TrainingGraph.LOSS);
        Value weight = recipe.scaling()
                .map(s -> LossScale.weight(b, s.declare(b), batches))
                .orElseGet(() -> b.constant(
                        "loss_gradient", HostTensor.zeros(loss.type()).fill(1.0 / batches)));
        Map<Value, Value> now = new LinkedHashMap<>();
        Differentiator.gradients(b, Map.of(loss, weight), trained, (parameter, gradient) -> {
            Value sum = b.stateBeside(parameter, SUFFIX, Initializer.ZEROS);
            sums.put(parameter, sum);
            now.put(
                    parameter,
                    b.add(parameter.name() + ":Accumulate", new Accumulate(true), sum, gradient, begin)
                            .output());
        });
        if (!now.isEmpty()) {
            Value[] all =
                    trained.stream().filter(now::containsKey).map(now::get).toArray(Value[]::new);
            b.output(
                    UpdateStep.GRADIENT_NORM,
                    b.add("gradient_norm", new GlobalNorm(all.length), all).output());
        }
        return b.build();
    }

    private static Graph update(
            Graph forward, List<Value> trained, TrainingGraph.Recipe recipe, Map<Value, Value> sums) {
        GraphBuilder b = new GraphBuilder();
        forward.parameters().forEach(b::adopt);
        Map<Value, Value> gradients = new LinkedHashMap<>();
        for (Value p : trained) if (sums.containsKey(p)) gradients.put(p, b.adopt(sums.get(p)));
        recipe.scaling().ifPresent(s -> s.declare(b));
        UpdateStep update = UpdateStep.append(
                b, recipe.optimizer(), recipe.clipping(), gradients, recipe.grouping(), recipe.scaling());
        if (recipe.average()) {
            Set<Value> statistics = statistics(forward);
            statistics.forEach(b::adopt);
            WeightAverage.append(b, TrainingGraph.averaged(forward), statistics, update);
        }
        return b.build();
    }

    /** The running statistics that a batch changes. */
    private static Set<Value> statistics(Graph batch) {
        Set<Value> changed = new LinkedHashSet<>();
        for (Node n : batch.nodes()) {
            for (int o = 0; o < n.outputs().size(); o++) {
                OptionalInt i = n.op().updates(o);
                if (i.isPresent()) changed.add(Graph.origin(n.input(i.getAsInt())));
            }
        }
        changed.removeIf(v -> TrainingGraph.STATES.contains(v.name()) || isSum(v.name()));
        return changed;
    }

    /**
     * What in a batch depends on more than the single samples, so that several batches are not quite one large one: in
     * words, none if they are.
     */
    public List<String> differences() {
        boolean statistics = !statistics(batch).isEmpty();
        boolean dropout = batch.sources().stream().anyMatch(v -> v.name().equals(UpdateStep.STEP));
        List<String> all = new ArrayList<>();
        if (statistics) all.add("batch normalization takes its statistics from each batch");
        if (dropout) all.add("dropout draws other elements");
        return all;
    }
}
