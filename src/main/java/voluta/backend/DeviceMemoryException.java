package voluta.backend;

import java.util.List;

/** Memory that a backend could not provide. Where a plan asked for it, {@link #details} says what the plan needs. */
public final class DeviceMemoryException extends DeviceException {
    private static final long serialVersionUID = 1L;

    /** In place of a limit that nobody knows. */
    public static final long UNKNOWN = 0;

    private final long asked;
    private final long limit;
    private final transient List<String> details;

    /**
     * A refused allocation.
     *
     * @param asked its bytes
     * @param limit bytes that the regions of those who ask may take in all, so far as they now could, or {@link #UNKNOWN}
     * @param cause what lies beneath, or null
     */
    public DeviceMemoryException(String message, long asked, long limit, Throwable cause) {
        this(message, asked, limit, List.of(), cause);
    }

    private DeviceMemoryException(String message, long asked, long limit, List<String> details, Throwable cause) {
        super(message, cause);
        this.asked = asked;
        this.limit = limit;
        this.details = details;
    }

    /** The same error, said by someone who knows what the memory was for. */
    public DeviceMemoryException explained(String message, List<String> lines) {
        return new DeviceMemoryException(message, asked, limit, List.copyOf(lines), this);
    }

    /** Bytes that were asked for. */
    public long asked() {
        return asked;
    }

    /** Bytes that all regions of those who ask might take, without what the backend needs itself, or {@link #UNKNOWN}. */
    public long limit() {
        return limit;
    }

    /** What the plan needs, line by line; empty where no plan asked. */
    public List<String> details() {
        return details == null ? List.of() : details;
    }
}
