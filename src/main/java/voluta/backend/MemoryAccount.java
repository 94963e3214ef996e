package voluta.backend;

import voluta.tensor.Bytes;

/**
 * Counts the bytes of a backend's live regions and refuses what would go beyond a limit. Every backend has one and asks
 * it before each allocation. Not thread-safe, as backends are not.
 */
public final class MemoryAccount {
    private final long limit;
    private final String limitName;
    private long live;

    private MemoryAccount(long limit, String limitName) {
        this.limit = limit;
        this.limitName = limitName;
    }

    /**
     * An account with the user's limit, or without one with the device's.
     *
     * @param device bytes that the device has, for instance all memory of the machine
     * @param deviceName what that is, to be read after "of": {@code "this machine's memory"}
     */
    public static MemoryAccount of(BackendOptions options, long device, String deviceName) {
        if (options.memoryLimit() > 0) return new MemoryAccount(options.memoryLimit(), "the memory limit");
        return new MemoryAccount(device, deviceName);
    }

    /** Bytes that regions may take in all. */
    public long limit() {
        return limit;
    }

    /** Bytes that regions may still take. */
    public long available() {
        return Math.max(0, limit - live);
    }

    /** Bytes of the regions that are open. */
    public long live() {
        return live;
    }

    /**
     * Counts a region that is about to be made; whoever closes it, or fails to make it, {@linkplain #giveBack gives the
     * bytes back}.
     *
     * @throws DeviceMemoryException if that would be more than the limit; nothing is counted then
     */
    public void take(String purpose, long bytes) {
        if (bytes > limit - live) {
            throw new DeviceMemoryException(
                    "the " + purpose + " needs " + Bytes.text(bytes) + ", but only " + Bytes.text(limit - live)
                            + " of " + limitName + " (" + Bytes.text(limit)
                            + ") are left; use a smaller batch or a higher limit",
                    bytes,
                    limit,
                    null);
        }
        live += bytes;
    }

    /** Counts a region as gone. */
    public void giveBack(long bytes) {
        live -= bytes;
    }
}
