package voluta.backend.cuda.memory;

import voluta.backend.MemoryRegion;

/** A region whose parts have addresses. */
public interface DeviceMemory extends MemoryRegion {
    /**
     * Where so many bytes of the region lie on the device: a multiple of 256 if {@code offset} is one. In {@linkplain
     * MemorySettings#raw raw mode} each part that is asked for is an allocation of its own.
     */
    long address(long offset, long bytes);

    /** Whether parts that follow each other do so on the device too. */
    boolean contiguous();
}
