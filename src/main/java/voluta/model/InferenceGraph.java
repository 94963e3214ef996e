package voluta.model;

import java.util.function.UnaryOperator;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.nn.Mode;
import voluta.op.Softmax;

/**
 * Applies a network. Input: the samples ({@link Network#input}). Outputs: {@link Network#LOGITS} and, for a network that
 * classifies, {@link #PROBABILITIES}, f32 {@code [N,classes]}.
 */
public final class InferenceGraph {
    /** Softmax of the logits. */
    public static final String PROBABILITIES = "probabilities";

    private InferenceGraph() {}

    /** @param lowering applied to the finished graph; {@code UnaryOperator.identity()} for none */
    public static Graph build(Network network, int batch, UnaryOperator<Graph> lowering) {
        GraphBuilder b = new GraphBuilder();
        Value logits = network.add(b, Mode.INFERENCE, batch);
        b.output(Network.LOGITS, logits);
        if (network.description().classes() > 0) {
            b.output(
                    PROBABILITIES,
                    b.add("softmax", new Softmax(1, false), logits).output());
        }
        return lowering.apply(b.build());
    }
}
