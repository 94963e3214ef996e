package voluta.tensor;

import java.util.Arrays;

/** The dimensions of a value, outermost first; a scalar has rank 0. Immutable. Every dimension is at least 1. */
public final class Shape {
    /** The shape of a single number. */
    public static final Shape SCALAR = new Shape();

    private final long[] dims;
    private final long elements;

    private Shape(long... dims) {
        this.dims = dims;
        long n = 1;
        for (long d : dims) {
            if (d < 1) throw new ShapeException("a dimension must be at least 1, got " + Arrays.toString(dims));
            try {
                n = Math.multiplyExact(n, d);
            } catch (ArithmeticException e) {
                throw new ShapeException("the shape " + Arrays.toString(dims)
                        + " has more than 2^63 elements; make one of its dimensions smaller");
            }
        }
        this.elements = n;
    }

    /** The shape with these dimensions, outermost first. */
    public static Shape of(long... dims) {
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    public int rank() {
        return dims.length;
    }

    /** The size of dimension {@code i}; negative indices count from the end, as in -1 for the innermost. */
    public long dim(int i) {
        return dims[i < 0 ? i + dims.length : i];
    }

    /** The size of dimension {@code i} as an int; negative indices count from the end. */
    public int size(int i) {
        return Math.toIntExact(dim(i));
    }

    /** The number of elements: the product of all dimensions, 1 for a scalar. */
    public long elements() {
        return elements;
    }

    /** A copy of the dimensions. */
    public long[] dims() {
        return dims.clone();
    }

    /** The same shape with dimension {@code i} replaced. */
    public Shape with(int i, long size) {
        long[] d = dims.clone();
        d[i < 0 ? i + d.length : i] = size;
        return new Shape(d);
    }

    /** The product of dimensions {@code from} (inclusive) to {@code to} (exclusive); 1 if the range is empty. */
    public long product(int from, int to) {
        long n = 1;
        for (int i = from; i < to; i++) n *= dims[i];
        return n;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Shape s && Arrays.equals(dims, s.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** For instance {@code [128,3,32,32]}; {@code []} for a scalar. */
    @Override
    public String toString() {
        return Arrays.toString(dims).replace(" ", "");
    }
}
