package voluta.backend.reference;

import voluta.tensor.Shape;

/**
 * A value in the reference's memory: row-major doubles from {@code offset} on.
 *
 * @param data the region's array
 * @param offset index of the first element
 * @param shape the value's shape
 */
record View(double[] data, int offset, Shape shape) {
    double get(long i) {
        return data[offset + (int) i];
    }

    void set(long i, double v) {
        data[offset + (int) i] = v;
    }

    void add(long i, double v) {
        data[offset + (int) i] += v;
    }

    int size() {
        return (int) shape.elements();
    }

    int dim(int i) {
        return shape.size(i);
    }

    void fill(double v) {
        java.util.Arrays.fill(data, offset, offset + size(), v);
    }
}
