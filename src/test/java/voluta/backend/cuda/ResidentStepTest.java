package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.graph.Graph;
import voluta.model.Architectures;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.optim.UpdateStep;
import voluta.plan.RegionKind;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.session.SmallTraining;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.SamplePlace;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Steps over images on the simulated device have the bits of steps over the same images from the host, however they are run. */
class ResidentStepTest {
    private static final int STEPS = 6, SAMPLES = 37, SIDE = 28, FILL = 77;
    private static final Network HOST = Network.of(Architectures.named("lenet5"));
    private static final Network DEVICE =
            HOST.withResident(new Network.Resident("data/training", SAMPLES, List.of(FILL)));

    @BeforeAll
    static void simulated() {
        SimulatedDevice.assume();
    }

    private static CudaBackend open(MemorySettings memory, ExecutionMode mode) {
        return new CudaBackend(BackendOptions.DEFAULT, "simulated", memory, Optional.of(mode));
    }

    private static HostTensor images() {
        HostTensor all = HostTensor.zeros(TensorType.u8(SAMPLES, SIDE, SIDE, 1));
        for (int i = 0; i < all.type().elements(); i++) all.set(i, i * 31 + (i >> 8) * 7 & 0xff);
        return all;
    }

    /** A batch's places: moved, mirrored, erased, as they are, and a blank. */
    private static HostTensor places(int step) {
        HostTensor t = HostTensor.zeros(TensorType.i32(SmallTraining.BATCH, SamplePlace.WORDS));
        SamplePlace place = new SamplePlace();
        for (int i = 0; i < SmallTraining.BATCH; i++) {
            int n = step * SmallTraining.BATCH + i;
            place.begin(n % 9 == 8 ? SamplePlace.BLANK : n * 11 % SAMPLES);
            if (n % 2 == 0) place.mirror(SIDE);
            if (n % 3 > 0) place.move(n % 7 - 3, n % 5 - 2, n % 3 == 1);
            if (n % 4 == 1) place.erase(n % SIDE, 3, 2, 9);
            place.write(t.bytes(), i * SamplePlace.BYTES);
        }
        return t;
    }

    private static HostTensor gathered(HostTensor all, HostTensor places) {
        HostTensor y = HostTensor.zeros(TensorType.u8(SmallTraining.BATCH, SIDE, SIDE, 1));
        int[] place = new int[SamplePlace.WORDS];
        for (int i = 0; i < y.type().elements(); i++) {
            int image = i / (SIDE * SIDE), pixel = i % (SIDE * SIDE);
            for (int w = 0; w < place.length; w++) place[w] = (int) places.get((long) image * place.length + w);
            if (place[SamplePlace.SAMPLE] == SamplePlace.BLANK) continue;
            int source = SamplePlace.source(place, pixel / SIDE, pixel % SIDE, SIDE, SIDE);
            int none = source == SamplePlace.FILL ? FILL : 0;
            y.set(i, source < 0 ? none : all.get((long) place[SamplePlace.SAMPLE] * SIDE * SIDE + source));
        }
        return y;
    }

    private static Map<String, double[]> train(Network n, MemorySettings memory, ExecutionMode mode, Precision p) {
        HostTensor all = images();
        try (Backend b = open(memory, mode);
                Session session = new Session(b, 7);
                CompiledGraph g = session.compile(
                        SmallTraining.fused(n, b, p), new CompileOptions(p, ExecutionMode.CAPTURED, 1, true, false))) {
            boolean resident = n.resident().isPresent();
            if (resident) {
                // In two parts, as a large set comes.
                HostTensor first = HostTensor.over(
                        TensorType.u8(20, SIDE, SIDE, 1), all.bytes().slice(0, 20 * SIDE * SIDE));
                HostTensor rest = HostTensor.over(
                        TensorType.u8(SAMPLES - 20, SIDE, SIDE, 1),
                        all.bytes().slice(20 * SIDE * SIDE, (SAMPLES - 20) * SIDE * SIDE));
                session.writeSamples("data/training", 0, first);
                session.writeSamples("data/training", 20, rest);
            }
            for (int s = 0; s < STEPS; s++) {
                HostTensor places = places(s);
                g.feed(n.input(), 0, resident ? places : gathered(all, places));
                g.feed(Loss.LABELS, 0, SmallTraining.labels(n, s));
                g.feed(
                        UpdateStep.LEARNING_RATE,
                        0,
                        HostTensor.zeros(TensorType.f32()).fill(0.05));
                HostTensor step = HostTensor.zeros(new TensorType(DType.I64, Shape.SCALAR));
                g.feed(UpdateStep.STEP, 0, step.fill(s + 1));
                g.run(0);
            }
            return SmallTraining.held(session);
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutionMode.class)
    void everyModeHasTheBitsOfTheHostsImages(ExecutionMode mode) {
        Map<String, double[]> host = train(HOST, MemorySettings.DEFAULT, ExecutionMode.EAGER, Precision.F32);
        SmallTraining.same(host, train(DEVICE, MemorySettings.DEFAULT, mode, Precision.F32), mode.toString());
    }

    @Test
    void mixedPrecisionToo() {
        Map<String, double[]> host = train(HOST, MemorySettings.DEFAULT, ExecutionMode.CAPTURED, Precision.BF16);
        SmallTraining.same(host, train(DEVICE, MemorySettings.DEFAULT, ExecutionMode.CAPTURED, Precision.BF16), "bf16");
    }

    /** Where each value is an allocation of its own, the parts of a data set still go to one. */
    @Test
    void inRawAndCheckedMemory() {
        Map<String, double[]> host = train(HOST, MemorySettings.DEFAULT, ExecutionMode.EAGER, Precision.F32);
        MemorySettings checked = MemorySettings.DEFAULT.withRaw(true).withChecks(true);
        SmallTraining.same(host, train(DEVICE, checked, ExecutionMode.CAPTURED, Precision.F32), "raw");
    }

    @Test
    void theDataHaveAPurposeOfTheirOwn() {
        try (CudaBackend b = open(MemorySettings.DEFAULT, ExecutionMode.CAPTURED);
                Session session = new Session(b, 7)) {
            Graph graph = SmallTraining.fused(DEVICE, b, Precision.F32);
            try (CompiledGraph g = session.compile(graph, SmallTraining.options(Precision.F32, true))) {
                long bytes = g.plan().regions().get(RegionKind.DATA);
                assertTrue(bytes >= SAMPLES * SIDE * SIDE && bytes < SAMPLES * SIDE * SIDE + 256, bytes + " bytes");
                assertEquals(bytes, b.context().memory.report().byPurpose().get("data"));
                assertTrue(session.state().keySet().stream().noneMatch(s -> s.startsWith("data/")));
            }
        }
    }
}
