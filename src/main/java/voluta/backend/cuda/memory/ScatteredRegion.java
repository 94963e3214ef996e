package voluta.backend.cuda.memory;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import voluta.backend.DeviceException;

/**
 * A region of which each part is a device allocation of its own, made when it is first asked for: what reaches past a
 * value then reaches nothing, where in one allocation it would reach the next value. Parts of the same offset and size are
 * the same; two parts that overlap otherwise share no byte, which is right for values that are never live together.
 */
final class ScatteredRegion implements DeviceMemory {
    /** Which bytes of the region a part stands for. */
    private record Range(long offset, long bytes) {}

    private final DeviceMemoryManager owner;
    private final String purpose;
    private final long bytes;
    private final Map<Range, DeviceRegion> parts = new LinkedHashMap<>();
    /** What new parts are filled with; empty where their content does not matter. */
    private OptionalInt content = OptionalInt.of(0);

    private boolean closed;

    ScatteredRegion(DeviceMemoryManager owner, String purpose, long bytes) {
        this.owner = owner;
        this.purpose = purpose;
        this.bytes = bytes;
    }

    @Override
    public String purpose() {
        return purpose;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public long address(long offset, long size) {
        requireOpen();
        if (offset < 0 || size < 0 || offset > bytes - size)
            throw new IllegalArgumentException(
                    "bytes " + offset + " to " + (offset + size) + " of " + purpose + ", which has " + bytes);
        return parts.computeIfAbsent(
                        new Range(offset, size),
                        r -> owner.allocatePart(purpose, purpose + "+" + r.offset, r.bytes, content))
                .address();
    }

    @Override
    public boolean contiguous() {
        return false;
    }

    @Override
    public void fill(byte value) {
        requireOpen();
        content = OptionalInt.of(value);
        parts.values().forEach(p -> p.fill(value));
    }

    @Override
    public void leaveUndefined() {
        content = OptionalInt.empty();
    }

    @Override
    public void close() {
        requireOpen();
        closed = true;
        DeviceException first = null;
        for (DeviceRegion part : parts.values()) {
            try {
                part.close();
            } catch (DeviceException e) {
                if (first == null) first = e;
                else first.addSuppressed(e);
            }
        }
        parts.clear();
        if (first != null) throw first;
    }

    private void requireOpen() {
        if (closed) throw new IllegalStateException("the memory for " + purpose + " (" + bytes + " bytes) is closed");
    }
}
