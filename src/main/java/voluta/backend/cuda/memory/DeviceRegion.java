package voluta.backend.cuda.memory;

/** A piece of device memory. */
public final class DeviceRegion implements DeviceMemory {
    private final DeviceMemoryManager owner;
    private final String purpose;
    private final String name;
    private final long address;
    private final long bytes;
    private boolean closed;

    /** @param name for messages: the purpose, or what part of it this is */
    DeviceRegion(DeviceMemoryManager owner, String purpose, String name, long address, long bytes) {
        this.owner = owner;
        this.purpose = purpose;
        this.name = name;
        this.address = address;
        this.bytes = bytes;
    }

    /** Where it begins on the device: a multiple of 256. */
    public long address() {
        requireOpen();
        return address;
    }

    @Override
    public long address(long offset, long size) {
        if (offset < 0 || size < 0 || offset > bytes - size)
            throw new IllegalArgumentException("bytes " + offset + " to " + (offset + size) + " of " + this);
        return address() + offset;
    }

    @Override
    public boolean contiguous() {
        return true;
    }

    @Override
    public String purpose() {
        return purpose;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    /** Sets every byte, and waits for it. */
    @Override
    public void fill(byte value) {
        requireOpen();
        owner.driver().fill(address, bytes, value);
    }

    /**
     * Waits for the device and gives the memory back.
     *
     * @throws IllegalStateException if it was closed before
     * @throws voluta.backend.DeviceException if guard bands are on and something wrote into them; it is closed all the
     *     same
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

    /** Called where the manager takes the memory away. */
    void invalidate() {
        closed = true;
    }

    private void requireOpen() {
        if (closed) throw new IllegalStateException("the memory for " + name + " (" + bytes + " bytes) is closed");
    }

    @Override
    public String toString() {
        return name + " (" + bytes + " bytes at 0x" + Long.toHexString(address) + ")";
    }
}
