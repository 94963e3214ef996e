package voluta.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.model.EvaluationGraph;
import voluta.model.InferenceGraph;
import voluta.model.Loss;
import voluta.model.Model;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.plan.Lowering;
import voluta.tensor.HostTensor;

/** Batches that run in passes of a few rows, as a backend may propose, beside the same batches at once. */
class PassesRunTest {
    private static final NetworkDescription NETWORK = Model.named("passes")
            .input(3, 12, 10)
            .classes(7)
            .conv(16, 3)
            .with("padding", 1)
            .batchNorm()
            .relu()
            .maxPool(2)
            .conv(16, 3)
            .batchNorm()
            .relu()
            .flatten()
            .linear()
            .build();

    private static Backend open() {
        return Backends.open("onednn", new BackendOptions(1, 0, false, 0)).backend();
    }

    /** A backend that proposes so many rows whatever the network. */
    private static Backend proposing(Backend backend, int rows) {
        return (Backend) Proxy.newProxyInstance(
                PassesRunTest.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("rowsPerPass")) return Math.min(rows, (int) arguments[0]);
                    try {
                        return method.invoke(backend, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static IntFunction<Graph> inference(Backend backend, Precision precision) {
        return images ->
                InferenceGraph.build(Network.of(NETWORK), images, g -> Lowering.forInference(g, backend, precision));
    }

    private static HostTensor images(Graph graph, int seed) {
        HostTensor t = HostTensor.zeros(graph.sources(Value.Kind.INPUT).get(0).type());
        for (long i = 0; i < t.type().elements(); i++) t.set(i, (i * 37 + i / 50 * 11 + seed) % 256);
        return t;
    }

    /** The logits and probabilities of two slots. */
    private static double[][] results(CompiledGraph graph) {
        for (int slot = 0; slot < 2; slot++) graph.feed(Network.IMAGES, slot, images(graph.graph(), 1 + slot));
        double[][] results = new double[4][];
        for (int slot = 0; slot < 2; slot++) {
            graph.run(slot);
            results[2 * slot] = graph.read(Network.LOGITS).toDoubles();
            results[2 * slot + 1] =
                    graph.reader(InferenceGraph.PROBABILITIES).read().toDoubles();
        }
        return results;
    }

    /** The last pass may take rows again; the first batch has just the rows of a pass. */
    @ParameterizedTest
    @CsvSource({"1,1,4", "4,1,4", "5,2,4", "9,3,3", "63,16,4", "64,64,1", "64,16,4", "65,17,4", "65,2,64"})
    void resultsAreThoseOfTheWholeBatch(int batch, int passes, int rows) {
        try (Backend backend = open();
                Session whole = new Session(backend, 1);
                Session parts = new Session(proposing(backend, rows), 1)) {
            IntFunction<Graph> graphs = inference(backend, Precision.F32);
            CompiledGraph atOnce = whole.compile(graphs.apply(batch), CompileOptions.of(Precision.F32));
            CompiledGraph inPasses = parts.compile(graphs, batch, CompileOptions.of(Precision.F32));
            assertEquals(1, atOnce.passes().count());
            assertEquals(passes, inPasses.passes().count());
            assertEquals(
                    atOnce.graph().output(Network.LOGITS).type(),
                    inPasses.graph().output(Network.LOGITS).type());
            double[][] expected = results(atOnce), got = results(inPasses);
            assertTrue(new HashSet<>(Arrays.stream(expected[0]).boxed().toList()).size() > batch);
            // Another batch may be another algorithm's.
            for (int i = 0; i < expected.length; i++) assertArrayEquals(expected[i], got[i], 1e-5);
        }
    }

    @Test
    void halfPrecisionAgreesWithinItsRounding() {
        try (Backend backend = open();
                Session whole = new Session(backend, 1);
                Session parts = new Session(proposing(backend, 4), 1)) {
            IntFunction<Graph> graphs = inference(backend, Precision.BF16);
            double[][] expected = results(whole.compile(graphs.apply(65), CompileOptions.of(Precision.BF16)));
            double[][] got = results(parts.compile(graphs, 65, CompileOptions.of(Precision.BF16)));
            for (int i = 0; i < expected.length; i++) assertArrayEquals(expected[i], got[i], 0.05);
        }
    }

    @Test
    void memoryIsThatOfAPassAndGivenBack() {
        try (Backend backend = open();
                Session whole = new Session(backend, 1);
                Session parts = new Session(proposing(backend, 2), 1)) {
            IntFunction<Graph> graphs = inference(backend, Precision.F32);
            long atOnce = whole.compile(graphs.apply(64), CompileOptions.of(Precision.F32))
                    .liveBytes();
            CompiledGraph inPasses = parts.compile(graphs, 64, CompileOptions.of(Precision.F32));
            assertTrue(inPasses.liveBytes() < atOnce / 4, inPasses.liveBytes() + " of " + atOnce);
            long before = parts.liveBytes() - inPasses.liveBytes();
            inPasses.close();
            assertEquals(before, parts.liveBytes());
        }
    }

    @Test
    void watchingShowsEachPassAndProfilingAddsThemUp() {
        try (Backend backend = open();
                Session session = new Session(proposing(backend, 4), 1)) {
            CompiledGraph graph =
                    session.compile(inference(backend, Precision.F32), 10, CompileOptions.of(Precision.F32));
            Set<Long> rows = new HashSet<>();
            int[] logits = {0};
            graph.watch(0, (value, content) -> {
                rows.add(value.type().dim(0));
                if (value == graph.plan().graph().output(Network.LOGITS)) logits[0]++;
            });
            assertEquals(Set.of(4L), rows);
            assertEquals(3, logits[0]);
            assertEquals(graph.plan().steps().size(), graph.profile(0).size());
            assertTrue(graph.findNonFinite(0).isEmpty());
        }
    }

    /** Sums over a batch cannot be taken apart: rows of the last pass would count twice. */
    @Test
    void whatKeepsSumsRunsAtOnce() {
        try (Backend backend = open();
                Session session = new Session(proposing(backend, 4), 1)) {
            IntFunction<Graph> graphs = images ->
                    EvaluationGraph.build(Network.of(NETWORK), images, Loss.crossEntropy(0), UnaryOperator.identity());
            CompiledGraph graph = session.compile(
                    n -> Lowering.forInference(graphs.apply(n), backend, Precision.F32),
                    10,
                    CompileOptions.of(Precision.F32));
            assertEquals(1, graph.passes().count());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16})
    void aThousandRunsAllocateNothing(int rows) {
        try (Backend backend = open();
                Session session = new Session(proposing(backend, rows), 1)) {
            CompiledGraph graph =
                    session.compile(inference(backend, Precision.F32), 17, CompileOptions.of(Precision.F32));
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            for (int i = 0; i < 300; i++) graph.run(i % 2);
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++) graph.run(i % 2);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 8_000, allocated + " bytes in 1000 runs");
        }
    }
}
