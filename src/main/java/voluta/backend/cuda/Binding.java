package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import voluta.backend.Layout;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.backend.cuda.binding.CudaCheck;
import voluta.backend.cuda.binding.DevicePointer;
import voluta.backend.cuda.memory.DeviceMemory;
import voluta.backend.cuda.memory.DeviceRegion;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * One step's addresses, as its kernel sees them while emitting its launches. Everything that is emitted goes to the
 * context's stream, may be captured, and allocates nothing when it runs.
 */
final class Binding {
    /** Which library answers, and so who explains a failure. */
    enum Library {
        DRIVER,
        CUDNN,
        CUBLAS
    }

    /** One native call, ready to be made again and again. */
    record Action(int step, Library library, CudaCheck.Call call, IntSupplier run) {
        void perform() {
            int result = run.getAsInt();
            if (result == 0) return;
            switch (library) {
                case DRIVER -> CudaCheck.driver(result, call);
                case CUDNN -> CudaCheck.cudnn(result, call);
                case CUBLAS -> CudaCheck.cublas(result, call);
            }
        }
    }

    private final CudaContext context;
    private final Step step;
    private final int index;
    private final List<Action> actions;
    private final List<DeviceRegion> tables;

    Binding(CudaContext context, Step step, int index, List<Action> actions, List<DeviceRegion> tables) {
        this.context = context;
        this.step = step;
        this.index = index;
        this.actions = actions;
        this.tables = tables;
    }

    CudaContext context() {
        return context;
    }

    /** Device address of input {@code i}; 0 where the kernel does not read it. */
    long input(int i) {
        Slice s = step.inputs().get(i);
        return s == null ? 0 : address(s);
    }

    /** Device address of output {@code i}. */
    long output(int i) {
        return address(step.outputs().get(i));
    }

    /** Device address of what the forward kernel leaves for its backward kernels. */
    long contextAddress() {
        return address(step.context());
    }

    /** Device address of the scratch, a multiple of 256; 0 where none was asked for. */
    long scratch() {
        return step.scratch() == null ? 0 : address(step.scratch());
    }

    TensorType inputType(int i) {
        return step.node().input(i).type();
    }

    TensorType outputType(int i) {
        return step.node().output(i).type();
    }

    Layout inputLayout(int i) {
        return step.kernel().inputLayout(i);
    }

    Layout outputLayout(int i) {
        return step.kernel().outputLayout(i);
    }

    /** Device address of a part of a region. */
    static long address(Slice s) {
        return ((DeviceMemory) s.region()).address(s.offset(), s.bytes());
    }

    /** An address as the libraries want it. */
    static CUdeviceptr pointer(long address) {
        return new DevicePointer(address);
    }

    /** The end of a kernel's name for this storage: {@code _f32}, {@code _bf16} or {@code _f16}. */
    static String suffix(DType storage) {
        return switch (storage) {
            case F32 -> "_f32";
            case BF16 -> "_bf16";
            case F16 -> "_f16";
            default -> throw new IllegalArgumentException("no kernel reads or writes " + storage);
        };
    }

    /**
     * Emits a launch of one of our kernels.
     *
     * @param arguments in the kernel's order: Long for pointers and counts, Integer, Float, Double, or long[] for a
     *     struct of 64-bit words
     */
    void launch(String kernel, Grid grid, Object... arguments) {
        launch(kernel, grid, 0, arguments);
    }

    /** The same with {@code shared} bytes of dynamic shared memory. */
    void launch(String kernel, Grid grid, int shared, Object... arguments) {
        CUfunction f = context.kernels.function(kernel);
        NativePointerObject[] each = new NativePointerObject[arguments.length];
        for (int i = 0; i < each.length; i++) each[i] = argument(arguments[i], kernel, i);
        Pointer all = Pointer.to(each);
        CUstream stream = context.stream;
        emit(
                Library.DRIVER,
                kernel,
                () -> JCudaDriver.cuLaunchKernel(
                        f, grid.blocks(), 1, 1, grid.threadsX(), grid.threadsY(), 1, shared, stream, all, null));
    }

    private static Pointer argument(Object value, String kernel, int i) {
        if (value instanceof Long v) return Pointer.to(new long[] {v});
        if (value instanceof Integer v) return Pointer.to(new int[] {v});
        if (value instanceof Float v) return Pointer.to(new float[] {v});
        if (value instanceof Double v) return Pointer.to(new double[] {v});
        if (value instanceof long[] words) return Pointer.to(words.clone());
        throw new IllegalArgumentException("argument " + i + " of " + kernel + " is " + value);
    }

    /** Emits a call of cuDNN. */
    void cudnn(String function, IntSupplier call) {
        emit(Library.CUDNN, function, call);
    }

    /** Emits a call of cuBLAS. */
    void cublas(String function, IntSupplier call) {
        emit(Library.CUBLAS, function, call);
    }

    /** Emits setting {@code bytes} bytes. */
    void fill(long address, long bytes, byte value) {
        if (bytes == 0) return;
        CUdeviceptr target = pointer(address);
        CUstream stream = context.stream;
        emit(Library.DRIVER, "cuMemsetD8Async", () -> JCudaDriver.cuMemsetD8Async(target, value, bytes, stream));
    }

    /** Emits a copy within the device. */
    void copy(long to, long from, long bytes) {
        if (bytes == 0 || to == from) return;
        CUdeviceptr target = pointer(to), source = pointer(from);
        CUstream stream = context.stream;
        emit(Library.DRIVER, "cuMemcpyDtoDAsync", () -> JCudaDriver.cuMemcpyDtoDAsync(target, source, bytes, stream));
    }

    private void emit(Library library, String function, IntSupplier run) {
        actions.add(new Action(index, library, new CudaCheck.Call(function, step.path(), source(), sizes()), run));
    }

    private String source() {
        return step.node() == null ? null : step.node().source();
    }

    private String sizes() {
        if (step.node() == null) return step.kernel().implementation();
        List<String> all = new ArrayList<>();
        for (int i = 0; i < step.node().inputs().size(); i++)
            all.add(inputType(i) + " " + inputLayout(i).describe());
        return String.join(", ", all);
    }

    /** The same for 32-bit words. */
    long table(int[] words) {
        long[] pairs = new long[(words.length + 1) / 2];
        for (int i = 0; i < words.length; i++) pairs[i / 2] |= (words[i] & 0xffff_ffffL) << i % 2 * Integer.SIZE;
        return table(pairs);
    }

    /** Puts words into device memory for as long as the program lives, and returns their address. */
    long table(long[] words) {
        DeviceRegion region = context.memory.allocate("tables", (long) Long.BYTES * Math.max(1, words.length));
        tables.add(region);
        CudaCheck.driver(
                JCudaDriver.cuMemcpyHtoD(
                        pointer(region.address()), Pointer.to(words), (long) Long.BYTES * words.length),
                "cuMemcpyHtoD");
        CudaCheck.driver(JCudaDriver.cuCtxSynchronize(), "cuCtxSynchronize"); // our stream does not wait for that copy
        return region.address();
    }
}
