package voluta.backend.cuda.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import voluta.backend.cuda.binding.CudaProbe;
import voluta.backend.cuda.binding.DevicePointer;
import voluta.backend.cuda.binding.JcudaDeviceDriver;

/**
 * The simulated device in this JVM, for tests. It is there where {@code VOLUTA_CUDA_SIMULATOR} names its folder, as
 * scripts/check.sh arranges; elsewhere a test that asks for it is skipped with the reason.
 *
 * <p>An instance is a context of its own, current on the calling thread until it is closed.
 */
public final class SimulatedDevice implements AutoCloseable {
    static final int NON_BLOCKING = 1;

    /** Device and pinned memory with addresses as numbers. */
    final JcudaDeviceDriver driver = new JcudaDeviceDriver(() -> {});

    private final List<Long> allocated = new ArrayList<>();
    private final CUcontext context = new CUcontext();

    SimulatedDevice() {
        assume();
        CUdevice device = new CUdevice();
        check(JCudaDriver.cuDeviceGet(device, 0));
        check(JCudaDriver.cuCtxCreate(context, 0, device));
    }

    /** Skips the calling test where there is no simulated device; loads it where there is. */
    public static CudaProbe.Result assume() {
        String folder = System.getenv("VOLUTA_CUDA_SIMULATOR");
        assumeTrue(
                folder != null && !folder.isEmpty(),
                "VOLUTA_CUDA_SIMULATOR is not set: nothing ran on the simulated CUDA device; scripts/check.sh builds it"
                        + " and sets the variable where g++ is installed");
        CudaProbe.Result result = CudaProbe.run();
        assertEquals(CudaProbe.State.USABLE, result.state(), result.text());
        assertTrue(result.simulated(), result.text());
        return result;
    }

    static void check(int result) {
        assertEquals(0, result);
    }

    DevicePointer allocate(long bytes) {
        long address = driver.allocate(bytes);
        allocated.add(address);
        return new DevicePointer(address);
    }

    /** New device memory with these values. */
    DevicePointer of(float... values) {
        DevicePointer made = allocate(4L * values.length);
        check(JCudaDriver.cuMemcpyHtoD(made, Pointer.to(values), 4L * values.length));
        return made;
    }

    /** Copies on the default stream, which waits for nothing on non-blocking streams. */
    float[] read(DevicePointer from, int count) {
        float[] values = new float[count];
        check(JCudaDriver.cuMemcpyDtoH(Pointer.to(values), from, 4L * count));
        return values;
    }

    CUstream stream() {
        CUstream stream = new CUstream();
        check(JCudaDriver.cuStreamCreate(stream, NON_BLOCKING));
        return stream;
    }

    /** What a test has freed itself, or cannot free since the device failed, is told on stderr. */
    @Override
    public void close() {
        for (long address : allocated) JCudaDriver.cuMemFree(new DevicePointer(address));
        check(JCudaDriver.cuCtxDestroy(context));
    }
}
