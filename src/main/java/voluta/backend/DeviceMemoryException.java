package voluta.backend;

/** Memory that a backend could not provide: bytes asked, live, and what would help. */
public final class DeviceMemoryException extends DeviceException {
    private static final long serialVersionUID = 1L;

    private final long asked;

    public DeviceMemoryException(String message, long asked, Throwable cause) {
        super(message, cause);
        this.asked = asked;
    }

    /** Bytes that were asked for. */
    public long asked() {
        return asked;
    }
}
