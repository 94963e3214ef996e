package voluta.backend.reference;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.CpuThreads;
import voluta.backend.DeviceMemoryException;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
import voluta.backend.HostBuffer;
import voluta.backend.Layout;
import voluta.backend.MemoryAccount;
import voluta.backend.MemoryRegion;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.PreparedKernel;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Support;
import voluta.graph.Op;
import voluta.tensor.Bytes;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Plain Java in double. Precision is ignored: everything is computed and kept in double. */
final class ReferenceBackend implements Backend {
    private final ReferenceTable table = new ReferenceTable();
    private final MemoryAccount account;
    private final int threads;
    /** Where steps run; null for the pool that all of Java shares, which has a thread for each core. */
    private final ForkJoinPool pool;

    ReferenceBackend(BackendOptions options) {
        threads = CpuThreads.of(options.threads());
        boolean shared =
                options.threads() == 0 && threads == Runtime.getRuntime().availableProcessors();
        pool = shared ? null : new ForkJoinPool(threads);
        account = MemoryAccount.of(options, Runtime.getRuntime().maxMemory(), "Java's heap");
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public String device() {
        return "plain Java in double precision, " + CpuThreads.text(threads);
    }

    @Override
    public Set<Precision> precisions() {
        return EnumSet.allOf(Precision.class);
    }

    @Override
    public Support supports(Op op, List<TensorType> inputs, Precision precision) {
        return table.has(op) ? Support.YES : Support.no("there is no reference kernel for " + op.name());
    }

    @Override
    public PreparedKernel prepare(Preparation p) {
        ReferenceKernel k = table.create(p.node());
        if (k == null) throw new IllegalStateException("no reference kernel for " + p.node());
        return k;
    }

    @Override
    public PreparedKernel reorder(TensorType type, Layout from, Layout to) {
        throw new IllegalStateException(
                "the reference has one layout, asked to bring " + type + " from " + from + " to " + to);
    }

    @Override
    public Layout plain() {
        return ReferenceKernel.DOUBLES;
    }

    @Override
    public long available() {
        return account.available();
    }

    @Override
    public MemoryRegion allocate(String purpose, long bytes) {
        return new Region(purpose, bytes, account);
    }

    @Override
    public HostBuffer allocateHost(String purpose, long bytes) {
        return HostBuffer.direct(purpose, bytes);
    }

    @Override
    public void write(Slice target, TensorType type, Layout layout, HostTensor from) {
        View v = view(target, type);
        for (int i = 0, n = v.size(); i < n; i++) v.set(i, from.get(i));
    }

    @Override
    public void read(Slice source, TensorType type, Layout layout, HostTensor into) {
        View v = view(source, type);
        for (int i = 0, n = v.size(); i < n; i++) into.set(i, v.get(i));
    }

    @Override
    public Executable compile(Program program, ExecutionMode mode) {
        return new ReferenceExecutable(program, pool);
    }

    static View view(Slice s, TensorType type) {
        return new View(((Region) s.region()).data, (int) (s.offset() / 8), type.shape());
    }

    @Override
    public void close() {
        if (pool != null) pool.shutdown();
    }

    private static final class Region implements MemoryRegion {
        private final String purpose;
        private final MemoryAccount account;
        private final double[] data;
        private final long size;
        private boolean closed;

        Region(String purpose, long bytes, MemoryAccount account) {
            this.purpose = purpose;
            this.account = account;
            this.size = bytes;
            account.take(purpose, bytes);
            try {
                data = new double[Math.toIntExact((bytes + 7) / 8)];
            } catch (OutOfMemoryError | ArithmeticException e) {
                account.giveBack(bytes);
                throw new DeviceMemoryException(
                        "Java's heap (" + Bytes.text(Runtime.getRuntime().maxMemory()) + ") has no "
                                + Bytes.text(bytes) + " for the " + purpose
                                + "; use a smaller batch, or give Java more memory with -Xmx",
                        bytes,
                        DeviceMemoryException.UNKNOWN,
                        e);
            }
        }

        @Override
        public String purpose() {
            return purpose;
        }

        @Override
        public long bytes() {
            return 8L * data.length;
        }

        @Override
        public void fill(byte value) {
            long b = value & 0xffL;
            java.util.Arrays.fill(data, Double.longBitsToDouble(b * 0x0101010101010101L));
        }

        @Override
        public void close() {
            if (closed) return;
            closed = true;
            account.giveBack(size);
        }
    }
}
