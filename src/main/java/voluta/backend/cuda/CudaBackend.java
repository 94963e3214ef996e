package voluta.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;
import voluta.backend.AlgorithmCache;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.DeviceException;
import voluta.backend.DeviceMemoryException;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
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
import voluta.backend.cuda.binding.CudaCheck;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.memory.PinnedBuffer;
import voluta.graph.Op;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** One NVIDIA GPU. */
final class CudaBackend implements Backend {
    /** What values travel through on their way to the host and back. */
    private static final int WINDOW = 1 << 20;

    private final CudaContext context;
    private final CudaTable table;
    private final String device;
    private final Optional<ExecutionMode> always;
    private final PinnedBuffer window;
    private final Pointer windowPointer;

    /** @param always a mode that is used whatever is asked for, to look for faults */
    CudaBackend(BackendOptions options, String device, MemorySettings memory, Optional<ExecutionMode> always) {
        this(options, device, memory, always, ConvolutionAlgorithms.Source.ALL);
    }

    /** The same with one of cuDNN's interfaces for convolutions. */
    CudaBackend(
            BackendOptions options,
            String device,
            MemorySettings memory,
            Optional<ExecutionMode> always,
            ConvolutionAlgorithms.Source convolutions) {
        this(options, device, memory, always, convolutions, AlgorithmCache.of(System.getenv()));
    }

    /** The same with another place for what {@code --autotune} measures. */
    CudaBackend(
            BackendOptions options,
            String device,
            MemorySettings memory,
            Optional<ExecutionMode> always,
            ConvolutionAlgorithms.Source convolutions,
            AlgorithmCache measured) {
        this.device = device;
        this.always = always;
        context = new CudaContext(options, memory, measured, convolutions);
        table = new CudaTable(context);
        boolean done = false;
        try {
            window = context.memory.allocateHost("transfers", WINDOW);
            done = true;
        } finally {
            if (!done) context.close();
        }
        windowPointer = Pointer.to(window.bytes());
    }

    /** What kernels are bound in. */
    CudaContext context() {
        return context;
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public Set<Precision> precisions() {
        return EnumSet.allOf(Precision.class);
    }

    @Override
    public Support supports(Op op, List<TensorType> inputs, Precision precision) {
        return table.supports(op, inputs, precision);
    }

    @Override
    public PreparedKernel prepare(Preparation p) {
        context.enter();
        try {
            return table.prepare(context, p);
        } catch (DeviceMemoryException e) {
            throw e;
        } catch (DeviceException e) {
            if (e.path().isPresent()) throw e;
            throw new DeviceException(p.node().path(), p.node().source(), e.problem(), e);
        } catch (RuntimeException e) {
            throw new DeviceException(
                    p.node().path(),
                    p.node().source(),
                    "the CUDA backend cannot prepare " + p.node().op() + " for "
                            + p.node().inputTypes() + ": " + e.getMessage(),
                    e);
        }
    }

    @Override
    public PreparedKernel reorder(TensorType type, Layout from, Layout to) {
        context.enter();
        return ReorderCuda.prepare(context, type, from, to);
    }

    @Override
    public Layout plain() {
        return Layouts.PLAIN;
    }

    @Override
    public long available() {
        context.enter();
        return context.memory.available();
    }

    @Override
    public MemoryRegion allocate(String purpose, long bytes) {
        return context.memory.allocateForValues(purpose, bytes);
    }

    @Override
    public HostBuffer allocateHost(String purpose, long bytes) {
        return context.memory.allocateHost(purpose, Math.max(1, bytes));
    }

    @Override
    public void write(Slice target, TensorType type, Layout layout, HostTensor from) {
        context.enter();
        ByteBuffer stored;
        if (HostConversion.identical(from, type, layout)) {
            stored = from.bytes();
        } else {
            stored = buffer(layout.bytes(type));
            HostConversion.encode(from, type, layout, stored);
        }
        send(stored, Binding.address(target));
    }

    @Override
    public boolean hasOwnMemory() {
        return true;
    }

    /** Addresses all of the value, of which a part is no region's part where each value is an allocation of its own. */
    @Override
    public void writeRows(Slice target, TensorType type, long first, HostTensor rows) {
        context.enter();
        long each = type.plainBytes() / type.dim(0);
        send(rows.bytes(), Binding.address(target) + first * each);
    }

    private void send(ByteBuffer stored, long start) {
        for (int at = 0, n; at < stored.capacity(); at += n) { // by n: the last window may end at the largest int
            n = Math.min(WINDOW, stored.capacity() - at);
            window.bytes().put(0, stored, at, n);
            CudaCheck.driver(
                    JCudaDriver.cuMemcpyHtoDAsync(Binding.pointer(start + at), windowPointer, n, context.stream),
                    "cuMemcpyHtoDAsync");
            waitForStream();
        }
    }

    @Override
    public void read(Slice source, TensorType type, Layout layout, HostTensor into) {
        context.enter();
        if (HostConversion.identical(into, type, layout)) {
            fetch(source, into.bytes());
            return;
        }
        ByteBuffer stored = buffer(layout.bytes(type));
        fetch(source, stored);
        HostConversion.decode(stored, type, layout, into);
    }

    private void fetch(Slice source, ByteBuffer into) {
        long start = Binding.address(source);
        for (int at = 0, n; at < into.capacity(); at += n) {
            n = Math.min(WINDOW, into.capacity() - at);
            CudaCheck.driver(
                    JCudaDriver.cuMemcpyDtoHAsync(windowPointer, Binding.pointer(start + at), n, context.stream),
                    "cuMemcpyDtoHAsync");
            waitForStream();
            into.put(at, window.bytes(), 0, n);
        }
    }

    private void waitForStream() {
        CudaCheck.driver(JCudaDriver.cuStreamSynchronize(context.stream), "cuStreamSynchronize");
    }

    private static ByteBuffer buffer(long bytes) {
        return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
    }

    @Override
    public Executable compile(Program program, ExecutionMode mode) {
        context.enter();
        return new CudaExecutable(context, program, always.orElse(mode), always.isPresent());
    }

    @Override
    public void close() {
        // After a fault the device refuses to wait; its memory is given back all the same.
        try {
            context.synchronize();
            window.close();
        } finally {
            context.close();
        }
    }
}
