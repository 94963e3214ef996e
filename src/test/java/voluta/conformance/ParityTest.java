package voluta.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.conformance.Difference.Kind;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.model.Architectures;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.model.TrainingGraph;
import voluta.optim.Optimizer;
import voluta.optim.UpdateStep;
import voluta.plan.Lowering;
import voluta.session.CompiledGraph;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;

class ParityTest {
    private static final int BATCH = 4;

    private static Backend onednn;
    private static Backend reference;

    @BeforeAll
    static void open() {
        assumeTrue(
                Backends.probe().stream()
                        .anyMatch(c -> c.provider().name().equals("onednn")
                                && c.availability() instanceof Availability.Available),
                "oneDNN is not available");
        onednn = Backends.open("onednn", BackendOptions.DEFAULT).backend();
        reference = Backends.open("reference", BackendOptions.DEFAULT).backend();
    }

    @AfterAll
    static void close() {
        if (onednn != null) onednn.close();
        if (reference != null) reference.close();
    }

    private static Graph graph(String name, UnaryOperator<Graph> lowering) {
        NetworkDescription d = Architectures.named(name);
        if (name.equals("resnet20")) d = d.withInput(3, 12, 12);
        TrainingGraph.Recipe recipe = new TrainingGraph.Recipe(Loss.crossEntropy(0), Optimizer.named("momentum"));
        return TrainingGraph.build(Network.of(d), BATCH, recipe, lowering);
    }

    private static Parity.Side side(Backend b, String name, Precision p, boolean fused) {
        return new Parity.Side(b, graph(name, g -> fused ? Lowering.forTraining(g, b, p) : Lowering.apply(g, b, p)));
    }

    private static ParityReport run(Backend b, String name, Precision p, boolean fused, int steps) {
        return new Parity(side(b, name, p, fused), side(reference, name, p, fused), p, 3).run(steps, ParityTest::fill);
    }

    private static void fill(CompiledGraph graph, int step) {
        int[] random = new int[4];
        for (Value in : graph.graph().sources(Value.Kind.INPUT)) {
            HostTensor t = HostTensor.zeros(in.type());
            for (long i = 0; i < in.type().elements(); i++) {
                Philox.block(Philox.key(9, in.name()), i, step, random);
                double u = Philox.uniform(random[0]);
                t.set(
                        i,
                        switch (in.name()) {
                            case Network.IMAGES -> Math.floor(256 * u);
                            case Loss.LABELS -> Math.floor(10 * u);
                            case UpdateStep.LEARNING_RATE -> 0.05;
                            default -> step;
                        });
            }
            graph.feed(in.name(), 0, t);
        }
    }

    @ParameterizedTest
    @CsvSource({"lenet5,F32,true", "lenet5,BF16,true", "resnet20,F32,true", "resnet20,BF16,true", "resnet20,F32,false"})
    void onednnAgreesWithTheReference(String name, Precision p, boolean fused) {
        ParityReport r = run(onednn, name, p, fused, 2);
        assertTrue(r.passed(), r.worst().toString());
        assertEquals(2, r.steps().size());
        for (ParityReport.Row step : r.steps())
            assertEquals(Kind.values().length, step.differences().size());
        assertTrue(r.worst().error() > 0, "two backends do not round alike: was anything compared?");
    }

    /** What is taken for right may be the side that fuses, and that has views where the other one copies. */
    @ParameterizedTest
    @ValueSource(strings = {"lenet5", "resnet20"})
    void theReferenceAgreesWithOnednn(String name) {
        Parity.Side judged = side(reference, name, Precision.F32, true),
                right = side(onednn, name, Precision.F32, true);
        ParityReport r = new Parity(judged, right, Precision.F32, 3).run(2, ParityTest::fill);
        assertTrue(r.passed(), r.worst().toString());
        for (ParityReport.Row step : r.steps())
            assertEquals(Kind.values().length, step.differences().size());
    }

    /** Fused or not, all that a layer gives or learns is compared; alone what is inside of fused kernels is not. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyLayerIsCompared(boolean fused) {
        ParityReport r = run(onednn, "resnet20", Precision.F32, fused, 1);
        Graph g = side(onednn, "resnet20", Precision.F32, fused).graph();
        List<String> layers = r.layers().stream().map(ParityReport.Row::name).toList();
        for (Value p : g.parameters()) {
            String layer = p.name().substring(0, p.name().lastIndexOf('.'));
            ParityReport.Row row = r.layers().get(layers.indexOf(layer));
            assertEquals(Kind.values().length, row.differences().size(), layer + ": " + row);
        }
        assertTrue(r.compared() > 2 * g.parameters().size());
        if (!fused) assertEquals(0, r.unmatched());
        else assertTrue(r.unmatched() > 0, "oneDNN is expected to fuse, the reference not");
    }

    @ParameterizedTest
    @CsvSource({
        "layer2/0/conv1,OUTPUT,layer2/0/conv1",
        "layer1/1/bn2,OUTPUT,layer1/1/bn2",
        "layer3/1/conv2:BackwardWeights,GRADIENT,layer3/1/conv2",
        "layer3/1/conv2:BackwardData,GRADIENT,layer3/1/conv2"
    })
    void wrongKernelIsNamed(String path, Kind kind, String layer) {
        double added = kind == Kind.OUTPUT ? 1e-3 : 1e-2;
        ParityReport r = run(new FaultyBackend(onednn, path, added), "resnet20", Precision.F32, true, 1);
        assertFalse(r.passed());
        assertEquals(layer, r.worst().layer());
        assertEquals(path, r.worst().value());
        assertEquals(kind, r.worst().kind());
        assertFalse(r.worst().implementation().isEmpty());
        // Aligned values keep the fault where it is.
        assertEquals(
                List.of(layer),
                r.layers().stream()
                        .filter(row -> !row.passed())
                        .map(ParityReport.Row::name)
                        .toList());
    }

    @Test
    void whatIsNotFiniteFails() {
        ParityReport r = run(new FaultyBackend(onednn, "fc2", Double.NaN), "lenet5", Precision.F32, true, 1);
        assertFalse(r.passed());
        assertTrue(Double.isNaN(r.worst().error()), r.worst().toString());
    }

    @Test
    void aBackendAgreesWithItselfToTheBit() {
        Parity.Side side = side(onednn, "lenet5", Precision.F32, true);
        ParityReport r = new Parity(side, side, Precision.F32, 3).run(2, ParityTest::fill);
        assertEquals(0, r.worst().error());
        assertEquals(0, r.unmatched());
    }
}
