package voluta.backend.cuda.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** A device of a given size in the Java heap: checks every range and every address that comes back. */
final class HostMemoryDriver implements DeviceDriver {
    private static final long FIRST_ADDRESS = 0x7f00_0000_0000L;

    private final long capacity;
    private final TreeMap<Long, byte[]> device = new TreeMap<>();
    private final Map<Long, ByteBuffer> pinned = new HashMap<>();
    private long next = FIRST_ADDRESS;
    int deviceAllocations;
    int waits;
    /** Makes the next fill fail as a broken device would. */
    RuntimeException failNextFill;

    HostMemoryDriver(long capacity) {
        this.capacity = capacity;
    }

    @Override
    public long allocate(long bytes) {
        if (bytes > freeBytes()) return REFUSED;
        byte[] memory = new byte[Math.toIntExact(bytes)];
        Arrays.fill(memory, (byte) 0x5a); // as a real device: whatever was there before
        long address = next;
        next += (bytes + 511) / 256 * 256; // never adjacent: an access past the end is in no allocation
        device.put(address, memory);
        deviceAllocations++;
        return address;
    }

    @Override
    public void free(long address) {
        if (device.remove(address) == null) throw new AssertionError("freed what was not allocated: " + address);
    }

    @Override
    public void fill(long address, long bytes, byte value) {
        if (failNextFill != null) {
            RuntimeException e = failNextFill;
            failNextFill = null;
            throw e;
        }
        int from = offset(address, bytes);
        Arrays.fill(device.floorEntry(address).getValue(), from, from + (int) bytes, value);
    }

    @Override
    public void read(long address, byte[] into) {
        System.arraycopy(device.floorEntry(address).getValue(), offset(address, into.length), into, 0, into.length);
    }

    /** What a kernel does. */
    void write(long address, byte value) {
        device.floorEntry(address).getValue()[offset(address, 1)] = value;
    }

    byte read(long address) {
        byte[] one = new byte[1];
        read(address, one);
        return one[0];
    }

    private int offset(long address, long bytes) {
        Map.Entry<Long, byte[]> entry = device.floorEntry(address);
        if (entry == null || address + bytes > entry.getKey() + entry.getValue().length)
            throw new AssertionError("access outside of every allocation: " + address + "+" + bytes);
        return (int) (address - entry.getKey());
    }

    @Override
    public long freeBytes() {
        return capacity - heldBytes();
    }

    long heldBytes() {
        return device.values().stream().mapToLong(m -> m.length).sum();
    }

    int liveAllocations() {
        return device.size();
    }

    int livePinned() {
        return pinned.size();
    }

    @Override
    public long totalBytes() {
        return capacity;
    }

    @Override
    public void synchronize() {
        waits++;
    }

    @Override
    public long allocatePinned(long bytes) {
        if (bytes > capacity) return REFUSED;
        long address = next;
        next += (bytes + 4095) / 4096 * 4096;
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
        buffer.put(0, (byte) 1);
        pinned.put(address, buffer);
        return address;
    }

    @Override
    public ByteBuffer pinnedBytes(long address, long bytes) {
        return pinned.get(address);
    }

    @Override
    public void freePinned(long address) {
        if (pinned.remove(address) == null) throw new AssertionError("freed what was not pinned: " + address);
    }
}
