package voluta.model;

import java.util.List;
import java.util.function.UnaryOperator;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.nn.Mode;

/**
 * Measures a network on labelled data, batch by batch.
 *
 * <p>Inputs: the samples ({@link Network#input}), {@link Loss#LABELS} if the network classifies, {@link Loss#TARGETS} if the
 * loss needs them. A sample with a negative label is not counted, so a last batch that is not full is filled up with such. (A loss against targets does
 * not look at labels: feed full batches there.)
 *
 * <p>Outputs: {@link #LOSS_SUM}, {@link #TOP1}, {@link #TOP5}, {@link #SAMPLES}, sums since their {@link #STATES} were set
 * to zero; and {@link Network#LOGITS} of the batch.
 */
public final class EvaluationGraph {
    /** The sum of the samples' losses. */
    public static final String LOSS_SUM = "loss_sum";

    /** How many samples' labels have the largest logit. */
    public static final String TOP1 = "top1";

    /** How many samples' labels are among the five largest. */
    public static final String TOP5 = "top5";

    /** How many samples were counted. */
    public static final String SAMPLES = "samples";

    /** The states to write zeros to before the first batch; those of the top counts are there for classifiers only. */
    public static final List<String> STATES =
            List.of("evaluation/loss_sum", "evaluation/samples", "evaluation/top1", "evaluation/top5");

    private EvaluationGraph() {}

    /**
     * @param loss usually the training's {@link Loss#forEvaluation}
     * @param lowering applied to the finished graph, for instance a backend's fusions; {@code UnaryOperator.identity()} for none
     */
    public static Graph build(Network network, int batch, Loss loss, UnaryOperator<Graph> lowering) {
        GraphBuilder b = new GraphBuilder();
        Value logits = network.add(b, Mode.INFERENCE, batch);
        Value labels = Metrics.labels(b, network, batch);
        b.output(Network.LOGITS, logits);
        Metrics metrics = new Metrics(b, "evaluation");
        metrics.loss(loss.add(b, logits, labels), labels, batch);
        if (labels != null) {
            metrics.top(TOP1, 1, logits, labels);
            metrics.top(TOP5, 5, logits, labels);
        }
        return lowering.apply(b.build());
    }
}
