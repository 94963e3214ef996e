package voluta.session;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import voluta.backend.Backend;
import voluta.backend.DeviceException;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
import voluta.backend.Footprint;
import voluta.backend.HostBuffer;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.MemoryRegion;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.PreparedKernel;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Support;
import voluta.graph.Op;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** A backend that computes nothing, but knows what it gave out and has not got back; some of it fails on request. */
final class CountingBackend implements Backend {
    /** What was given out and is not closed yet, in words. */
    final List<String> open = new ArrayList<>();
    /** Begins the words of what cannot be made. */
    String refused = "nothing";
    /** Begins the words of what says an error when it is closed; it is closed all the same. */
    String stuck = "nothing";

    private <T> T given(String what, T thing) {
        if (what.startsWith(refused)) throw new DeviceException("no " + what);
        open.add(what);
        return thing;
    }

    private void close(String what) {
        if (!open.remove(what)) throw new AssertionError(what + " is closed twice");
        if (what.startsWith(stuck)) throw new DeviceException(what + " is stuck");
    }

    @Override
    public String name() {
        return "counting";
    }

    @Override
    public String device() {
        return "no device";
    }

    @Override
    public Support supports(Op op, List<TensorType> inputs, Precision precision) {
        return Support.YES;
    }

    @Override
    public PreparedKernel prepare(Preparation p) {
        return kernel("kernel " + p.node().path());
    }

    private PreparedKernel kernel(String what) {
        return given(what, new PreparedKernel() {
            @Override
            public String implementation() {
                return what;
            }

            @Override
            public Layout inputLayout(int i) {
                return Layouts.PLAIN;
            }

            @Override
            public Layout outputLayout(int i) {
                return Layouts.PLAIN;
            }

            @Override
            public boolean reads(int input) {
                return true;
            }

            @Override
            public OptionalInt mayOverwrite(int output) {
                return OptionalInt.empty();
            }

            @Override
            public long contextBytes() {
                return 0;
            }

            @Override
            public long scratchBytes() {
                return 0;
            }

            @Override
            public void close() {
                CountingBackend.this.close(what);
            }
        });
    }

    @Override
    public PreparedKernel reorder(TensorType type, Layout from, Layout to) {
        return kernel("reorder");
    }

    @Override
    public int rowsPerPass(int batch, Footprint footprint, Precision precision) {
        return 1;
    }

    @Override
    public Layout plain() {
        return Layouts.PLAIN;
    }

    @Override
    public long available() {
        return Long.MAX_VALUE;
    }

    @Override
    public MemoryRegion allocate(String purpose, long bytes) {
        String what = "region " + purpose;
        return given(what, new MemoryRegion() {
            @Override
            public String purpose() {
                return purpose;
            }

            @Override
            public long bytes() {
                return bytes;
            }

            @Override
            public void fill(byte value) {}

            @Override
            public void close() {
                CountingBackend.this.close(what);
            }
        });
    }

    @Override
    public HostBuffer allocateHost(String purpose, long bytes) {
        HostBuffer memory = HostBuffer.direct(purpose, bytes);
        String what = "host buffer " + purpose;
        return given(what, new HostBuffer() {
            @Override
            public java.nio.ByteBuffer bytes() {
                return memory.bytes();
            }

            @Override
            public void close() {
                CountingBackend.this.close(what);
            }
        });
    }

    @Override
    public void write(Slice target, TensorType type, Layout layout, HostTensor from) {}

    @Override
    public void read(Slice source, TensorType type, Layout layout, HostTensor into) {}

    @Override
    public Executable compile(Program program, ExecutionMode mode) {
        boolean reorder = program.steps().stream().anyMatch(s -> s.node() == null);
        String what = reorder ? "gathering" : program.feeds().isEmpty() ? "prologue" : "step";
        return given(what, new Executable() {
            @Override
            public void run(int slot) {}

            @Override
            public void run(int slot, StepListener listener) {}

            @Override
            public void close() {
                CountingBackend.this.close(what);
            }
        });
    }

    @Override
    public void close() {}
}
