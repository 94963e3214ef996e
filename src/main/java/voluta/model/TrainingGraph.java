package voluta.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import voluta.autodiff.Differentiator;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.nn.Mode;
import voluta.optim.Clipping;
import voluta.optim.Grouping;
import voluta.optim.LossScale;
import voluta.optim.Optimizer;
import voluta.optim.UpdateStep;
import voluta.optim.WeightAverage;
import voluta.tensor.DType;

/**
 * One training step: forward, loss, backward, clipping, update, as one graph. {@link AccumulatedStep} is one of several
 * batches.
 *
 * <p>Inputs: the samples ({@link Network#input}), {@link Loss#LABELS} if the network classifies, {@link Loss#TARGETS} if
 * the loss needs them, {@link UpdateStep#LEARNING_RATE} f32[] and {@link UpdateStep#STEP} i64[], which counts from 1.
 *
 * <p>Outputs: {@link #LOSS} of the batch; {@link #LOSS_SUM}, {@link #CORRECT} (if the network classifies) and {@link
 * #SAMPLES}, sums since their {@link #STATES} were set to zero; {@link UpdateStep#GRADIENT_NORM}; {@link
 * UpdateStep#CLIPPED} with clipping; {@link Network#LOGITS}. With a loss scale also {@link LossScale#SCALE} of the next
 * step and {@link LossScale#APPLIED}; {@link UpdateStep#STEP} is then there for dropout alone.
 */
public final class TrainingGraph {
    /** The mean loss of the batch. */
    public static final String LOSS = "loss";

    /** The sum of the samples' losses. */
    public static final String LOSS_SUM = "loss_sum";

    /** How many samples' labels have the largest logit. */
    public static final String CORRECT = "correct";

    /** How many samples were counted. */
    public static final String SAMPLES = "samples";

    /** The states to write zeros to when counting starts anew; {@code training/correct} is there for classifiers only. */
    public static final List<String> STATES = List.of("training/loss_sum", "training/samples", "training/correct");

    /**
     * How to train.
     *
     * @param grouping which parameters have a learning rate and a weight decay of their own
     * @param average whether the step keeps a {@link WeightAverage}
     * @param scaling by what the loss is multiplied while gradients are computed, which f16 needs
     */
    public record Recipe(
            Loss loss,
            Optimizer optimizer,
            Clipping clipping,
            Grouping grouping,
            boolean average,
            Optional<LossScale> scaling) {
        /**
         * The same for all parameters, without a loss scale.
         *
         * @param decayAll whether weight decay is for biases and normalizations too
         */
        public Recipe(Loss loss, Optimizer optimizer, Clipping clipping, boolean decayAll, boolean average) {
            this(loss, optimizer, clipping, Grouping.usual(decayAll), average, Optional.empty());
        }

        /** Without an average of the weights. */
        public Recipe(Loss loss, Optimizer optimizer, Clipping clipping, boolean decayAll) {
            this(loss, optimizer, clipping, decayAll, false);
        }

        /** Without clipping; weight decay for weights of rank 2 and more. */
        public Recipe(Loss loss, Optimizer optimizer) {
            this(loss, optimizer, new Clipping.None(), false);
        }
    }

    private TrainingGraph() {}

    /**
     * @param lowering applied to forward and loss before they are differentiated, for instance a backend's
     *     decompositions and fusions; it must keep sources and outputs. {@code UnaryOperator.identity()} for none
     */
    public static Graph build(Network network, int batch, Recipe recipe, UnaryOperator<Graph> lowering) {
        Graph forward = lowering.apply(forward(network, batch, recipe.loss()));
        GraphBuilder b = GraphBuilder.continuing(forward);
        Value loss = forward.output(LOSS);
        List<Value> trained = trained(network, forward);
        Map<Value, Value> gradients = recipe.scaling().isEmpty()
                ? Differentiator.gradients(b, loss, trained)
                : Differentiator.gradients(
                        b, Map.of(loss, recipe.scaling().get().declare(b)), trained);
        UpdateStep update = UpdateStep.append(
                b, recipe.optimizer(), recipe.clipping(), gradients, recipe.grouping(), recipe.scaling());
        if (recipe.average()) WeightAverage.append(b, averaged(forward), Set.of(), update);
        return b.build();
    }

    /** The parameters that are not frozen. */
    static List<Value> trained(Network network, Graph forward) {
        String name = network.description().name();
        if (forward.parameters().isEmpty()) {
            throw new ModelException(
                    network.description().source(),
                    "no layer of " + name + " has weights, so there is nothing to train; add one, such as - linear: "
                            + AttributeType.CLASSES);
        }
        List<Value> trained = forward.parameters().stream()
                .filter(p -> !network.freezes(p.name()))
                .toList();
        if (trained.isEmpty()) {
            throw new ModelException(
                    network.description().source(),
                    "every layer of " + name + " is frozen, so there is nothing to train; freeze fewer");
        }
        return trained;
    }

    /** Parameters and running statistics. */
    static List<Value> averaged(Graph forward) {
        List<Value> all = new ArrayList<>(forward.parameters());
        for (Value v : forward.sources(Value.Kind.STATE)) {
            boolean ofTraining = STATES.contains(v.name()) || LossScale.STATES.contains(v.name());
            if (!ofTraining && v.type().dtype() == DType.F32) all.add(v);
        }
        return all;
    }

    /** What is differentiated: the network, its loss and the sums. */
    static Graph forward(Network network, int batch, Loss loss) {
        GraphBuilder b = new GraphBuilder();
        Value logits = network.add(b, Mode.TRAINING, batch);
        Value labels = Metrics.labels(b, network, batch);
        Value value = loss.add(b, logits, labels);
        b.output(LOSS, value);
        Metrics metrics = new Metrics(b, "training");
        metrics.loss(value, labels, batch);
        if (labels != null) metrics.top(CORRECT, 1, logits, labels);
        b.output(Network.LOGITS, logits);
        return b.build();
    }
}
