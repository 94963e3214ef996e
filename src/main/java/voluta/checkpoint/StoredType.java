package voluta.checkpoint;

import java.util.Arrays;
import java.util.stream.Collectors;
import voluta.tensor.DType;

/** The element types of a safetensors file that can be read, and what they become. F16 is only read, as F32. */
enum StoredType {
    F64(8, DType.F64),
    F32(4, DType.F32),
    F16(2, DType.F32),
    BF16(2, DType.BF16),
    I64(8, DType.I64),
    I32(4, DType.I32),
    U8(1, DType.U8);

    private final int bytes;
    private final DType dtype;

    StoredType(int bytes, DType dtype) {
        this.bytes = bytes;
        this.dtype = dtype;
    }

    /** Bytes of one element in the file. */
    int bytes() {
        return bytes;
    }

    /** The element type in memory. */
    DType dtype() {
        return dtype;
    }

    /** How an element type in memory is written: under the same name. */
    static StoredType of(DType dtype) {
        return valueOf(dtype.name());
    }

    /** The type with this name in the file, or null. */
    static StoredType parse(String name) {
        for (StoredType t : values()) if (t.name().equals(name)) return t;
        return null;
    }

    static String names() {
        return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    }
}
