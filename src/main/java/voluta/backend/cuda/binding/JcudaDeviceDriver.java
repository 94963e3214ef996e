package voluta.backend.cuda.binding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;
import voluta.backend.cuda.memory.DeviceDriver;

/** Device memory through the CUDA driver. */
public final class JcudaDeviceDriver implements DeviceDriver {
    private static final int OUT_OF_MEMORY = 2;
    /** Usable from every context of the process. */
    private static final int PORTABLE = 1;

    /** JCuda makes the view when it allocates, and needs the pointer itself to free. */
    private final Map<Long, HostPointer> pinned = new HashMap<>();

    private final Runnable enter;

    /** @param enter makes the device's context that of the calling thread */
    public JcudaDeviceDriver(Runnable enter) {
        this.enter = enter;
    }

    private static final class HostPointer extends Pointer {
        long address() {
            return getNativePointer() + getByteOffset();
        }
    }

    @Override
    public long allocate(long bytes) {
        enter.run();
        DevicePointer pointer = new DevicePointer();
        int result = JCudaDriver.cuMemAlloc(pointer, bytes);
        if (result == OUT_OF_MEMORY) return REFUSED;
        CudaCheck.driver(result, "cuMemAlloc");
        return pointer.address();
    }

    @Override
    public void free(long address) {
        enter.run();
        CudaCheck.driver(JCudaDriver.cuMemFree(new DevicePointer(address)), "cuMemFree");
    }

    @Override
    public void fill(long address, long bytes, byte value) {
        if (bytes == 0) return;
        enter.run();
        synchronize(); // what still runs on a stream of its own may use these bytes
        CudaCheck.driver(JCudaDriver.cuMemsetD8(new DevicePointer(address), value, bytes), "cuMemsetD8");
        synchronize(); // it may return before the device is done
    }

    @Override
    public void read(long address, byte[] into) {
        enter.run();
        CudaCheck.driver(
                JCudaDriver.cuMemcpyDtoH(Pointer.to(into), new DevicePointer(address), into.length), "cuMemcpyDtoH");
    }

    @Override
    public long freeBytes() {
        return info()[0];
    }

    @Override
    public long totalBytes() {
        return info()[1];
    }

    private long[] info() {
        enter.run();
        long[] free = new long[1], total = new long[1];
        CudaCheck.driver(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo");
        return new long[] {free[0], total[0]};
    }

    @Override
    public void synchronize() {
        enter.run();
        CudaCheck.driver(JCudaDriver.cuCtxSynchronize(), "cuCtxSynchronize");
    }

    @Override
    public long allocatePinned(long bytes) {
        enter.run();
        HostPointer pointer = new HostPointer();
        int result = JCudaDriver.cuMemHostAlloc(pointer, bytes, PORTABLE);
        if (result == OUT_OF_MEMORY) return REFUSED;
        CudaCheck.driver(result, "cuMemHostAlloc");
        pinned.put(pointer.address(), pointer);
        return pointer.address();
    }

    @Override
    public ByteBuffer pinnedBytes(long address, long bytes) {
        return pinned.get(address).getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void freePinned(long address) {
        enter.run();
        CudaCheck.driver(JCudaDriver.cuMemFreeHost(pinned.remove(address)), "cuMemFreeHost");
    }
}
