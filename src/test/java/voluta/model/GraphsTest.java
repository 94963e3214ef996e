package voluta.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.nn.Mode;
import voluta.optim.Clipping;
import voluta.optim.Optimizer;
import voluta.tensor.TensorType;

/** The graphs that are made of a network: what goes in, what comes out, what is trained. */
class GraphsTest {
    private static final UnaryOperator<Graph> AS_IT_IS = UnaryOperator.identity();

    private static TrainingGraph.Recipe recipe(Loss loss) {
        return new TrainingGraph.Recipe(
                loss, Optimizer.named("momentum").withWeightDecay(5e-4), Clipping.named("norm", 1), false);
    }

    private static Set<String> names(Graph g, Value.Kind kind) {
        Set<String> names = new TreeSet<>();
        for (Value v : g.sources(kind)) names.add(v.name());
        return names;
    }

    /** Run with -Dvoluta.golden=write to write the file anew. */
    @Test
    void lenet5IsAsRecorded() throws IOException {
        String dump = Network.of(Architectures.named("lenet5"))
                .forward(Mode.TRAINING, 4)
                .dump();
        Path file = Path.of("src/test/resources/voluta/model/lenet5.graph.txt");
        if ("write".equals(System.getProperty("voluta.golden"))) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, dump);
        }
        assertEquals(new String(Files.readAllBytes(file), StandardCharsets.UTF_8), dump);
    }

    static List<String> networks() {
        return Architectures.names();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void everyParameterIsTrained(String name) {
        NetworkDescription d = Architectures.named(name).withInput(3, 32, 32).withClasses(10);
        Graph g = TrainingGraph.build(Network.of(d), 4, recipe(Loss.crossEntropy(0.1)), AS_IT_IS);
        assertEquals(Set.copyOf(g.parameters()), g.gradients().keySet());
        g.gradients().forEach((p, gradient) -> assertEquals(p.type(), gradient.type()));
        assertTrue(g.updatesParameters());
        assertTrue(g.outputs()
                .keySet()
                .containsAll(Set.of("loss", "loss_sum", "correct", "samples", "gradient_norm", "clipped", "logits")));
        assertEquals(Set.of("images", "labels", "learning_rate", "step"), names(g, Value.Kind.INPUT));
        assertTrue(names(g, Value.Kind.STATE).containsAll(TrainingGraph.STATES));
    }

    @Test
    void dropoutAndOptimizerShareTheStep() {
        Graph g =
                TrainingGraph.build(Network.of(Architectures.named("mlp")), 2, recipe(Loss.crossEntropy(0)), AS_IT_IS);
        Value step = g.sources().stream()
                .filter(v -> v.name().equals("step"))
                .findFirst()
                .orElseThrow();
        long readers = g.nodes().stream().filter(n -> n.inputs().contains(step)).count();
        // Two dropouts, their gradients, and the optimizer for what decays and what does not.
        assertEquals(6, readers);
    }

    @Test
    void dropoutIsNotPartOfInference() {
        Graph g = Network.of(Architectures.named("mlp")).forward(Mode.INFERENCE, 2);
        assertEquals(Set.of("images"), names(g, Value.Kind.INPUT));
    }

    @Test
    void evaluationCountsAndInferenceGivesProbabilities() {
        Network n = Network.of(Architectures.named("resnet20").withClasses(3));
        Graph e = EvaluationGraph.build(n, 5, Loss.crossEntropy(0.1).forEvaluation(), AS_IT_IS);
        assertEquals(
                Set.of("loss_sum", "samples", "top1", "top5", "logits"),
                e.outputs().keySet());
        assertTrue(names(e, Value.Kind.STATE).containsAll(EvaluationGraph.STATES));
        assertTrue(e.dump().contains("Accuracy[k=3]"), "top 5 of 3 classes");
        assertFalse(e.updatesParameters());
        Graph i = InferenceGraph.build(n, 5, AS_IT_IS);
        assertEquals(TensorType.f32(5, 3), i.output("probabilities").type());
    }

    @Test
    void frozenLayersAreNotTrainedAndKeepTheirStatistics() {
        Network n = Network.of(Architectures.named("resnet20"))
                .withFrozen(p -> p.startsWith("conv1") || p.startsWith("bn1") || p.startsWith("layer1/"));
        Graph g = TrainingGraph.build(n, 2, recipe(Loss.crossEntropy(0)), AS_IT_IS);
        for (Value p : g.gradients().keySet()) {
            assertTrue(p.name().startsWith("layer2/")
                    || p.name().startsWith("layer3/")
                    || p.name().startsWith("fc."));
        }
        assertTrue(line(g, "layer1/0/bn1 ").contains("FROZEN"));
        assertTrue(line(g, "layer2/0/bn1 ").contains("TRAINING"));
        Graph one = TrainingGraph.build(
                n.withFrozen(p -> p.equals("fc") || p.equals("bn1.bias")), 2, recipe(Loss.crossEntropy(0)), AS_IT_IS);
        List<String> trained =
                one.gradients().keySet().stream().map(Value::name).toList();
        assertEquals(one.parameters().size() - 3, trained.size());
        for (String name : List.of("fc.weight", "fc.bias", "bn1.bias")) assertFalse(trained.contains(name), name);
        Network all = n.withFrozen(p -> true);
        assertThrows(ModelException.class, () -> TrainingGraph.build(all, 2, recipe(Loss.crossEntropy(0)), AS_IT_IS));
    }

    @Test
    void withoutWeightsThereIsNothingToTrain() {
        Network n = Network.of(Model.named("none").input(4).classes(4).relu().build());
        ModelException e = assertThrows(
                ModelException.class, () -> TrainingGraph.build(n, 2, recipe(Loss.crossEntropy(0)), AS_IT_IS));
        assertEquals(
                "no layer of none has weights, so there is nothing to train; add one, such as - linear: classes",
                e.getMessage());
    }

    private static String line(Graph g, String start) {
        return g.dump().lines().filter(l -> l.startsWith(start)).findFirst().orElseThrow();
    }

    @Test
    void lossesAgainstTargets() {
        Network n = Network.of(Architectures.named("lenet5"));
        for (Loss loss : List.of(Loss.meanSquaredError(), Loss.binaryCrossEntropy(), Loss.softCrossEntropy(0))) {
            Graph g = TrainingGraph.build(n, 2, recipe(loss), AS_IT_IS);
            assertEquals(Set.of("images", "labels", "targets", "learning_rate", "step"), names(g, Value.Kind.INPUT));
        }
        assertEquals(Loss.crossEntropy(0), Loss.softCrossEntropy(0.1).forEvaluation());
        assertThrows(ModelException.class, () -> new Loss(Loss.Kind.MEAN_SQUARED_ERROR, 0.1, false));
    }

    @Test
    void networksWithoutClasses() {
        NetworkDescription d = Model.named("denoiser")
                .input(1, 8, 8)
                .conv(4, 3)
                .with("padding", 1)
                .relu()
                .convTranspose(1, 3)
                .with("padding", 1)
                .build();
        Graph g = TrainingGraph.build(
                Network.of(d).withFloats(),
                2,
                new TrainingGraph.Recipe(Loss.meanSquaredError(), Optimizer.named("adam")),
                AS_IT_IS);
        assertEquals(Set.of("x", "targets", "learning_rate", "step"), names(g, Value.Kind.INPUT));
        ModelException e = assertThrows(
                ModelException.class,
                () -> TrainingGraph.build(Network.of(d), 2, recipe(Loss.crossEntropy(0)), AS_IT_IS));
        assertTrue(e.getMessage().contains("classes"), e.getMessage());
    }

    @Test
    void greyImagesGoIntoColourNetworksAndOthersAreRefused() {
        Network n = Network.of(Architectures.named("resnet20")).withPixels(Pixels.plain(1));
        Graph g = n.forward(Mode.INFERENCE, 2);
        assertEquals(
                TensorType.u8(2, 32, 32, 1), g.sources(Value.Kind.INPUT).get(0).type());
        assertEquals(TensorType.f32(2, 3, 32, 32), g.nodes().get(1).output().type());
        ModelException e = assertThrows(
                ModelException.class,
                () -> Network.of(Architectures.named("lenet5"))
                        .withPixels(Pixels.plain(3))
                        .forward(Mode.INFERENCE, 1));
        assertTrue(e.getMessage().contains("expects 1 input channels, the data have 3"), e.getMessage());
    }

    @Test
    void lastLayerMustFitTheClasses() {
        NetworkDescription d = NetworkDescription.parse(
                "input: [1, 8, 8]\nclasses: 10\nlayers:\n  - flatten\n  - linear: 9\n", "net.yaml");
        ModelException e =
                assertThrows(ModelException.class, () -> Network.of(d).forward(Mode.INFERENCE, 1));
        assertEquals(
                "linear1 (net.yaml:5): the last layer must give [N,10], one number for each of the 10 classes, got"
                        + " [1,9]; end with - flatten and - linear: classes",
                e.getMessage());
    }

    @Test
    void signalsAndVolumes() {
        NetworkDescription signal = Model.named("signal")
                .input(2, 50)
                .classes(3)
                .conv(8, 5)
                .with("dilation", 2)
                .relu()
                .maxPool(2)
                .globalAvgPool()
                .flatten()
                .linear()
                .build();
        assertEquals(
                TensorType.f32(4, 3),
                Network.of(signal).forward(Mode.TRAINING, 4).output("logits").type());
        NetworkDescription volume = Model.named("volume")
                .input(1, 6, 8, 10)
                .classes(2)
                .conv(4, 3)
                .with("kernel", List.of(1, 3, 3))
                .with("padding", "same")
                .batchNorm()
                .relu()
                .globalMaxPool()
                .flatten()
                .linear()
                .build();
        assertEquals(
                TensorType.f32(4, 2),
                Network.of(volume).forward(Mode.TRAINING, 4).output("logits").type());
    }
}
