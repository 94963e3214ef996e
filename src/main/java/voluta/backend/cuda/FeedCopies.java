package voluta.backend.cuda;

import static voluta.backend.cuda.memory.DeviceMemoryManager.aligned;

import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;
import voluta.backend.Feed;
import voluta.backend.HostBuffer;
import voluta.backend.cuda.binding.CudaCheck;
import voluta.backend.cuda.memory.DeviceMemory;
import voluta.backend.cuda.memory.DeviceRegion;

/**
 * Brings a slot's inputs to the device beside the computation: pinned host memory to one of two staging areas on the
 * copy stream, while the step before is still running, and from there to the addresses that the step reads on the
 * computing stream. A step's inputs are together in one region, so the second copy is one for all of them, unless each
 * value is an allocation of its own.
 *
 * <p>Two areas let the host run at most two steps ahead of the device.
 */
final class FeedCopies implements AutoCloseable {
    private static final int AREAS = 2;
    private static final int NO_TIMING = 2;

    private final CudaContext context;
    /** The bytes of inputs that follow each other, and where they begin in a staging area. */
    private record Span(long address, long bytes, long staged) {}

    private final List<Span> spans;
    private final CUdeviceptr[] targets;
    private final DeviceRegion[] areas = new DeviceRegion[AREAS];
    private final CUdeviceptr[][] staging = new CUdeviceptr[AREAS][];
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
        spans = spans(feeds);
        targets = spans.stream().map(s -> Binding.pointer(s.address())).toArray(CUdeviceptr[]::new);
        for (int i = 0; i < n; i++) {
            bytes[i] = feeds.get(i).type().plainBytes();
            from[i] = feeds.get(i).slots().stream().map(FeedCopies::pinned).toArray(Pointer[]::new);
        }
        boolean done = false;
        try {
            for (int a = 0; a < AREAS && n > 0; a++) open(a, feeds);
            done = true;
        } finally {
            if (!done) close();
        }
    }

    private static List<Span> spans(List<Feed> feeds) {
        List<Span> all = new ArrayList<>();
        for (Feed f : feeds) {
            long begin = Binding.address(f.target()), end = begin + f.target().bytes();
            boolean joins = !all.isEmpty() && ((DeviceMemory) f.target().region()).contiguous();
            if (joins) {
                Span before = all.remove(all.size() - 1);
                begin = Math.min(begin, before.address());
                end = Math.max(end, before.address() + before.bytes());
            }
            Span last = all.isEmpty() ? new Span(0, 0, 0) : all.get(all.size() - 1);
            all.add(new Span(begin, end - begin, aligned(last.staged() + last.bytes())));
        }
        return all;
    }

    private void open(int a, List<Feed> feeds) {
        Span last = spans.get(spans.size() - 1);
        areas[a] = context.memory.allocate("staging", last.staged() + last.bytes());
        long start = areas[a].address();
        staging[a] =
                spans.stream().map(s -> Binding.pointer(start + s.staged())).toArray(CUdeviceptr[]::new);
        filled[a] = event();
        taken[a] = event();
        for (int i = 0; i < bytes.length; i++) to[a][i] = Binding.pointer(start + staged(feeds.get(i)));
    }

    /** Where an input lies in a staging area. */
    private long staged(Feed f) {
        long address = Binding.address(f.target());
        for (Span s : spans) {
            long within = address - s.address();
            if (within >= 0 && within + f.target().bytes() <= s.bytes()) return s.staged() + within;
        }
        throw new IllegalStateException("no staging area for " + f.name());
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
        if (targets.length == 0) return;
        CudaCheck.driver(JCudaDriver.cuStreamWaitEvent(context.copies, taken[area], 0), "cuStreamWaitEvent");
        for (int i = 0; i < bytes.length; i++) {
            CudaCheck.driver(
                    JCudaDriver.cuMemcpyHtoDAsync(to[area][i], from[i][slot], bytes[i], context.copies),
                    "cuMemcpyHtoDAsync");
        }
        CudaCheck.driver(JCudaDriver.cuEventRecord(filled[area], context.copies), "cuEventRecord");
        CudaCheck.driver(JCudaDriver.cuStreamWaitEvent(context.stream, filled[area], 0), "cuStreamWaitEvent");
        for (int i = 0; i < targets.length; i++) {
            CudaCheck.driver(
                    JCudaDriver.cuMemcpyDtoDAsync(
                            targets[i], staging[area][i], spans.get(i).bytes(), context.stream),
                    "cuMemcpyDtoDAsync");
        }
        CudaCheck.driver(JCudaDriver.cuEventRecord(taken[area], context.stream), "cuEventRecord");
    }

    /** Waits until the host buffers were read, so that they may be filled anew. The step goes on. */
    void finish() {
        if (targets.length == 0) return;
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
