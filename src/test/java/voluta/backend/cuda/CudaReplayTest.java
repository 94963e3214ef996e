package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import jcuda.driver.CUcontext;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.DeviceException;
import voluta.backend.DeviceMemoryException;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.graph.Graph;
import voluta.model.Network;
import voluta.session.Session;
import voluta.session.SmallTraining;
import voluta.session.StepTime;

/** Whole training steps on the simulated device: what the ways of running and checked memory may change: nothing. */
class CudaReplayTest {
    @BeforeAll
    static void simulated() {
        SimulatedDevice.assume();
    }

    static Stream<Arguments> networks() {
        return SmallTraining.NAMES.stream()
                .flatMap(n -> Stream.of(Precision.values()).map(p -> Arguments.of(n, p)));
    }

    private static CudaBackend open(MemorySettings memory, ExecutionMode mode) {
        return open(memory, mode, ConvolutionAlgorithms.Source.ALL);
    }

    private static CudaBackend open(MemorySettings memory, ExecutionMode mode, ConvolutionAlgorithms.Source source) {
        return new CudaBackend(BackendOptions.DEFAULT, "simulated", memory, Optional.ofNullable(mode), source);
    }

    private static Map<String, double[]> train(MemorySettings memory, ExecutionMode mode, String name, Precision p) {
        Network n = SmallTraining.network(name);
        try (Backend b = open(memory, mode)) {
            Graph g = SmallTraining.fused(n, b, p);
            return SmallTraining.train(b, n, g, SmallTraining.options(p, true), SmallTraining.STEPS);
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void everyModeGivesTheSameBits(String name, Precision p) {
        Map<String, double[]> captured = train(MemorySettings.DEFAULT, ExecutionMode.CAPTURED, name, p);
        for (ExecutionMode mode : List.of(ExecutionMode.EAGER, ExecutionMode.CHECKED))
            SmallTraining.same(captured, train(MemorySettings.DEFAULT, mode, name, p), "captured and " + mode);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void plansOfTheGraphInterfaceAreCapturedLikeAllElse(Precision p) {
        Network n = SmallTraining.network("resnet20");
        List<Map<String, double[]>> all = new ArrayList<>();
        for (ExecutionMode mode : List.of(ExecutionMode.CAPTURED, ExecutionMode.EAGER)) {
            try (Backend b = open(MemorySettings.DEFAULT.withChecks(true), mode, ConvolutionAlgorithms.Source.GRAPH)) {
                Graph g = SmallTraining.fused(n, b, p);
                all.add(SmallTraining.train(b, n, g, SmallTraining.options(p, true), SmallTraining.STEPS));
            }
        }
        SmallTraining.same(all.get(0), all.get(1), "captured and eager");
    }

    /**
     * Each value is an allocation of its own, where the simulated device sees every access past its end. Guard bands are
     * compared when regions are closed, and closing the backend proves that none is left.
     */
    @ParameterizedTest
    @MethodSource("networks")
    void nothingIsReadOrWrittenBesideItsValue(String name, Precision p) {
        Map<String, double[]> everyday = train(MemorySettings.DEFAULT, null, name, p);
        SmallTraining.same(everyday, train(MemorySettings.DEFAULT.withChecks(true), null, name, p), "checked memory");
    }

    @Test
    void twentyCapturedStepsInCheckedMemory() {
        Network n = SmallTraining.network("lenet5");
        Map<String, double[]> cuda, exact;
        try (Backend b = open(MemorySettings.DEFAULT.withChecks(true), null)) {
            cuda = train(b, n, 20);
        }
        try (Backend b = Backends.open("reference", BackendOptions.DEFAULT).backend()) {
            exact = train(b, n, 20);
        }
        SmallTraining.near(exact, cuda, 1e-3, "the reference and cuda");
    }

    private static Map<String, double[]> train(Backend b, Network n, int steps) {
        Graph g = SmallTraining.fused(n, b, Precision.F32);
        return SmallTraining.train(b, n, g, SmallTraining.options(Precision.F32, true), steps);
    }

    @Test
    void memoryOfItsOwnForEachValueChangesNothing() {
        Map<String, double[]> everyday = train(MemorySettings.DEFAULT, null, "lenet5", Precision.F32);
        Map<String, double[]> raw = train(MemorySettings.DEFAULT.withRaw(true), null, "lenet5", Precision.F32);
        SmallTraining.same(everyday, raw, "raw memory");
    }

    @Test
    void profilingTimesEachStepAndComputesTheSame() {
        Network n = SmallTraining.network("norms");
        try (Backend b = open(MemorySettings.DEFAULT, null);
                Session session = new Session(b, 7);
                Session other = new Session(b, 7)) {
            Graph graph = SmallTraining.fused(n, b, Precision.F32);
            var watched = session.compile(graph, SmallTraining.options(Precision.F32, true));
            var replayed = other.compile(graph, SmallTraining.options(Precision.F32, true));
            SmallTraining.step(watched, n, 0);
            SmallTraining.step(replayed, n, 0);
            SmallTraining.feed(watched, n, 1);
            List<StepTime> times = watched.profile(0);
            assertEquals(watched.plan().steps().size(), times.size());
            SmallTraining.step(replayed, n, 1);
            SmallTraining.same(SmallTraining.held(other), SmallTraining.held(session), "profiled and replayed");
        }
    }

    /** What was allocated before a shortage is given back: closing the backend would complain otherwise. */
    @Test
    void aShortageAtAnyPointGivesEverythingBack() {
        Network n = SmallTraining.network("resnet20");
        int refused = 0;
        boolean fitted = false;
        for (long limit = 32 << 20; !fitted; limit += 1 << 18) {
            MemorySettings settings = new MemorySettings(limit, 1 << 16, false, true, true);
            try (Backend b = open(settings, null);
                    Session session = new Session(b, 7)) {
                Graph g = SmallTraining.fused(n, b, Precision.F32);
                session.compile(g, SmallTraining.options(Precision.F32, true));
                fitted = true;
            } catch (DeviceMemoryException e) {
                refused++;
                assertTrue(e.getMessage().contains("the limit is"), e.getMessage());
                assertEquals(List.of(), List.of(e.getSuppressed()));
            }
        }
        assertTrue(refused > 2, refused + " refusals");
    }

    /** The program around may use CUDA by itself, and must not find a context that is gone. */
    @Test
    void aClosedBackendLeavesNoContextOnTheThread() {
        open(MemorySettings.DEFAULT, null).close();
        CUcontext left = new CUcontext();
        assertEquals(0, JCudaDriver.cuCtxGetCurrent(left));
        assertEquals(new CUcontext(), left);
    }

    @Test
    void aDeviceThatIsNotThereIsRefused() {
        BackendOptions options = new BackendOptions(0, 7, false, 0);
        DeviceException e = assertThrows(DeviceException.class, () -> new CudaProvider().open(options));
        assertTrue(e.getMessage().contains("there is no device 7"), e.getMessage());
    }
}
