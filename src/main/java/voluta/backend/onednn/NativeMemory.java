package voluta.backend.onednn;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import voluta.backend.DeviceMemoryException;
import voluta.backend.MemoryAccount;
import voluta.backend.MemoryRegion;
import voluta.backend.Slice;
import voluta.tensor.Bytes;

/** An owned, page-aligned, zero-filled piece of memory outside the Java heap. */
final class NativeMemory implements MemoryRegion {
    private static final long ALIGNMENT = 4096;
    private static final long WINDOW = 1 << 30;

    private final String purpose;
    private final long size;
    private final MemoryAccount account;
    private final Pointer allocation;
    private final long address;
    /** Over the last part that {@link #getFloat} read from. */
    private ByteBuffer window;

    private long windowStart;
    private boolean closed;

    NativeMemory(String purpose, long bytes, MemoryAccount account) {
        this.purpose = purpose;
        this.size = bytes;
        this.account = account;
        account.take(purpose, bytes);
        Pointer p = Pointer.calloc(1, bytes + ALIGNMENT);
        if (p == null || p.isNull()) {
            account.giveBack(bytes);
            throw new DeviceMemoryException(
                    "the system has no " + Bytes.text(bytes) + " of memory for the " + purpose + " (live already: "
                            + Bytes.text(account.live()) + "); use a smaller batch",
                    bytes,
                    DeviceMemoryException.UNKNOWN,
                    null);
        }
        allocation = p;
        address = (p.address() + ALIGNMENT - 1) & -ALIGNMENT;
    }

    long address() {
        if (closed) throw new IllegalStateException("the memory for " + purpose + " is closed");
        return address;
    }

    @Override
    public String purpose() {
        return purpose;
    }

    @Override
    public long bytes() {
        return size;
    }

    @Override
    public void fill(byte value) {
        Pointer.memset(new Raw(address(), size), value & 0xff, size);
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        window = null;
        Pointer.free(allocation);
        account.giveBack(size);
    }

    /** The address of a slice. */
    static long address(Slice s) {
        return ((NativeMemory) s.region()).address() + s.offset();
    }

    /** The number at the beginning of a slice. Allocates nothing where it is called again and again for near slices. */
    static float getFloat(Slice s) {
        return ((NativeMemory) s.region()).getFloat(s.offset());
    }

    private float getFloat(long offset) {
        if (window == null || offset < windowStart || offset + Float.BYTES > windowStart + window.capacity()) {
            windowStart = offset & -ALIGNMENT;
            window = buffer(address() + windowStart, Math.min(WINDOW, size - windowStart));
        }
        return window.getFloat((int) (offset - windowStart));
    }

    /** A buffer over memory that somebody else owns; at most 2 GiB. */
    static ByteBuffer buffer(long address, long bytes) {
        return new BytePointer(new Raw(address, bytes))
                .capacity(bytes)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    /** A pointer to an address that somebody else owns. */
    static Pointer at(long address, long bytes) {
        return new Raw(address, bytes);
    }

    private static final class Raw extends Pointer {
        Raw(long address, long bytes) {
            this.address = address;
            this.limit = bytes;
            this.capacity = bytes;
        }
    }
}
