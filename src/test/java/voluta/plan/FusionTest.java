package voluta.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
import voluta.op.ConvolutionBatchNormalization;
import voluta.op.NormalizedConvolution;
import voluta.tensor.TensorType;

/** Which normalizations join the convolution behind or before them, on a backend that has everything. */
class FusionTest {
    private static final TensorType CHANNELS = TensorType.f32(4);

    /** Convolution, normalization, ReLU, convolution. */
    private static GraphBuilder network(Mode mode, boolean readTwice) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 4, 8, 8));
        Convolution convolution = Convolution.of2d(1, 1);
        Value y = b.add("conv1", convolution, x, weights(b, "w1")).output();
        Value z = b.add("relu", Activation.relu(), normalized(b, y, mode).output(0))
                .output();
        b.output("y", b.add("conv2", convolution, z, weights(b, "w2")).output());
        if (readTwice) b.output("z", z);
        return b;
    }

    private static Node normalized(GraphBuilder b, Value x, Mode mode) {
        return b.add(
                "bn",
                new BatchNormalization(1e-5, 0.1, mode),
                x,
                b.parameter("scale", CHANNELS, Initializer.ONES),
                b.parameter("shift", CHANNELS, Initializer.ZEROS),
                b.state("mean", CHANNELS, Initializer.ZEROS),
                b.state("variance", CHANNELS, Initializer.ONES));
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
    void whatIsReadTwiceIsStoredAndJoinsTheConvolutionBefore() {
        List<Node> nodes = training(network(Mode.TRAINING, true));
        assertEquals(List.of("conv1 ConvolutionBatchNormalization", "conv2 Convolution"), names(nodes));
        Node fused = nodes.get(0);
        assertEquals(
                List.of("x", "w1", "scale", "shift", "mean", "variance"),
                fused.inputs().stream().map(Value::name).toList());
        assertEquals(List.of("mean", "variance"), List.of(updated(fused, 1), updated(fused, 2)));
        assertEquals(fused.output(0), nodes.get(1).input(0));
    }

    /** What a normalization cannot have alone: a convolution with another reader, or with a bias, which it has no room for. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void convolutionsThatAreReadElsewhereOrHaveABiasStayAlone(boolean bias) {
        GraphBuilder b = new GraphBuilder();
        List<Value> in = new ArrayList<>(List.of(b.input("x", TensorType.f32(2, 4, 8, 8)), weights(b, "w1")));
        if (bias) in.add(b.parameter("b1", CHANNELS, Initializer.ZEROS));
        Value y = b.add("conv1", Convolution.of2d(1, 1), in).output();
        b.output("z", normalized(b, y, Mode.TRAINING).output(0));
        if (!bias) b.output("y", y);
        assertEquals(List.of("conv1 Convolution", "bn BatchNormalization"), names(training(b)));
    }

    @Test
    void frozenNormalizationsAreNot() {
        assertTrue(training(network(Mode.FROZEN, false)).stream().noneMatch(n -> joined(n.op())));
        Graph inference =
                Lowering.forInference(network(Mode.FROZEN, false).build(), new PlanningBackend(1), Precision.F32);
        List<Op> ops = inference.nodes().stream().map(Node::op).toList();
        assertTrue(ops.stream().noneMatch(FusionTest::joined), ops::toString);
    }

    private static boolean joined(Op op) {
        return op instanceof NormalizedConvolution || op instanceof ConvolutionBatchNormalization;
    }
}
