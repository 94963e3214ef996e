package voluta.tensor;

/**
 * What a value is: element type and shape.
 *
 * @param dtype the element type that the graph computes with; a layout may store it narrower
 * @param shape logical dimensions, N, C, (D,) (H,) W for images
 */
public record TensorType(DType dtype, Shape shape) {
    /** An F32 type of these dimensions. */
    public static TensorType f32(long... dims) {
        return new TensorType(DType.F32, Shape.of(dims));
    }

    /** An F32 type of this shape. */
    public static TensorType f32(Shape shape) {
        return new TensorType(DType.F32, shape);
    }

    /** An I32 type of these dimensions. */
    public static TensorType i32(long... dims) {
        return new TensorType(DType.I32, Shape.of(dims));
    }

    /** A U8 type of these dimensions. */
    public static TensorType u8(long... dims) {
        return new TensorType(DType.U8, Shape.of(dims));
    }

    public int rank() {
        return shape.rank();
    }

    /** The size of dimension {@code i}; negative indices count from the end. */
    public long dim(int i) {
        return shape.dim(i);
    }

    public long elements() {
        return shape.elements();
    }

    /**
     * Bytes of the plain row-major form.
     *
     * @throws ShapeException if they are 2^63 or more
     */
    public long plainBytes() {
        if (shape.elements() > Long.MAX_VALUE / dtype.bytes())
            throw new ShapeException(this + " has more than 2^63 bytes; make one of its dimensions smaller");
        return shape.elements() * dtype.bytes();
    }

    /** For instance {@code f32[128,3,32,32]}. */
    @Override
    public String toString() {
        return dtype.name().toLowerCase(java.util.Locale.ROOT) + shape;
    }
}
