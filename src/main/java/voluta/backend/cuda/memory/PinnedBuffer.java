package voluta.backend.cuda.memory;

import java.nio.ByteBuffer;
import voluta.backend.HostBuffer;

/** Page-locked host memory: the device copies from and to it without a detour. */
public final class PinnedBuffer implements HostBuffer {
    private final DeviceMemoryManager owner;
    private final String purpose;
    private final long address;
    private final ByteBuffer bytes;
    private boolean closed;

    PinnedBuffer(DeviceMemoryManager owner, String purpose, long address, ByteBuffer bytes) {
        this.owner = owner;
        this.purpose = purpose;
        this.address = address;
        this.bytes = bytes;
    }

    public String purpose() {
        return purpose;
    }

    /** Where it begins in host memory, for asynchronous copies. */
    public long address() {
        requireOpen();
        return address;
    }

    /** The whole buffer. Whoever keeps it must not touch it after {@link #close}: the memory is gone then. */
    @Override
    public ByteBuffer bytes() {
        requireOpen();
        return bytes;
    }

    /**
     * Waits for the device and gives the memory back.
     *
     * @throws IllegalStateException if it was closed before
     */
    @Override
    public void close() {
        requireOpen();
        closed = true;
        owner.release(this);
    }

    long start() {
        return address;
    }

    long size() {
        return bytes.capacity();
    }

    void invalidate() {
        closed = true;
    }

    private void requireOpen() {
        if (closed) throw new IllegalStateException("the pinned buffer for " + purpose + " is closed");
    }

    @Override
    public String toString() {
        return purpose + " (" + size() + " bytes of pinned host memory)";
    }
}
