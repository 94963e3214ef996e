package voluta.session;

import voluta.backend.Backend;
import voluta.backend.Layout;
import voluta.backend.Slice;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Reads one output again and again into the same tensor. Waits for the device. */
public final class OutputReader {
    private final Backend backend;
    private final Slice slice;
    private final TensorType type;
    private final Layout layout;
    private final HostTensor tensor;

    OutputReader(Backend backend, Slice slice, TensorType type, Layout layout) {
        this.backend = backend;
        this.slice = slice;
        this.type = type;
        this.layout = layout;
        this.tensor = HostTensor.zeros(type);
    }

    /** The output's content after the last run; the same tensor each time. */
    public HostTensor read() {
        backend.read(slice, type, layout, tensor);
        return tensor;
    }

    /** The output's single element. */
    public double scalar() {
        return read().get(0);
    }
}
