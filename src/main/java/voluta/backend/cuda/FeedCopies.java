package voluta.backend.cuda;

import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;
import voluta.backend.Feed;
import voluta.backend.HostBuffer;
import voluta.backend.Slice;
import voluta.backend.cuda.binding.CudaCheck;
import voluta.backend.cuda.memory.DeviceRegion;

/**
 * Brings a slot's inputs to the device beside the computation: pinned host memory to one of two staging areas on the
 * copy stream, while the step before is still running, and from there to the addresses that the step reads on the
 * computing stream. A step's inputs are together in one region, so the second copy is one for all of them.
 *
 * <p>Two areas let the host run at most two steps ahead of the device.
 */
final class FeedCopies implements AutoCloseable {
    private static final int AREAS = 2;
    private static final int NO_TIMING = 2;

    private final CudaContext context;
    private final long span;
    private final CUdeviceptr target;
    private final DeviceRegion[] areas = new DeviceRegion[AREAS];
    private final CUdeviceptr[] staging = new CUdeviceptr[AREAS];
    /** The area was filled. */
    private final CUevent[] filled = new CUevent[AREAS];
    /** What was in the area was taken. */
    private final CUevent[] taken = new CUevent[AREAS];

    private final CUdeviceptr[][] to;
    private final Pointer[][] from;
    private final long[] bytes;
    private int area;

    FeedCopies(CudaContext context, List<Feed> feeds) {
        this.context = context;
        int n = feeds.size();
        bytes = new long[n];
        to = new CUdeviceptr[AREAS][n];
        from = new Pointer[n][];
        long begin = Long.MAX_VALUE, end = 0;
        for (Feed f : feeds) {
            begin = Math.min(begin, address(f.target()));
            end = Math.max(end, address(f.target()) + f.target().bytes());
        }
        span = Math.max(0, end - begin);
        target = n == 0 ? null : Binding.pointer(begin);
        for (int i = 0; i < n; i++) {
            bytes[i] = feeds.get(i).type().plainBytes();
            from[i] = feeds.get(i).slots().stream().map(FeedCopies::pinned).toArray(Pointer[]::new);
        }
        boolean done = false;
        try {
            for (int a = 0; a < AREAS && n > 0; a++) open(a, feeds, begin);
            done = true;
        } finally {
            if (!done) close();
        }
    }

    private void open(int a, List<Feed> feeds, long begin) {
        areas[a] = context.memory.allocate("staging", span);
        staging[a] = Binding.pointer(areas[a].address());
        filled[a] = event();
        taken[a] = event();
        for (int i = 0; i < bytes.length; i++)
            to[a][i] = Binding.pointer(areas[a].address() + address(feeds.get(i).target()) - begin);
    }

    private static long address(Slice s) {
        return ((DeviceRegion) s.region()).address() + s.offset();
    }

    private static Pointer pinned(HostBuffer buffer) {
        return Pointer.to(buffer.bytes());
    }

    private static CUevent event() {
        CUevent e = new CUevent();
        CudaCheck.driver(JCudaDriver.cuEventCreate(e, NO_TIMING), "cuEventCreate");
        return e;
    }

    /** Starts the copies of a slot; what is put on the computing stream afterwards reads them. */
    void begin(int slot) {
        if (target == null) return;
        CudaCheck.driver(JCudaDriver.cuStreamWaitEvent(context.copies, taken[area], 0), "cuStreamWaitEvent");
        for (int i = 0; i < bytes.length; i++) {
            CudaCheck.driver(
                    JCudaDriver.cuMemcpyHtoDAsync(to[area][i], from[i][slot], bytes[i], context.copies),
                    "cuMemcpyHtoDAsync");
        }
        CudaCheck.driver(JCudaDriver.cuEventRecord(filled[area], context.copies), "cuEventRecord");
        CudaCheck.driver(JCudaDriver.cuStreamWaitEvent(context.stream, filled[area], 0), "cuStreamWaitEvent");
        CudaCheck.driver(
                JCudaDriver.cuMemcpyDtoDAsync(target, staging[area], span, context.stream), "cuMemcpyDtoDAsync");
        CudaCheck.driver(JCudaDriver.cuEventRecord(taken[area], context.stream), "cuEventRecord");
    }

    /** Waits until the host buffers were read, so that they may be filled anew. The step goes on. */
    void finish() {
        if (target == null) return;
        CudaCheck.driver(JCudaDriver.cuEventSynchronize(filled[area]), "cuEventSynchronize");
        area = (area + 1) % AREAS;
    }

    @Override
    public void close() {
        for (int a = 0; a < AREAS; a++) {
            destroy(filled[a]);
            destroy(taken[a]);
            if (areas[a] != null) areas[a].close();
        }
    }

    private static void destroy(CUevent e) {
        if (e != null) CudaCheck.driver(JCudaDriver.cuEventDestroy(e), "cuEventDestroy");
    }
}
