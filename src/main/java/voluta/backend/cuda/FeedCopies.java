package voluta.backend.cuda;

import static voluta.backend.cuda.memory.DeviceMemoryManager.aligned;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;
import voluta.backend.Feed;
import voluta.backend.HostBuffer;
import voluta.backend.cuda.binding.CudaCheck;
import voluta.backend.cuda.binding.DevicePointer;
import voluta.backend.cuda.memory.DeviceMemory;
import voluta.backend.cuda.memory.DeviceRegion;
import voluta.backend.cuda.memory.PinnedBuffer;

/**
 * Brings a slot's inputs to the device beside the computation: pinned host memory to one of two staging areas on the
 * copy stream, while the step before is still running, and from there to the addresses that the step reads on the
 * computing stream. A step's inputs are together in one region, so the second copy is one for all of them, unless each
 * value is an allocation of its own; and so are the small inputs that are neighbours there (labels, learning rate, step
 * number) one in the first, since each copy costs the host and the device microseconds, whatever its size.
 *
 * <p>Two areas let the host run at most two steps ahead of the device.
 */
final class FeedCopies implements AutoCloseable {
    private static final int AREAS = 2;
    private static final int NO_TIMING = 2;
    /** Up to so many bytes, copying an input on the host takes less time than a copy of its own to the device. */
    private static final int SMALL = 16 << 10;

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

    /** Bytes that go over together, and where they begin in a staging area. */
    private record Piece(long staged, long bytes, List<Integer> inputs) {}

    /** An input that is put beside others on the host: its slots, and where it goes. */
    private record Gathering(ByteBuffer[] slots, int at, int bytes) {}

    private final List<Piece> pieces;
    /** By area and piece, where it goes; by piece and slot, where it comes from. */
    private final CUdeviceptr[][] to;

    private final Pointer[][] from;
    private final long[] bytes;
    private final List<Gathering> gatherings = new ArrayList<>();
    /** Small inputs side by side, as they lie on the device; null where none are neighbours. */
    private PinnedBuffer gathered;

    private int area;

    FeedCopies(CudaContext context, List<Feed> feeds) {
        this.context = context;
        spans = spans(feeds);
        targets = spans.stream().map(s -> Binding.pointer(s.address())).toArray(CUdeviceptr[]::new);
        pieces = pieces(feeds);
        bytes = pieces.stream().mapToLong(Piece::bytes).toArray();
        to = new CUdeviceptr[AREAS][bytes.length];
        from = new Pointer[bytes.length][];
        boolean done = false;
        try {
            sources(feeds);
            for (int a = 0; a < AREAS && bytes.length > 0; a++) open(a);
            done = true;
        } finally {
            if (!done) close();
        }
    }

    /** The inputs in their order on the device, small neighbours together. */
    private List<Piece> pieces(List<Feed> feeds) {
        List<Piece> all = new ArrayList<>();
        List<Integer> inOrder = new ArrayList<>();
        for (int i = 0; i < feeds.size(); i++) inOrder.add(i);
        inOrder.sort(Comparator.comparingLong(i -> staged(feeds.get(i))));
        boolean open = false; // whether the last piece takes more
        for (int i : inOrder) {
            Feed f = feeds.get(i);
            long n = f.type().plainBytes(), at = staged(f);
            boolean small = n <= SMALL && ((DeviceMemory) f.target().region()).contiguous();
            if (open && small) {
                Piece last = all.remove(all.size() - 1);
                List<Integer> both = new ArrayList<>(last.inputs());
                both.add(i);
                all.add(new Piece(last.staged(), at + n - last.staged(), both));
            } else {
                all.add(new Piece(at, n, List.of(i)));
            }
            open = small;
        }
        return all;
    }

    private void sources(List<Feed> feeds) {
        long together = pieces.stream()
                .filter(p -> p.inputs().size() > 1)
                .mapToLong(p -> aligned(p.bytes()))
                .sum();
        if (together > 0) gathered = context.memory.allocateHost("inputs", together);
        long next = 0;
        for (int k = 0; k < bytes.length; k++) {
            Piece p = pieces.get(k);
            if (p.inputs().size() == 1) {
                List<HostBuffer> slots = feeds.get(p.inputs().get(0)).slots();
                from[k] = slots.stream().map(b -> Pointer.to(b.bytes())).toArray(Pointer[]::new);
                continue;
            }
            Pointer begin = new DevicePointer(gathered.address() + next);
            int slots = feeds.get(p.inputs().get(0)).slots().size();
            from[k] = Collections.nCopies(slots, begin).toArray(Pointer[]::new);
            for (int i : p.inputs()) {
                Feed f = feeds.get(i);
                ByteBuffer[] of = f.slots().stream().map(HostBuffer::bytes).toArray(ByteBuffer[]::new);
                int at = Math.toIntExact(next + staged(f) - p.staged());
                gatherings.add(new Gathering(of, at, (int) f.type().plainBytes()));
            }
            next += aligned(p.bytes());
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

    private void open(int a) {
        Span last = spans.get(spans.size() - 1);
        areas[a] = context.memory.allocate("staging", last.staged() + last.bytes());
        long start = areas[a].address();
        staging[a] =
                spans.stream().map(s -> Binding.pointer(start + s.staged())).toArray(CUdeviceptr[]::new);
        filled[a] = event();
        taken[a] = event();
        for (int i = 0; i < bytes.length; i++)
            to[a][i] = Binding.pointer(start + pieces.get(i).staged());
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

    private static CUevent event() {
        CUevent e = new CUevent();
        CudaCheck.driver(JCudaDriver.cuEventCreate(e, NO_TIMING), "cuEventCreate");
        return e;
    }

    /** How many copies from the host a step makes. */
    int fromHost() {
        return pieces.size();
    }

    /** Starts the copies of a slot; what is put on the computing stream afterwards reads them. */
    void begin(int slot) {
        if (targets.length == 0) return;
        for (int i = 0; i < gatherings.size(); i++) {
            Gathering g = gatherings.get(i);
            gathered.bytes().put(g.at, g.slots[slot], 0, g.bytes); // the last step's copy of it is over: finish() waits
        }
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
        if (gathered != null) gathered.close();
    }

    private static void destroy(CUevent e) {
        if (e != null) CudaCheck.driver(JCudaDriver.cuEventDestroy(e), "cuEventDestroy");
    }
}
