package voluta.backend.cuda.memory;

import java.util.Map;
import java.util.TreeMap;

/** One device allocation with the free ranges in it. Offsets are relative to its address. */
final class Block {
    private final long address;
    private final long bytes;
    /** Offset to size; neighbours are always merged. */
    private final TreeMap<Long, Long> free = new TreeMap<>();

    Block(long address, long bytes) {
        this.address = address;
        this.bytes = bytes;
        free.put(0L, bytes);
    }

    long address() {
        return address;
    }

    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return !free.isEmpty() && free.firstEntry().getValue() == bytes;
    }

    long largestFree() {
        return free.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** The lowest offset with so much room, or -1. */
    long take(long size) {
        for (Map.Entry<Long, Long> range : free.entrySet()) {
            if (range.getValue() < size) continue;
            long offset = range.getKey(), rest = range.getValue() - size;
            free.remove(offset);
            if (rest > 0) free.put(offset + size, rest);
            return offset;
        }
        return -1;
    }

    /** Makes a range that was taken free again. */
    void giveBack(long offset, long size) {
        Map.Entry<Long, Long> before = free.lowerEntry(offset + 1), after = free.higherEntry(offset);
        boolean overlaps = before != null && before.getKey() + before.getValue() > offset
                || after != null && offset + size > after.getKey()
                || offset < 0
                || offset + size > bytes;
        if (overlaps) throw new IllegalStateException("range " + offset + "+" + size + " was not taken");
        long start = offset, end = offset + size;
        if (before != null && before.getKey() + before.getValue() == start) start = before.getKey();
        if (after != null && after.getKey() == end) {
            end += after.getValue();
            free.remove(after.getKey());
        }
        free.put(start, end - start);
    }
}
