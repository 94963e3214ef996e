package voluta.backend;

/** A part of a region. Not closeable: there is nothing to leak. */
public record Slice(MemoryRegion region, long offset, long bytes) {}
