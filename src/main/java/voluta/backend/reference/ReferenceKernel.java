package voluta.backend.reference;

import voluta.backend.Layout;
import voluta.backend.PreparedKernel;
import voluta.tensor.TensorType;

/**
 * A node's computation with the number of doubles it leaves as context.
 *
 * @param contextElements 0 for most ops
 * @param computation what runs
 */
record ReferenceKernel(long contextElements, Computation computation) implements PreparedKernel {
    /** Every value of every type as row-major doubles. */
    static final Layout DOUBLES = new Doubles();

    private record Doubles() implements Layout {
        @Override
        public long bytes(TensorType type) {
            return Math.multiplyExact(8, type.elements());
        }

        @Override
        public String describe() {
            return "f64 plain";
        }
    }

    ReferenceKernel(Computation computation) {
        this(0, computation);
    }

    @Override
    public String implementation() {
        return "java:f64";
    }

    @Override
    public Layout inputLayout(int i) {
        return DOUBLES;
    }

    @Override
    public Layout outputLayout(int i) {
        return DOUBLES;
    }

    @Override
    public long contextBytes() {
        return 8 * contextElements;
    }
}
