package voluta.conformance;

import java.util.List;
import java.util.Set;
import voluta.backend.Backend;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
import voluta.backend.HostBuffer;
import voluta.backend.Layout;
import voluta.backend.MemoryRegion;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.PreparedKernel;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.backend.Support;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Another backend with one wrong kernel: in watched runs, the first output of the node at {@code path} gets something added. */
record FaultyBackend(Backend good, String path, double added) implements Backend {
    @Override
    public Executable compile(Program program, ExecutionMode mode) {
        Executable inner = good.compile(program, mode);
        List<Step> steps = program.steps();
        return new Executable() {
            @Override
            public void run(int slot) {
                inner.run(slot);
            }

            @Override
            public void run(int slot, StepListener listener) {
                inner.run(slot, (i, nanos) -> {
                    if (steps.get(i).node() != null && steps.get(i).path().equals(path)) spoil(steps.get(i));
                    listener.after(i, nanos);
                });
            }

            @Override
            public void close() {
                inner.close();
            }
        };
    }

    /** Changes the middle element alone. */
    private void spoil(Step step) {
        Value v = step.node().output(0);
        Layout layout = step.kernel().outputLayout(0);
        HostTensor t = HostTensor.zeros(v.type());
        good.read(step.outputs().get(0), v.type(), layout, t);
        long middle = v.type().elements() / 2;
        t.set(middle, t.get(middle) + added);
        good.write(step.outputs().get(0), v.type(), layout, t);
    }

    @Override
    public String name() {
        return good.name();
    }

    @Override
    public String device() {
        return good.device();
    }

    @Override
    public Set<Precision> precisions() {
        return good.precisions();
    }

    @Override
    public Support supports(Op op, List<TensorType> inputs, Precision precision) {
        return good.supports(op, inputs, precision);
    }

    @Override
    public PreparedKernel prepare(Preparation preparation) {
        return good.prepare(preparation);
    }

    @Override
    public PreparedKernel reorder(TensorType type, Layout from, Layout to) {
        return good.reorder(type, from, to);
    }

    @Override
    public Layout plain() {
        return good.plain();
    }

    @Override
    public long available() {
        return good.available();
    }

    @Override
    public MemoryRegion allocate(String purpose, long bytes) {
        return good.allocate(purpose, bytes);
    }

    @Override
    public HostBuffer allocateHost(String purpose, long bytes) {
        return good.allocateHost(purpose, bytes);
    }

    @Override
    public void write(Slice target, TensorType type, Layout layout, HostTensor from) {
        good.write(target, type, layout, from);
    }

    @Override
    public void read(Slice source, TensorType type, Layout layout, HostTensor into) {
        good.read(source, type, layout, into);
    }

    @Override
    public void close() {
        good.close();
    }
}
