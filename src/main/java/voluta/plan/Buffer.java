package voluta.plan;

import voluta.backend.Layout;
import voluta.graph.Value;
import voluta.tensor.TensorType;

/** A value's storage while it is being planned: layout first, lifetime next, place last. */
final class Buffer {
    final String name;
    final Value value;
    final TensorType type;
    Layout layout;
    RegionKind region;
    long bytes;
    /** The bytes that this buffer and those that view or overwrite it share. */
    Slot slot;

    int first = Integer.MAX_VALUE;
    int last = -1;
    Placement placement;

    Buffer(String name, Value value, TensorType type, Layout layout, RegionKind region) {
        this.name = name;
        this.value = value;
        this.type = type;
        this.region = region;
        if (layout != null) decide(layout);
    }

    /** Context or scratch: bytes without a type. */
    Buffer(String name, long bytes) {
        this(name, null, null, null, RegionKind.ARENA);
        this.bytes = bytes;
    }

    void decide(Layout layout) {
        this.layout = layout;
        this.bytes = layout.bytes(type);
    }

    /** Bytes with one lifetime; several buffers may share them. */
    static final class Slot {
        final String name;
        RegionKind region;
        long bytes;
        int first;
        int last;
        long offset;

        Slot(Buffer b) {
            name = b.name;
            region = b.region;
            bytes = b.bytes;
            first = b.first;
            last = b.last;
        }
    }
}
