package voluta.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.DeviceMemoryException;
import voluta.backend.Precision;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.graph.Graph;
import voluta.model.Architectures;
import voluta.model.InferenceGraph;
import voluta.model.Network;
import voluta.plan.Lowering;
import voluta.plan.RegionKind;

/** What is said where memory does not suffice for a plan. */
class MemoryShortageTest {
    private static final Precision F32 = Precision.F32;

    private static void compile(String name, long limit, int batch) {
        try (Backend backend = Backends.open(name, new BackendOptions(0, 0, false, limit))
                        .backend();
                Session session = new Session(backend, 1)) {
            Network network = Network.of(Architectures.find("lenet5"));
            Graph graph = InferenceGraph.build(network, batch, g -> Lowering.forInference(g, backend, F32));
            try {
                session.compile(graph, CompileOptions.of(F32)).close();
            } catch (DeviceMemoryException e) {
                assertEquals(0, session.liveBytes(), "regions are given back");
                throw e;
            }
        }
    }

    /** With what a backend needs for itself: on CUDA the workspace of cuBLAS. */
    @ParameterizedTest
    @CsvSource({"reference,6", "onednn,6", "cuda,40", "cuda,100"})
    void theBatchThatIsNamedFits(String backend, long mebibytes) {
        if (backend.equals("cuda")) SimulatedDevice.assume();
        long limit = mebibytes << 20;
        DeviceMemoryException e = assertThrows(DeviceMemoryException.class, () -> compile(backend, limit, 4096));
        Matcher m = Pattern.compile("the batch size is 4,096, about ([\\d,]+) would fit$")
                .matcher(e.getMessage());
        assertTrue(m.find(), e.getMessage());
        int fits = Integer.parseInt(m.group(1).replace(",", ""));
        assertTrue(fits > 10, e.getMessage());
        compile(backend, limit, fits);
        assertThrows(DeviceMemoryException.class, () -> compile(backend, limit, fits * 2));
        assertTrue(e.details().get(0).matches("this step needs .* MiB: parameters .* KiB, .*arena .* MiB.*"));
        assertTrue(
                e.details().stream().anyMatch(l -> l.contains("conv1 (lenet5.yaml:6)")),
                e.details().toString());
        assertEquals(3 + 10, e.details().size());
    }

    @Test
    void whatDoesNotGrowWithTheBatchLeavesLessRoom() {
        Map<RegionKind, Long> regions = Map.of(RegionKind.PARAMETERS, 100L, RegionKind.ARENA, 1000L);
        assertEquals(38, MemoryShortage.fittingBatch(regions, 100, 500));
        assertEquals(0, MemoryShortage.fittingBatch(regions, 100, 100));
        assertEquals(99, MemoryShortage.fittingBatch(regions, 100, 1_000_000), "never the batch that failed");
    }
}
