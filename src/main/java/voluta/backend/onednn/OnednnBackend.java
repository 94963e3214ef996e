package voluta.backend.onednn;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import voluta.backend.AlgorithmCache;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.CpuThreads;
import voluta.backend.DeviceException;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
import voluta.backend.Footprint;
import voluta.backend.HostBuffer;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.MemoryAccount;
import voluta.backend.MemoryRegion;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.PreparedKernel;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Support;
import voluta.graph.Op;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** oneDNN on this machine's processors. */
final class OnednnBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(OnednnBackend.class);

    private final InstructionSet instructions = InstructionSet.effective();
    private final OnednnContext context;
    private final CacheRows cacheRows;
    private final OnednnTable table = new OnednnTable();
    private final String device;
    private final MemoryAccount account;
    /** That what was asked for is not what is stored. */
    private boolean saidSo;

    OnednnBackend(BackendOptions options, String device) {
        int threads = CpuThreads.of(options.threads());
        require(threads);
        this.device = device;
        this.cacheRows = CacheRows.of(threads);
        this.account = MemoryAccount.of(options, machineMemory(), "this machine's memory");
        boolean measure = options.autotune() && !options.deterministic();
        this.context = new OnednnContext(
                threads,
                options.deterministic(),
                measure
                        ? Optional.of(new KernelTuning(
                                AlgorithmCache.of(System.getenv()), OnednnProvider.machine(threads), account))
                        : Optional.empty());
    }

    /** Refuses a number of threads that oneDNN would not keep to. */
    private static void require(int threads) {
        if (NativeKernels.takeThreads(threads) || threads == CpuThreads.of(0)) return;
        throw new DeviceException(threads + (threads == 1 ? " thread" : " threads")
                + " cannot be set here (" + NativeKernels.problem().orElse("")
                + "); set OMP_NUM_THREADS=" + threads + " instead of --threads");
    }

    @Override
    public String name() {
        return "onednn";
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public Support supports(Op op, List<TensorType> inputs, Precision precision) {
        return table.supports(op, inputs, stored(precision));
    }

    /** The precision that there are kernels for: f32 in place of bf16 where oneDNN does not train in it. */
    private Precision stored(Precision asked) {
        return asked == Precision.BF16 && !instructions.storesBf16() ? Precision.F32 : asked;
    }

    @Override
    public PreparedKernel prepare(Preparation asked) {
        Precision precision = stored(asked.precision());
        if (precision != asked.precision() && !saidSo) {
            LOG.warn(
                    "oneDNN does not train in bf16 with {}: activations stay f32, as with --precision f32",
                    instructions);
            saidSo = true;
        }
        Preparation p = new Preparation(asked.node(), asked.offered(), asked.forward(), precision, asked.training());
        context.takeThreads();
        try (PointerScope made = new PointerScope()) {
            OnednnKernel k = table.prepare(context, p);
            // views never run, and plans forget them
            return k.views(0).isPresent() ? k : k.owning(made.extend());
        } catch (RuntimeException e) {
            if (e instanceof DeviceException) throw e;
            throw new DeviceException(
                    p.node().path(),
                    p.node().source(),
                    "oneDNN cannot prepare " + p.node().op() + " for "
                            + p.node().inputTypes() + ": " + e.getMessage(),
                    e);
        }
    }

    @Override
    public PreparedKernel reorder(TensorType type, Layout from, Layout to) {
        context.takeThreads();
        try (PointerScope made = new PointerScope()) {
            return ReorderOnednn.prepare(context, type, from, to).owning(made.extend());
        }
    }

    @Override
    public Layout plain() {
        return Layouts.PLAIN;
    }

    /** Bytes of memory that this machine, or the container, has in all. */
    private static long machineMemory() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getTotalMemorySize();
    }

    @Override
    public long available() {
        return Math.min(account.available(), FreeMemory.bytes());
    }

    @Override
    public MemoryRegion allocate(String purpose, long bytes) {
        return new NativeMemory(purpose, bytes, account);
    }

    @Override
    public HostBuffer allocateHost(String purpose, long bytes) {
        return HostBuffer.direct(purpose, bytes);
    }

    @Override
    @SuppressWarnings("try") // the scope frees what is made within it
    public void write(Slice target, TensorType type, Layout layout, HostTensor from) {
        HostTensor plain = from.type().dtype() == type.dtype()
                ? from
                : HostTensor.zeros(type).fill(from.toDoubles());
        long bytes = type.plainBytes();
        try (PointerScope made = new PointerScope()) {
            Pointer host = new Pointer(plain.bytes());
            if (layout.equals(Layouts.PLAIN)) {
                Pointer.memcpy(NativeMemory.at(NativeMemory.address(target), bytes), host, bytes);
                return;
            }
            memory.desc d = context.desc(type, layout);
            long size = d.get_size();
            // what a blocked layout pads must be zero: flat kernels and blocked convolutions read it
            Pointer.memset(NativeMemory.at(NativeMemory.address(target), size), 0, size);
            copy(
                    context.plainLike(type, layout, data_type.f32),
                    host,
                    d,
                    NativeMemory.at(NativeMemory.address(target), size));
        }
    }

    @Override
    @SuppressWarnings("try") // the scope frees what is made within it
    public void read(Slice source, TensorType type, Layout layout, HostTensor into) {
        boolean same = into.type().dtype() == type.dtype();
        if (same && type.dtype() == DType.F32 && type.elements() == 1 && layout.equals(Layouts.PLAIN)) {
            // Losses and norms are read after each step, and steps allocate nothing.
            into.set(0, NativeMemory.getFloat(source));
            return;
        }
        HostTensor plain = same ? into : HostTensor.zeros(type);
        long bytes = type.plainBytes();
        try (PointerScope made = new PointerScope()) {
            Pointer host = new Pointer(plain.bytes());
            if (layout.equals(Layouts.PLAIN)) {
                Pointer.memcpy(host, NativeMemory.at(NativeMemory.address(source), bytes), bytes);
            } else {
                memory.desc d = context.desc(type, layout);
                copy(
                        d,
                        NativeMemory.at(NativeMemory.address(source), d.get_size()),
                        context.plainLike(type, layout, data_type.f32),
                        host);
            }
        }
        if (!same) into.fill(plain.toDoubles());
    }

    /** One reorder, run at once. */
    private void copy(memory.desc from, Pointer source, memory.desc to, Pointer target) {
        context.takeThreads();
        try (memory a = new memory(from, context.engine, source);
                memory b = new memory(to, context.engine, target);
                reorder.primitive_desc pd = new reorder.primitive_desc(context.engine, from, context.engine, to);
                reorder r = new reorder(pd);
                dnnl_exec_arg_t args = new dnnl_exec_arg_t(2)) {
            args.position(0).arg(dnnl.DNNL_ARG_FROM).memory(a.get());
            args.position(1).arg(dnnl.DNNL_ARG_TO).memory(b.get());
            args.position(0);
            int status = dnnl.dnnl_primitive_execute(r.get(), context.stream.get(), 2, args);
            dnnl.dnnl_stream_wait(context.stream.get());
            if (status != dnnl.dnnl_success)
                throw new DeviceException("oneDNN could not copy a value: status " + status);
        }
    }

    @Override
    public int rowsPerPass(int batch, Footprint footprint, Precision precision) {
        return cacheRows.rows(batch, footprint, stored(precision).storage().bytes());
    }

    @Override
    public Executable compile(Program program, ExecutionMode mode) {
        return new OnednnExecutable(context, program);
    }

    @Override
    public void close() {
        context.close();
    }
}
