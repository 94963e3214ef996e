package voluta.backend.cuda.memory;

import java.nio.ByteBuffer;

/**
 * What the memory manager needs of a device. Every call waits until it is done. Addresses are the device's; failures
 * other than a lack of memory are thrown as {@link voluta.backend.DeviceException}.
 */
public interface DeviceDriver {
    /** What {@link #allocate} and {@link #allocatePinned} return where there is not enough memory. */
    long REFUSED = 0;

    /** The address of {@code bytes} new bytes, or {@link #REFUSED}. */
    long allocate(long bytes);

    /** Gives back what {@link #allocate} returned. */
    void free(long address);

    /** Sets bytes; the caller vouches for the range. */
    void fill(long address, long bytes, byte value);

    /** Copies from the device; the caller vouches for the range. */
    void read(long address, byte[] into);

    /** Bytes that the device could still give. */
    long freeBytes();

    /** Bytes of the device in all. */
    long totalBytes();

    /** Waits until the device has done all work that it was given, so that memory may be used for something else. */
    void synchronize();

    /** The address of {@code bytes} bytes of host memory that the device copies from and to directly, or {@link #REFUSED}. */
    long allocatePinned(long bytes);

    /** A view of memory that {@link #allocatePinned} returned, at most 2 GiB, in native byte order. */
    ByteBuffer pinnedBytes(long address, long bytes);

    /** Gives back what {@link #allocatePinned} returned. */
    void freePinned(long address);
}
