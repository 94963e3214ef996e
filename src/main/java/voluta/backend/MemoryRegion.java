package voluta.backend;

/** One allocation of a backend, zero-filled at first (see {@link #leaveUndefined}), aligned to at least 256 bytes. Its owner closes it. */
public interface MemoryRegion extends AutoCloseable {
    /** What it is for: {@code parameters}, {@code arena}, ... */
    String purpose();

    long bytes();

    /** Sets every byte; used to clear, and in tests to poison. */
    void fill(byte value);

    /** Says that the content does not matter until it is written; finders of errors may then watch for what reads it before. */
    default void leaveUndefined() {}

    @Override
    void close();
}
