package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.BackendOptions;
import voluta.backend.DeviceException;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
import voluta.backend.Layouts;
import voluta.backend.MemoryRegion;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Steps in which a library does what a capture does not allow. */
class CaptureTest {
    private static final TensorType TYPE = TensorType.f32(Shape.of(4));

    @BeforeAll
    static void simulated() {
        SimulatedDevice.assume();
    }

    private static CudaBackend open(ExecutionMode always) {
        return new CudaBackend(
                BackendOptions.DEFAULT, "simulated", MemorySettings.DEFAULT, Optional.ofNullable(always));
    }

    /** Adds x to a sum, with a library's call before. */
    private record Adding(CudaBackend b, MemoryRegion region, AtomicInteger calls, Executable program)
            implements AutoCloseable {
        static Adding with(CudaBackend b, ToIntFunction<CudaContext> call) {
            MemoryRegion r = b.allocate("arena", 512);
            Slice x = new Slice(r, 0, 16), sum = new Slice(r, 256, 16);
            HostTensor ones = HostTensor.zeros(TYPE);
            for (int i = 0; i < 4; i++) ones.set(i, 1);
            b.write(x, TYPE, Layouts.PLAIN, ones);
            AtomicInteger calls = new AtomicInteger();
            CudaKernel kernel = CudaKernel.reorder("adding", Layouts.PLAIN, Layouts.PLAIN)
                    .bind(k -> {
                        k.cudnn("cudnnSomething", () -> {
                            calls.incrementAndGet();
                            return call.applyAsInt(k.context());
                        });
                        k.launch("accumulate", new Grid(1, 32, 1), k.output(0), k.input(0), 0L, 4L);
                    });
            Step step = new Step("layer", null, kernel, List.of(x), List.of(sum), null, null);
            Program program = new Program(List.of(), List.of(step));
            return new Adding(b, r, calls, b.compile(program, ExecutionMode.CAPTURED));
        }

        double sum() {
            HostTensor t = HostTensor.zeros(TYPE);
            b.read(new Slice(region, 256, 16), TYPE, Layouts.PLAIN, t);
            return t.get(3);
        }

        @Override
        public void close() {
            program.close();
            region.close();
        }
    }

    private static int waits(CudaContext c) {
        return JCudaDriver.cuStreamSynchronize(c.stream);
    }

    @Test
    void whatCanBeCapturedIsCalledTwice() {
        try (CudaBackend b = open(null);
                Adding a = Adding.with(b, c -> 0)) {
            for (int i = 0; i < 5; i++) a.program.run(0);
            assertEquals(5, a.sum());
            assertEquals(2, a.calls.get());
        }
    }

    /** The call fails while it is recorded: because it may not be made then, or for a reason of its own. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatCannotBeCapturedIsCalledEachTime(boolean own) {
        AtomicInteger asked = new AtomicInteger();
        ToIntFunction<CudaContext> call = c -> own ? asked.incrementAndGet() == 2 ? 5000 : 0 : waits(c);
        try (CudaBackend b = open(null);
                Adding a = Adding.with(b, call)) {
            for (int i = 0; i < 5; i++) a.program.run(0);
            assertEquals(5, a.sum());
            assertEquals(6, a.calls.get(), "five times, and once in vain");
        }
    }

    @Test
    void whereCapturingIsDemandedItIsAnErrorThatNamesTheCall() {
        try (CudaBackend b = open(ExecutionMode.CAPTURED);
                Adding a = Adding.with(b, CaptureTest::waits)) {
            a.program.run(0);
            DeviceException e = assertThrows(DeviceException.class, () -> a.program.run(0));
            assertTrue(e.getMessage().contains("layer") && e.getMessage().contains("cudnnSomething"), e.getMessage());
            assertEquals(1, a.sum());
        }
    }
}
