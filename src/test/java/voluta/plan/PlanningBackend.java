package voluta.plan;

import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
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
import voluta.backend.Support;
import voluta.graph.Op;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** A backend that only prepares: its kernels have random wishes, so that plans can be checked without hardware. */
final class PlanningBackend implements Backend {
    record Named(String describe, int padding) implements Layout {
        @Override
        public long bytes(TensorType type) {
            return type.plainBytes() + padding;
        }

        @Override
        public boolean exact(TensorType type) {
            return !describe.equals("narrow");
        }
    }

    private static final List<Layout> LAYOUTS =
            List.of(new Named("plain", 0), new Named("blocked", 640), new Named("nhwc", 0), new Named("narrow", -16));

    private final Random random;

    PlanningBackend(long seed) {
        random = new Random(seed);
    }

    @Override
    public String name() {
        return "planning";
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
        int n = p.node().inputs().size();
        boolean chooses = random.nextBoolean();
        Layout[] in = new Layout[n];
        boolean[] reads = new boolean[n];
        for (int i = 0; i < n; i++) {
            Layout offered = p.offered().get(i);
            in[i] = chooses || offered == null ? any() : offered;
            reads[i] = random.nextInt(5) > 0;
        }
        Layout[] out = new Layout[p.node().outputs().size()];
        for (int o = 0; o < out.length; o++) {
            OptionalInt u = p.node().op().updates(o);
            out[o] = any();
            if (u.isPresent()) {
                if (!p.offered().get(u.getAsInt()).exact(p.node().output(o).type()))
                    throw new IllegalStateException(p.node().path() + " would round what it updates");
                in[u.getAsInt()] = out[o] = p.offered().get(u.getAsInt());
                reads[u.getAsInt()] = true;
            }
        }
        boolean view = out.length == 1
                && n == 1
                && p.node().op().updates(0).isEmpty()
                && !p.node().op().savesContext()
                && random.nextInt(4) == 0;
        if (view) {
            out[0] = in[0];
            reads[0] = true;
        }
        int overwritten = n > 0 && random.nextBoolean() ? random.nextInt(n) : -1;
        if (overwritten >= 0 && !reads[overwritten]) overwritten = -1;
        long context = p.node().op().savesContext() ? 100 + random.nextInt(3000) : 0;
        return new Kernel(in, out, reads, overwritten, view, context, random.nextInt(3) * 777L);
    }

    private Layout any() {
        return LAYOUTS.get(random.nextInt(LAYOUTS.size()));
    }

    @Override
    public PreparedKernel reorder(TensorType type, Layout from, Layout to) {
        return new Kernel(new Layout[] {from}, new Layout[] {to}, new boolean[] {true}, -1, false, 0, 0);
    }

    private record Kernel(
            Layout[] in,
            Layout[] out,
            boolean[] reads,
            int overwritten,
            boolean view,
            long contextBytes,
            long scratchBytes)
            implements PreparedKernel {
        @Override
        public String implementation() {
            return "none";
        }

        @Override
        public Layout inputLayout(int i) {
            return in[i];
        }

        @Override
        public Layout outputLayout(int i) {
            return out[i];
        }

        @Override
        public boolean reads(int i) {
            return reads[i];
        }

        @Override
        public OptionalInt mayOverwrite(int output) {
            return overwritten < 0 || output > 0 ? OptionalInt.empty() : OptionalInt.of(overwritten);
        }

        @Override
        public OptionalInt views(int output) {
            return view ? OptionalInt.of(0) : OptionalInt.empty();
        }
    }

    @Override
    public Layout plain() {
        return LAYOUTS.get(0);
    }

    @Override
    public long available() {
        return Long.MAX_VALUE;
    }

    @Override
    public MemoryRegion allocate(String purpose, long bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public HostBuffer allocateHost(String purpose, long bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void write(Slice target, TensorType type, Layout layout, HostTensor from) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void read(Slice source, TensorType type, Layout layout, HostTensor into) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Executable compile(Program program, ExecutionMode mode) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
