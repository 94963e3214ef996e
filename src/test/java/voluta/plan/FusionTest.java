package voluta.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.BatchNormalization;
import voluta.op.BatchNormalization.Mode;
import voluta.op.Convolution;
import voluta.op.NormalizedConvolution;
import voluta.tensor.TensorType;

/** Which normalizations join the convolution behind them, on a backend that has everything. */
class FusionTest {
    private static final TensorType CHANNELS = TensorType.f32(4);

    /** Convolution, normalization, ReLU, convolution. */
    private static GraphBuilder network(Mode mode, boolean readTwice) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 4, 8, 8));
        Convolution convolution = Convolution.of2d(1, 1);
        Value y = b.add("conv1", convolution, x, weights(b, "w1")).output();
        Node norm = b.add(
                "bn",
                new BatchNormalization(1e-5, 0.1, mode),
                y,
                b.parameter("scale", CHANNELS, Initializer.ONES),
                b.parameter("shift", CHANNELS, Initializer.ZEROS),
                b.state("mean", CHANNELS, Initializer.ZEROS),
                b.state("variance", CHANNELS, Initializer.ONES));
        Value z = b.add("relu", Activation.relu(), norm.output(0)).output();
        b.output("y", b.add("conv2", convolution, z, weights(b, "w2")).output());
        if (readTwice) b.output("z", z);
        return b;
    }

    private static Value weights(GraphBuilder b, String name) {
        return b.parameter(name, TensorType.f32(4, 4, 3, 3), Initializer.ONES);
    }

    private static List<Node> training(GraphBuilder b) {
        return Lowering.forTraining(b.build(), new PlanningBackend(1), Precision.F32)
                .nodes();
    }

    private static List<String> names(List<Node> nodes) {
        return nodes.stream().map(n -> n.path() + " " + n.op().name()).toList();
    }

    @Test
    void whatOneConvolutionReadsIsNormalizedThere() {
        List<Node> nodes = training(network(Mode.TRAINING, false));
        assertEquals(List.of("conv1 Convolution", "conv2 NormalizedConvolution"), names(nodes));
        Node fused = nodes.get(1);
        assertEquals(
                List.of("", "scale", "shift", "mean", "variance", "w2"),
                fused.inputs().stream()
                        .map(v -> v.producer() == null ? v.name() : "")
                        .toList());
        assertEquals(List.of("mean", "variance"), List.of(updated(fused, 1), updated(fused, 2)));
    }

    private static String updated(Node n, int output) {
        return Graph.origin(n.output(output)).name();
    }

    @Test
    void whatIsReadTwiceIsStored() {
        assertEquals(
                List.of("conv1 Convolution", "bn FusedBatchNormalization", "conv2 Convolution"),
                names(training(network(Mode.TRAINING, true))));
    }

    @Test
    void frozenNormalizationsAreNot() {
        assertTrue(
                training(network(Mode.FROZEN, false)).stream().noneMatch(n -> n.op() instanceof NormalizedConvolution));
        Graph inference =
                Lowering.forInference(network(Mode.FROZEN, false).build(), new PlanningBackend(1), Precision.F32);
        List<Op> ops = inference.nodes().stream().map(Node::op).toList();
        assertTrue(ops.stream().noneMatch(o -> o instanceof NormalizedConvolution), ops::toString);
    }
}
