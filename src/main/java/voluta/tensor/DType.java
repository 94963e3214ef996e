package voluta.tensor;

/** The type of a value's elements as the graph sees them. Storage (for instance bf16 for an F32 value) is a layout's choice. */
public enum DType {
    F32(4, true),
    F64(8, true),
    BF16(2, true),
    F16(2, true),
    U8(1, false),
    I32(4, false),
    I64(8, false);

    private final int bytes;
    private final boolean floating;

    DType(int bytes, boolean floating) {
        this.bytes = bytes;
        this.floating = floating;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Its short name, for instance {@code bf16}. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Whether elements are floating-point numbers. */
    public boolean floating() {
        return floating;
    }
}
