package voluta.backend.cuda.memory;

/**
 * How device memory is handed out.
 *
 * @param limit device bytes that may be held in all, 0 for as many as the device gives
 * @param blockBytes what is asked of the device at a time, where a region does not need more
 * @param raw one device allocation for each value, exactly as large, so that NVIDIA's compute-sanitizer sees its bounds;
 *     takes more memory, since values that are not live together share less
 * @param guards bands around each allocation whose content is checked: finds writes past the ends
 * @param poison fills memory with 0xFF (NaN in f32, bf16 and f16) when it is freed: makes reads of freed memory visible
 */
public record MemorySettings(long limit, long blockBytes, boolean raw, boolean guards, boolean poison) {
    /** For everyday use. */
    public static final MemorySettings DEFAULT = new MemorySettings(0, 64L << 20, false, false, false);

    public MemorySettings {
        if (limit < 0 || blockBytes < DeviceMemoryManager.ALIGNMENT)
            throw new IllegalArgumentException("limit " + limit + ", blocks of " + blockBytes + " bytes");
    }

    public MemorySettings withLimit(long bytes) {
        return new MemorySettings(bytes, blockBytes, raw, guards, poison);
    }

    /** With or without an allocation for each value. */
    public MemorySettings withRaw(boolean on) {
        return new MemorySettings(limit, blockBytes, on, guards, poison);
    }

    /** With or without everything that finds errors of memory access. */
    public MemorySettings withChecks(boolean on) {
        return new MemorySettings(limit, blockBytes, on, on, on);
    }
}
