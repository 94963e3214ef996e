package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import voluta.backend.AlgorithmCache;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.backend.cuda.ConvolutionAlgorithms.Source;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.conformance.CaseResult;
import voluta.conformance.Conformance;
import voluta.conformance.OpCase;
import voluta.conformance.Parity;
import voluta.conformance.ParityReport;
import voluta.conformance.cases.ConvolutionBatchNormalizationCases;
import voluta.graph.Graph;
import voluta.model.Network;
import voluta.op.ConvolutionBatchNormalization;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.session.SmallTraining;

/** Statistics for batch normalization from the plans of convolutions, on the simulated device. */
class ConvolutionStatisticsTest {
    private static final BackendOptions AUTOTUNE = new BackendOptions(0, 0, false, 0, false, true),
            DETERMINISTIC = new BackendOptions(0, 0, true, 0);

    /** Batch normalizations of resnet20, each behind a convolution. */
    private static final int NORMS = 19;

    @BeforeAll
    static void simulated() {
        SimulatedDevice.assume();
    }

    private static CudaBackend open(BackendOptions options, ExecutionMode mode, Source source) {
        return new CudaBackend(
                options, "simulated", MemorySettings.DEFAULT.withChecks(true), Optional.of(mode), source);
    }

    private static long joined(Graph g) {
        return g.nodes().stream()
                .filter(n -> n.op() instanceof ConvolutionBatchNormalization)
                .count();
    }

    /** As cuDNN has plans: in f16, and in bf16 such as are compiled; and only where plans are asked for. */
    @ParameterizedTest
    @CsvSource({
        "ALL,F16,0",
        "CLASSIC,F16,0",
        "GRAPH,F32,0",
        "GRAPH,BF16,0",
        "GRAPH,F16,19",
        "COMPILED,F32,0",
        "COMPILED,BF16,19"
    })
    void onlyWhereThereIsAPlanThatIsAskedFor(Source source, Precision p, int expected) {
        Network n = SmallTraining.network("resnet20");
        for (BackendOptions options : List.of(BackendOptions.DEFAULT, DETERMINISTIC)) {
            try (Backend b = open(options, ExecutionMode.CAPTURED, source)) {
                assertEquals(expected, joined(SmallTraining.fused(n, b, p)));
            }
        }
    }

    @Test
    void thePlanOfAStepSaysSo() {
        Network n = SmallTraining.network("resnet20");
        try (Backend b = open(BackendOptions.DEFAULT, ExecutionMode.CAPTURED, Source.GRAPH);
                Session session = new Session(b, 7);
                CompiledGraph g = session.compile(
                        SmallTraining.fused(n, b, Precision.F16), SmallTraining.options(Precision.F16, true))) {
            List<String> all = g.plan().steps().stream()
                    .map(s -> s.kernel().implementation())
                    .filter(i -> i.contains("with sums"))
                    .toList();
            assertEquals(NORMS, all.size());
            assertTrue(
                    all.get(0)
                            .matches(
                                    "cudnn with sums plan \\d+ of engine 46 f16 .* \\+ batch_normalization_columns_f16"),
                    all.get(0));
        }
    }

    /** The cases again where the fusion is forced. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void everyCaseHolds(Precision p) {
        try (Backend b = open(BackendOptions.DEFAULT, ExecutionMode.CAPTURED, Source.COMPILED);
                Backend oracle =
                        Backends.open("reference", BackendOptions.DEFAULT).backend()) {
            ConvolutionBatchNormalizationCases cases = new ConvolutionBatchNormalizationCases();
            Conformance runner = new Conformance(b, oracle);
            for (OpCase c : cases.valid()) {
                CaseResult r = runner.run(cases.op(), c, p);
                assertTrue(r.passed(), () -> r.name() + ", " + r.precision() + ": " + r.failure());
            }
        }
    }

    private static Map<String, double[]> train(ExecutionMode mode) {
        Network n = SmallTraining.network("resnet20");
        Precision p = Precision.BF16;
        try (Backend b = open(BackendOptions.DEFAULT, mode, Source.COMPILED)) {
            return SmallTraining.train(b, n, SmallTraining.fused(n, b, p), SmallTraining.options(p, true), 2);
        }
    }

    /** In f16 it is {@link CudaReplayTest} that compares, with the plans of the graph interface. */
    @Test
    void capturedTrainingIsTheSame() {
        Map<String, double[]> captured = train(ExecutionMode.CAPTURED);
        SmallTraining.same(captured, train(ExecutionMode.EAGER), "captured and eager");
    }

    /** Each value of a training step beside the reference, which computes the pieces; as many as there are without the fusion. */
    @Test
    void everyValueOfAStepIsTheReferences() {
        ParityReport together = parity(Source.GRAPH);
        assertTrue(together.passed(), () -> together.worst().toString());
        assertEquals(parity(Source.CLASSIC).compared(), together.compared());
    }

    private static ParityReport parity(Source source) {
        Network n = SmallTraining.network("resnet20");
        Precision p = Precision.F16;
        try (Backend b = open(BackendOptions.DEFAULT, ExecutionMode.EAGER, source);
                Backend reference =
                        Backends.open("reference", BackendOptions.DEFAULT).backend()) {
            Parity.Side first = new Parity.Side(b, SmallTraining.fused(n, b, p)),
                    second = new Parity.Side(reference, SmallTraining.fused(n, reference, p));
            return new Parity(first, second, p, 3).run(1, (g, step) -> SmallTraining.feed(g, n, step));
        }
    }

    /** Whatever was faster when it was measured is taken again. */
    @Test
    void whatWasMeasuredIsKept(@TempDir Path folder) {
        Network n = SmallTraining.network("resnet20");
        long[] found = new long[2];
        for (int i = 0; i < found.length; i++) {
            AlgorithmCache cache = AlgorithmCache.of(Map.of("VOLUTA_CACHE_DIR", folder.toString()));
            try (Backend b = new CudaBackend(
                    AUTOTUNE, "simulated", MemorySettings.DEFAULT, Optional.empty(), Source.ALL, cache)) {
                found[i] = joined(SmallTraining.fused(n, b, Precision.F16));
            }
        }
        assertEquals(found[0], found[1]);
    }
}
