package voluta.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A row-major array in host memory, native byte order: what goes into a session and what comes out of it. The element
 * type may differ from the value's (an F64 host tensor can be written to an F32 value; the backend converts, and the
 * reference keeps all digits).
 */
public final class HostTensor {
    private final TensorType type;
    private final ByteBuffer bytes;

    private HostTensor(TensorType type, ByteBuffer bytes) {
        this.type = type;
        this.bytes = bytes;
    }

    /** A tensor of zeros in memory outside the Java heap; at most 2 GiB. */
    public static HostTensor zeros(TensorType type) {
        long n = type.plainBytes();
        if (n > Integer.MAX_VALUE)
            throw new VolutaException("a tensor in host memory holds at most 2 GiB, " + type + " needs " + Bytes.text(n)
                    + "; make the layer or the batch smaller");
        return new HostTensor(type, ByteBuffer.allocateDirect((int) n).order(ByteOrder.nativeOrder()));
    }

    /**
     * A tensor over existing bytes (not copied), native order: the whole buffer, whatever its position and limit, which
     * must have a capacity of exactly {@code type.plainBytes()}.
     */
    public static HostTensor over(TensorType type, ByteBuffer bytes) {
        if (bytes.capacity() != type.plainBytes()) {
            throw new VolutaException(
                    type + " needs " + type.plainBytes() + " bytes, the buffer has " + bytes.capacity());
        }
        // Whoever filled the buffer left its position at the end; what counts here are all of its bytes.
        return new HostTensor(type, bytes.duplicate().clear().order(ByteOrder.nativeOrder()));
    }

    /** An F32 tensor with these values in row-major order. */
    public static HostTensor f32(Shape shape, float... values) {
        HostTensor t = zeros(TensorType.f32(shape));
        check(t, values.length);
        t.bytes.asFloatBuffer().put(values);
        return t;
    }

    /** An F64 tensor with these values in row-major order. */
    public static HostTensor f64(Shape shape, double... values) {
        HostTensor t = zeros(new TensorType(DType.F64, shape));
        check(t, values.length);
        t.bytes.asDoubleBuffer().put(values);
        return t;
    }

    /** An I32 tensor with these values in row-major order. */
    public static HostTensor i32(Shape shape, int... values) {
        HostTensor t = zeros(new TensorType(DType.I32, shape));
        check(t, values.length);
        t.bytes.asIntBuffer().put(values);
        return t;
    }

    /** An I64 tensor with these values in row-major order. */
    public static HostTensor i64(Shape shape, long... values) {
        HostTensor t = zeros(new TensorType(DType.I64, shape));
        check(t, values.length);
        t.bytes.asLongBuffer().put(values);
        return t;
    }

    /** A U8 tensor with these values in row-major order. */
    public static HostTensor u8(Shape shape, byte... values) {
        HostTensor t = zeros(new TensorType(DType.U8, shape));
        check(t, values.length);
        t.bytes.duplicate().put(values);
        return t;
    }

    private static void check(HostTensor t, int n) {
        if (t.type.elements() != n)
            throw new VolutaException(t.type + " has " + t.type.elements() + " elements, got " + n + " values");
    }

    public TensorType type() {
        return type;
    }

    public Shape shape() {
        return type.shape();
    }

    /** All bytes, position 0, native order. A view: writing to it writes to the tensor. */
    public ByteBuffer bytes() {
        return bytes.duplicate().order(ByteOrder.nativeOrder());
    }

    /** The same tensor if its bytes lie outside the Java heap, where native code finds them; else a copy that does. */
    public HostTensor direct() {
        if (bytes.isDirect()) return this;
        HostTensor copy = zeros(type);
        copy.bytes().put(bytes());
        return copy;
    }

    /** Element {@code i} in row-major order, widened to double; U8 counts 0 to 255. */
    public double get(long i) {
        int k = Math.toIntExact(i);
        return switch (type.dtype()) {
            case F32 -> bytes.getFloat(4 * k);
            case F64 -> bytes.getDouble(8 * k);
            case BF16 -> Float.intBitsToFloat(bytes.getShort(2 * k) << 16);
            case F16 -> Half.toFloat(bytes.getShort(2 * k));
            case U8 -> bytes.get(k) & 0xff;
            case I32 -> bytes.getInt(4 * k);
            case I64 -> bytes.getLong(8 * k);
        };
    }

    /** Sets element {@code i} in row-major order; rounds to nearest even for BF16 and F16, truncates for integers. */
    public void set(long i, double v) {
        int k = Math.toIntExact(i);
        switch (type.dtype()) {
            case F32 -> bytes.putFloat(4 * k, (float) v);
            case F64 -> bytes.putDouble(8 * k, v);
            case BF16 -> bytes.putShort(2 * k, bf16((float) v));
            case F16 -> bytes.putShort(2 * k, Half.of((float) v));
            case U8 -> bytes.put(k, (byte) (int) v);
            case I32 -> bytes.putInt(4 * k, (int) v);
            case I64 -> bytes.putLong(8 * k, (long) v);
        }
    }

    /** The upper half of a float, rounded to nearest even; NaN stays NaN. */
    public static short bf16(float v) {
        int b = Float.floatToRawIntBits(v);
        if (Float.isNaN(v)) return (short) ((b >>> 16) | 0x40);
        return (short) ((b + 0x7fff + ((b >>> 16) & 1)) >>> 16);
    }

    /** All elements as floats, in row-major order. */
    public float[] toFloats() {
        float[] f = new float[Math.toIntExact(type.elements())];
        if (type.dtype() == DType.F32) bytes().asFloatBuffer().get(f);
        else for (int i = 0; i < f.length; i++) f[i] = (float) get(i);
        return f;
    }

    /** All elements as doubles, in row-major order. */
    public double[] toDoubles() {
        double[] d = new double[Math.toIntExact(type.elements())];
        if (type.dtype() == DType.F64) bytes().asDoubleBuffer().get(d);
        else for (int i = 0; i < d.length; i++) d[i] = get(i);
        return d;
    }

    /** The single element of a tensor with one element. */
    public double scalar() {
        if (type.elements() != 1) throw new VolutaException("expected one element, got " + type);
        return get(0);
    }

    /** Sets every element from {@code values}, converting to this tensor's element type. */
    public HostTensor fill(double... values) {
        check(this, values.length);
        for (int i = 0; i < values.length; i++) set(i, values[i]);
        return this;
    }

    @Override
    public String toString() {
        return "HostTensor " + type;
    }
}
