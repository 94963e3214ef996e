package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.DeviceException;
import voluta.backend.Layouts;
import voluta.backend.MemoryRegion;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.backend.cuda.binding.CudaCheck;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** What raw memory is for: a write past a value's end, into its neighbour, is an error and no wrong number. */
class RawMemoryTest {
    /** A multiple of the alignment, so that the neighbour begins right behind. */
    private static final int VALUES = 64, BYTES = VALUES * Float.BYTES;

    private static final TensorType BF16 = new TensorType(DType.BF16, Shape.of(VALUES + 1));
    private static final TensorType F32 = TensorType.f32(Shape.of(VALUES));

    @BeforeAll
    static void simulated() {
        SimulatedDevice.assume();
    }

    private static CudaBackend open(MemorySettings memory) {
        return new CudaBackend(BackendOptions.DEFAULT, "simulated", memory, Optional.empty());
    }

    private record Values(MemoryRegion region, Slice from, Slice value, Slice neighbour) implements AutoCloseable {
        static Values in(Backend b) {
            MemoryRegion r = b.allocate("arena", 3L * BYTES);
            return new Values(r, new Slice(r, 0, 2L * (VALUES + 1)), slice(r, 1), slice(r, 2));
        }

        private static Slice slice(MemoryRegion r, int i) {
            return new Slice(r, (long) i * BYTES, BYTES);
        }

        @Override
        public void close() {
            region.close();
        }
    }

    private static HostTensor ones(TensorType type) {
        HostTensor t = HostTensor.zeros(type);
        for (long i = 0; i < type.elements(); i++) t.set(i, 1);
        return t;
    }

    /** A kernel of ours that writes so many values to a place that has room for {@link #VALUES}. */
    private static void write(CudaBackend b, Values v, int count) {
        b.write(v.from, BF16, Layouts.PLAIN, ones(BF16));
        b.write(v.value, F32, Layouts.PLAIN, HostTensor.zeros(F32));
        b.write(v.neighbour, F32, Layouts.PLAIN, HostTensor.zeros(F32));
        List<Binding.Action> actions = new ArrayList<>();
        Binding binding = binding(b, v, actions);
        binding.launch("cast_bf16_f32", new Grid(1, 256, 1), binding.input(0), binding.output(0), (long) count);
        actions.forEach(Binding.Action::perform);
        CudaCheck.driver(
                JCudaDriver.cuStreamSynchronize(b.context().stream),
                actions.get(0).call());
    }

    private static Binding binding(CudaBackend b, Values v, List<Binding.Action> actions) {
        Step step = new Step(
                "cast",
                null,
                CudaKernel.reorder("cast", Layouts.PLAIN, Layouts.PLAIN).bind(x -> {}),
                List.of(v.from),
                List.of(v.value),
                null,
                null);
        return new Binding(b.context(), step, 0, actions, new ArrayList<>());
    }

    private static double[] read(Backend b, Slice from) {
        HostTensor t = HostTensor.zeros(F32);
        b.read(from, F32, Layouts.PLAIN, t);
        double[] all = new double[VALUES];
        for (int i = 0; i < VALUES; i++) all[i] = t.get(i);
        return all;
    }

    /** The same overrun by a fill, which the simulated device refuses without failing for the rest of the process. */
    private static void fill(CudaBackend b, Values v, int count) {
        List<Binding.Action> actions = new ArrayList<>();
        Binding binding = binding(b, v, actions);
        binding.fill(binding.output(0), (long) count * Float.BYTES, (byte) 0);
        actions.forEach(Binding.Action::perform);
    }

    @Test
    void oneElementTooManyLandsInTheNeighbourUnseenInEverydayMemory() {
        try (CudaBackend b = open(MemorySettings.DEFAULT);
                Values v = Values.in(b)) {
            write(b, v, VALUES);
            assertEquals(0, read(b, v.neighbour)[0]);
            write(b, v, VALUES + 1);
            assertEquals(1, read(b, v.neighbour)[0], "which is why there is raw memory");
            fill(b, v, VALUES + 1);
            assertEquals(0, read(b, v.neighbour)[0]);
        }
    }

    @Test
    void oneElementTooManyIsRefusedInRawMemory() {
        try (CudaBackend b = open(MemorySettings.DEFAULT.withRaw(true));
                Values v = Values.in(b)) {
            write(b, v, VALUES);
            assertEquals(1, read(b, v.value)[VALUES - 1]);
            fill(b, v, VALUES);
            assertEquals(0, read(b, v.value)[VALUES - 1]);
            DeviceException e = assertThrows(DeviceException.class, () -> fill(b, v, VALUES + 1));
            assertTrue(e.getMessage().contains("cuMemsetD8Async"), e.getMessage());
        }
    }

    @Test
    void oneElementTooManyIsNamedInCheckedMemory() {
        CudaBackend b = open(MemorySettings.DEFAULT.withChecks(true));
        Values v = Values.in(b);
        write(b, v, VALUES + 1);
        assertEquals(0, read(b, v.neighbour)[0]);
        DeviceException e = assertThrows(DeviceException.class, v::close);
        assertTrue(e.getMessage().contains("arena+" + BYTES), e.getMessage());
        assertTrue(e.getMessage().contains("bytes past its end"), e.getMessage());
        b.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void contentIsZeroUnlessItIsSaidNotToMatter(boolean undefined) {
        try (CudaBackend b = open(MemorySettings.DEFAULT.withRaw(true));
                Values v = Values.in(b)) {
            if (undefined) v.region.leaveUndefined();
            double first = read(b, v.value)[0];
            if (undefined) assertNotEquals(0, first, "as the device gave it");
            else assertEquals(0, first);
        }
    }

    @Test
    void theEnvironmentChooses() {
        MemorySettings raw = CudaProvider.memory(BackendOptions.DEFAULT, Map.of("VOLUTA_CUDA_MEMORY", "raw"));
        assertTrue(raw.raw() && !raw.guards() && !raw.poison(), raw.toString());
        DeviceException e = assertThrows(
                DeviceException.class,
                () -> CudaProvider.memory(BackendOptions.DEFAULT, Map.of("VOLUTA_CUDA_MEMORY", "Raw")));
        assertTrue(e.getMessage().contains("it can be raw or checked"), e.getMessage());
    }
}
