package voluta.backend.cuda.memory;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import voluta.backend.DeviceException;
import voluta.backend.DeviceMemoryException;
import voluta.tensor.Bytes;

/**
 * Owns the memory of one device: regions out of a few large device allocations, and pinned host buffers. Counts live
 * bytes by purpose, keeps to a limit, and knows at the end whether all came back. Not thread-safe.
 */
public final class DeviceMemoryManager implements AutoCloseable {
    /** Every region begins at a multiple of it, which suits every access of cuDNN and of our kernels. */
    public static final int ALIGNMENT = 256;

    /** Others who hold more than one part in so many of a device are worth mentioning. */
    private static final int CROWDED = 5;

    /**
     * Where a region lies.
     *
     * @param forValues whether it is the backend's user who asked for it
     */
    private record Placement(Block block, long offset, long size, boolean forValues) {}

    private final DeviceDriver driver;
    private final MemorySettings settings;
    private final GuardBands guards;
    private final List<Block> blocks = new ArrayList<>();
    private final Map<DeviceRegion, Placement> regions = new LinkedHashMap<>();
    private final List<PinnedBuffer> pinned = new ArrayList<>();
    private long live;
    private long peak;
    private long heldPeak;
    private boolean closed;

    /** A manager on a device whose context is current on the calling thread, now and at each later call. */
    public DeviceMemoryManager(DeviceDriver driver, MemorySettings settings) {
        this.driver = driver;
        this.settings = settings;
        this.guards = new GuardBands(driver);
    }

    /**
     * A new region for several values, zero-filled. In {@linkplain MemorySettings#raw raw mode} it takes memory when its
     * parts are asked for, and only then may be refused.
     *
     * @param bytes 0 or more
     * @throws DeviceMemoryException if the limit or the device does not allow it; nothing has changed then
     */
    public DeviceMemory allocateForValues(String purpose, long bytes) {
        requireOpen();
        if (settings.raw()) return new ScatteredRegion(this, purpose, bytes);
        return allocate(purpose, purpose, bytes, OptionalInt.of(0), true);
    }

    /**
     * A new region, zero-filled.
     *
     * @param bytes 0 or more
     * @throws DeviceMemoryException if the limit or the device does not allow it; nothing has changed then
     */
    public DeviceRegion allocate(String purpose, long bytes) {
        return allocate(purpose, purpose, bytes, OptionalInt.of(0), false);
    }

    /** A part of a region for several values with a name for messages, and with any content or none in particular. */
    DeviceRegion allocatePart(String purpose, String name, long bytes, OptionalInt content) {
        return allocate(purpose, name, bytes, content, true);
    }

    private DeviceRegion allocate(String purpose, String name, long bytes, OptionalInt content, boolean forValues) {
        requireOpen();
        if (bytes < 0) throw new IllegalArgumentException(bytes + " bytes for " + purpose);
        long size;
        try {
            size = Math.max(1, settings.guards() ? GuardBands.around(bytes) : bytes);
            if (!settings.raw()) size = aligned(size); // else the allocation ends where the region does
        } catch (ArithmeticException e) {
            throw outOfMemory(purpose, bytes, "no device has so much", e);
        }
        Placement placement = place(purpose, bytes, size, forValues);
        DeviceRegion region = new DeviceRegion(
                this,
                purpose,
                name,
                placement.block().address() + placement.offset() + (settings.guards() ? GuardBands.before() : 0),
                bytes);
        try {
            content.ifPresent(c -> driver.fill(region.start(), bytes, (byte) c));
            if (settings.guards()) guards.write(region.start(), bytes);
        } catch (RuntimeException e) {
            vacate(placement);
            throw e;
        }
        regions.put(region, placement);
        live += bytes;
        peak = Math.max(peak, live);
        return region;
    }

    /**
     * A new pinned buffer, zero-filled.
     *
     * @param bytes from 1 to 2 GiB less one
     * @throws DeviceMemoryException if the host cannot give it; nothing has changed then
     */
    public PinnedBuffer allocateHost(String purpose, long bytes) {
        requireOpen();
        if (bytes < 1) throw new IllegalArgumentException(bytes + " bytes for " + purpose);
        long address = bytes > Integer.MAX_VALUE ? DeviceDriver.REFUSED : driver.allocatePinned(bytes);
        if (address == DeviceDriver.REFUSED) {
            throw new DeviceMemoryException(
                    "the host gives no " + Bytes.text(bytes) + " of pinned memory for the " + purpose
                            + " (pinned already: "
                            + MemoryReport.text(report().pinnedByPurpose())
                            + "); a buffer has at most 2 GiB, and the system's limit on locked memory counts: use a"
                            + " smaller batch, or raise that limit",
                    bytes,
                    DeviceMemoryException.UNKNOWN,
                    null);
        }
        PinnedBuffer buffer;
        try {
            ByteBuffer view = driver.pinnedBytes(address, bytes);
            for (int i = 0; i < bytes; i++) view.put(i, (byte) 0);
            buffer = new PinnedBuffer(this, purpose, address, view);
        } catch (RuntimeException e) {
            driver.freePinned(address);
            throw e;
        }
        pinned.add(buffer);
        return buffer;
    }

    /**
     * Compares the guard bands of all live regions.
     *
     * @throws DeviceException naming the first region that something wrote past
     */
    public void checkGuards() {
        requireOpen();
        if (!settings.guards()) return;
        driver.synchronize();
        for (DeviceRegion region : regions.keySet()) {
            Optional<String> damage = guards.damage(region.start(), region.bytes());
            if (damage.isPresent()) throw damaged(region, damage.get());
        }
    }

    /** The largest region that there is room for: in a new block, or within one that is held already. */
    public long available() {
        requireOpen();
        return room(driver.freeBytes());
    }

    private long room(long free) {
        long outside = settings.limit() == 0 ? free : Math.max(0, Math.min(free, settings.limit() - held()));
        return Math.max(outside, largestFree());
    }

    /** Bytes that its user holds: the rest is the backend's own, such as a library's workspace. */
    private long liveForValues() {
        return regions.entrySet().stream()
                .filter(e -> e.getValue().forValues())
                .mapToLong(e -> e.getKey().bytes())
                .sum();
    }

    /** In the blocks that are held. */
    private long largestFree() {
        return blocks.stream().mapToLong(Block::largestFree).max().orElse(0);
    }

    /** The account at this moment. */
    public MemoryReport report() {
        Map<String, Long> byPurpose = new TreeMap<>(), pinnedByPurpose = new TreeMap<>();
        for (DeviceRegion r : regions.keySet()) byPurpose.merge(r.purpose(), r.bytes(), Long::sum);
        for (PinnedBuffer b : pinned) pinnedByPurpose.merge(b.purpose(), b.size(), Long::sum);
        return new MemoryReport(
                live,
                peak,
                held(),
                heldPeak,
                blocks.size(),
                byPurpose,
                pinned.stream().mapToLong(PinnedBuffer::size).sum(),
                pinnedByPurpose);
    }

    /**
     * Gives everything back. Closing a closed manager does nothing.
     *
     * @throws IllegalStateException if regions or pinned buffers were still open: it lists them; their memory is freed
     *     all the same
     */
    @Override
    public void close() {
        if (closed) return;
        List<String> open = new ArrayList<>();
        regions.keySet().forEach(r -> open.add(r.toString()));
        pinned.forEach(b -> open.add(b.toString()));

        RuntimeException failure = open.isEmpty()
                ? null
                : new IllegalStateException(
                        "device memory closed while still in use: " + String.join("; ", open) + "; close them first");
        closed = true;
        regions.keySet().forEach(DeviceRegion::invalidate);
        regions.clear();
        live = 0;
        for (Block block : blocks) failure = attempt(failure, () -> driver.free(block.address()));
        blocks.clear();
        for (PinnedBuffer b : pinned) {
            b.invalidate();
            failure = attempt(failure, () -> driver.freePinned(b.start()));
        }
        pinned.clear();
        if (failure != null) throw failure;
    }

    private static RuntimeException attempt(RuntimeException before, Runnable action) {
        try {
            action.run();
            return before;
        } catch (RuntimeException e) {
            if (before == null) return e;
            before.addSuppressed(e);
            return before;
        }
    }

    DeviceDriver driver() {
        return driver;
    }

    void release(DeviceRegion region) {
        Placement placement = regions.remove(region);
        live -= region.bytes();
        RuntimeException failure = attempt(null, driver::synchronize);
        if (failure == null && settings.guards()) {
            failure = attempt(null, () -> {
                Optional<String> damage = guards.damage(region.start(), region.bytes());
                if (damage.isPresent()) throw damaged(region, damage.get());
            });
        }
        if (settings.poison() && failure == null)
            failure = attempt(null, () -> driver.fill(region.start(), region.bytes(), (byte) 0xff));
        failure = attempt(failure, () -> vacate(placement));
        if (failure != null) throw failure;
    }

    void release(PinnedBuffer buffer) {
        pinned.remove(buffer);
        RuntimeException failure = attempt(null, driver::synchronize);
        failure = attempt(failure, () -> driver.freePinned(buffer.start()));
        if (failure != null) throw failure;
    }

    private Placement place(String purpose, long bytes, long size, boolean forValues) {
        if (!settings.raw()) {
            for (Block block : blocks) {
                long offset = block.take(size);
                if (offset >= 0) return new Placement(block, offset, size, forValues);
            }
        }
        Block block = newBlock(purpose, bytes, size);
        blocks.add(block);
        heldPeak = Math.max(heldPeak, held());
        return new Placement(block, block.take(size), size, forValues);
    }

    private Block newBlock(String purpose, long bytes, long size) {
        long allowed = settings.limit() == 0 ? Long.MAX_VALUE : settings.limit() - held();
        if (size > allowed) throw outOfMemory(purpose, bytes, "the limit is " + Bytes.text(settings.limit()), null);
        long wanted = settings.raw() ? size : Math.min(Math.max(size, settings.blockBytes()), allowed);
        wanted = Math.max(size, wanted / ALIGNMENT * ALIGNMENT); // raw: as it is
        long address = driver.allocate(wanted);
        if (address == DeviceDriver.REFUSED && wanted > size) {
            wanted = size;
            address = driver.allocate(wanted);
        }
        if (address == DeviceDriver.REFUSED) throw outOfMemory(purpose, bytes, "the device gives no more", null);
        if (address % ALIGNMENT != 0) {
            driver.free(address);
            throw new DeviceException("the device gave memory at 0x" + Long.toHexString(address)
                    + ", which is no multiple of " + ALIGNMENT + "; this driver cannot be used");
        }
        return new Block(address, wanted);
    }

    /** Makes a place free again; a block that nothing lies in goes back to the device. */
    private void vacate(Placement placement) {
        placement.block().giveBack(placement.offset(), placement.size());
        if (!placement.block().isEmpty()) return;
        blocks.remove(placement.block());
        driver.free(placement.block().address());
    }

    private DeviceMemoryException outOfMemory(String purpose, long bytes, String reason, Throwable cause) {
        MemoryReport now = report();
        long free = driver.freeBytes();
        boolean limited = settings.limit() != 0 && settings.limit() < now.held() + free;
        long total = driver.totalBytes(), others = Math.max(0, total - free - now.held());
        boolean crowded = !limited && others > total / CROWDED;
        return new DeviceMemoryException(
                "the device has no " + Bytes.text(bytes) + " for the " + purpose + ": " + reason + "; live "
                        + Bytes.text(now.live()) + " (" + MemoryReport.text(now.byPurpose()) + "), held "
                        + Bytes.text(now.held()) + " with a largest free piece of " + Bytes.text(largestFree())
                        + ", free on the device " + Bytes.text(free) + " of " + Bytes.text(total)
                        + (crowded ? ", " + Bytes.text(others) + " of which other programs hold" : "")
                        + remedy(limited, crowded),
                bytes,
                liveForValues() + room(free),
                cause);
    }

    private static String remedy(boolean limited, boolean crowded) {
        if (limited) return "; use a smaller batch or a higher limit";
        if (crowded) {
            return "; end them (nvidia-smi lists them), choose another device with --device, or use a smaller batch";
        }
        return "; use a smaller batch, or end other programs on this device";
    }

    private static DeviceException damaged(DeviceRegion region, String damage) {
        return new DeviceException("the memory around " + region + " was overwritten: " + damage
                + "; a kernel writes out of its bounds, run the program under compute-sanitizer to find it");
    }

    private long held() {
        return blocks.stream().mapToLong(Block::bytes).sum();
    }

    /** The next multiple of {@link #ALIGNMENT}, for what lies behind so many bytes. */
    public static long aligned(long bytes) {
        return Math.addExact(bytes, ALIGNMENT - 1) & -ALIGNMENT;
    }

    private void requireOpen() {
        if (closed) throw new IllegalStateException("the device memory is closed");
    }
}
