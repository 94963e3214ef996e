package voluta.backend;

import voluta.tensor.TensorType;

/** Layouts that backends share. */
public final class Layouts {
    private Layouts() {}

    /** Row-major in the value's own element type: what host buffers hold. */
    public static final Layout PLAIN = new Plain();

    private record Plain() implements Layout {
        @Override
        public long bytes(TensorType type) {
            return type.plainBytes();
        }

        @Override
        public String describe() {
            return "plain";
        }
    }
}
