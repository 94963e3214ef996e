package voluta.backend;

/** One allocation of a backend, zero-filled at first, aligned to at least 256 bytes. Its owner closes it. */
public interface MemoryRegion extends AutoCloseable {
    /** What it is for: {@code parameters}, {@code arena}, ... */
    String purpose();

    long bytes();

    /** Sets every byte; used to clear, and in tests to poison. */
    void fill(byte value);

    @Override
    void close();
}
