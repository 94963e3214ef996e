package voluta.backend.cuda;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcudnn.JCudnn;
import jcuda.runtime.cudaStream_t;
import voluta.backend.AlgorithmCache;
import voluta.backend.BackendOptions;
import voluta.backend.DeviceException;
import voluta.backend.DeviceMemoryException;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.cuda.binding.CudaCheck;
import voluta.backend.cuda.binding.CudnnHandle;
import voluta.backend.cuda.binding.DevicePointer;
import voluta.backend.cuda.binding.JcudaDeviceDriver;
import voluta.backend.cuda.memory.DeviceMemoryManager;
import voluta.backend.cuda.memory.DeviceRegion;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.memory.PinnedBuffer;
import voluta.tensor.Bytes;
import voluta.tensor.TensorType;

/**
 * What every op file needs: the device's context, streams, library handles, memory and kernels. One per opened backend.
 * Not thread-safe, but not bound to a thread either: whoever calls in {@linkplain #enter enters} first.
 */
final class CudaContext implements AutoCloseable {
    private static final int NON_BLOCKING = 1;
    /** What NVIDIA recommends for cuBLAS on Hopper, and on what came before. */
    private static final long CUBLAS_WORKSPACE_HOPPER = 32L << 20, CUBLAS_WORKSPACE = 8L << 20;

    private static final int HOPPER = 90;

    /** Bytes for the attributes of one descriptor. */
    private static final int ATTRIBUTES = 4096;

    private static final int TF32_MATH = 3, DEFAULT_MATH = 0;

    final CUstream stream = new CUstream();
    /** Host to device, beside the computation. */
    final CUstream copies = new CUstream();

    final CudnnHandle cudnn = new CudnnHandle();
    final cublasHandle cublas = new cublasHandle();
    /** For plans of cuDNN's graph interface. */
    final PlanTarget plans;

    final DeviceMemoryManager memory;
    final KernelModules kernels;
    final ConvolutionAlgorithms algorithms;
    final BackendOptions options;
    /** Streaming multiprocessors: a grid of a few blocks for each fills the device. */
    final int multiprocessors;
    /** Ten times the compute capability: 90 is Hopper. */
    final int capability;

    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final List<Runnable> release = new ArrayList<>();

    /**
     * Opens a device that is there; the libraries are loaded.
     *
     * @param measured where what is measured is kept
     * @param convolutions which interfaces of cuDNN do convolutions
     * @throws DeviceException if it does not open: what was tried, and the code
     */
    CudaContext(
            BackendOptions options,
            MemorySettings settings,
            AlgorithmCache measured,
            ConvolutionAlgorithms.Source convolutions) {
        this.options = options;
        driver(JCudaDriver.cuDeviceGet(device, options.device()), "cuDeviceGet");
        multiprocessors = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        capability = 10 * attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        driver(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
        release.add(() -> {
            driver(
                    JCudaDriver.cuCtxSetCurrent(new CUcontext()),
                    "cuCtxSetCurrent"); // none: the thread may use CUDA itself
            driver(JCudaDriver.cuDevicePrimaryCtxRelease(device), "cuDevicePrimaryCtxRelease");
        });
        Throwable cause = null;
        try {
            enter();
            memory = new DeviceMemoryManager(new JcudaDeviceDriver(this::enter), settings);
            release.add(memory::close);
            stream(stream);
            stream(copies);
            openLibraries(settings.limit());
            PinnedBuffer attributes = memory.allocateHost("attributes for cuDNN", ATTRIBUTES);
            release.add(attributes::close);
            plans = new PlanTarget.Open(
                    cudnn,
                    attributes.address(),
                    attributes.bytes(),
                    convolutions == ConvolutionAlgorithms.Source.COMPILED);
            kernels = new KernelModules(capability);
            release.add(kernels::close);
            algorithms = algorithms(settings, measured, convolutions);
        } catch (RuntimeException | Error e) {
            cause = e;
            throw e;
        } finally {
            if (cause != null) closeAfter(cause);
        }
    }

    /** What goes wrong after a failure is told behind it, and not in its place. */
    private void closeAfter(Throwable cause) {
        try {
            close();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    private ConvolutionAlgorithms algorithms(
            MemorySettings settings, AlgorithmCache measured, ConvolutionAlgorithms.Source source) {
        byte[] name = new byte[256];
        driver(JCudaDriver.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
        int[] version = new int[1];
        driver(JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
        String machine = new String(name, StandardCharsets.UTF_8).replaceAll("[\\x00-\\x1f]+", "") + "; driver "
                + version[0] + "; cudnn " + JCudnn.cudnnGetVersion();
        long[] free = new long[1], total = new long[1];
        driver(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo");
        long usable = settings.limit() == 0 ? free[0] : Math.min(free[0], settings.limit());
        return new ConvolutionAlgorithms(
                options, ConvolutionAlgorithms.workspaceLimit(usable), measured, machine, source);
    }

    private void stream(CUstream s) {
        driver(JCudaDriver.cuStreamCreate(s, NON_BLOCKING), "cuStreamCreate");
        release.add(() -> driver(JCudaDriver.cuStreamDestroy(s), "cuStreamDestroy"));
    }

    /** @param limit of device memory, 0 for none */
    private void openLibraries(long limit) {
        CudaCheck.cudnn(JCudnn.cudnnCreate(cudnn), CudaCheck.Call.of("cudnnCreate"));
        release.add(() -> CudaCheck.cudnn(JCudnn.cudnnDestroy(cudnn), CudaCheck.Call.of("cudnnDestroy")));
        CudaCheck.cudnn(JCudnn.cudnnSetStream(cudnn, new cudaStream_t(stream)), CudaCheck.Call.of("cudnnSetStream"));
        CudaCheck.cublas(JCublas2.cublasCreate(cublas), CudaCheck.Call.of("cublasCreate"));
        release.add(() -> CudaCheck.cublas(JCublas2.cublasDestroy(cublas), CudaCheck.Call.of("cublasDestroy")));
        CudaCheck.cublas(
                JCublas2.cublasSetStream(cublas, new cudaStream_t(stream)), CudaCheck.Call.of("cublasSetStream"));
        // a workspace of our own: cuBLAS must not allocate while a step is captured
        long bytes = capability >= HOPPER ? CUBLAS_WORKSPACE_HOPPER : CUBLAS_WORKSPACE;
        if (limit > 0 && limit < bytes) {
            throw new DeviceMemoryException(
                    "a memory limit of " + Bytes.text(limit) + " leaves nothing: cuBLAS alone works in "
                            + Bytes.text(bytes) + " on this device; use a higher limit",
                    bytes,
                    limit,
                    null);
        }
        DeviceRegion workspace = memory.allocate("workspace of cuBLAS", bytes);
        release.add(workspace::close);
        CudaCheck.cublas(
                JCublas2.cublasSetWorkspace(cublas, new DevicePointer(workspace.address()), workspace.bytes()),
                CudaCheck.Call.of("cublasSetWorkspace"));
        CudaCheck.cublas(
                JCublas2.cublasSetMathMode(cublas, options.tf32() ? TF32_MATH : DEFAULT_MATH),
                CudaCheck.Call.of("cublasSetMathMode"));
    }

    private int attribute(int which) {
        int[] value = new int[1];
        driver(JCudaDriver.cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute");
        return value[0];
    }

    private static void driver(int result, String function) {
        CudaCheck.driver(result, function);
    }

    /** Makes the device's context that of the calling thread, which may have worked with another device meanwhile. */
    void enter() {
        driver(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
    }

    /** Waits until everything that was asked of the device is done. */
    void synchronize() {
        enter();
        driver(JCudaDriver.cuStreamSynchronize(copies), "cuStreamSynchronize");
        driver(JCudaDriver.cuStreamSynchronize(stream), "cuStreamSynchronize");
    }

    /**
     * The order that convolutions and what is around them like best: tensor cores work on channels last; without them
     * cuDNN's f32 kernels are made for row-major.
     */
    CudaLayout.Order order(Precision precision) {
        return precision != Precision.F32 || options.tf32()
                ? CudaLayout.Order.CHANNELS_LAST
                : CudaLayout.Order.ROW_MAJOR;
    }

    /** The layout in which input {@code i} lies, or plain where that is not decided. */
    Layout offeredOr(Preparation p, int i) {
        Layout l = p.offered().get(i);
        return l == null ? Layouts.PLAIN : l;
    }

    /**
     * The layout in which a memory-bound kernel reads input {@code i}: as it lies, except that floats whose storage is
     * open take that of the precision.
     */
    Layout layoutOf(Preparation p, int i) {
        Layout l = p.offered().get(i);
        TensorType type = p.node().input(i).type();
        return l == null ? CudaLayout.rowMajor(type, p.precision()) : l;
    }

    @Override
    public void close() {
        RuntimeException failure = null;
        for (int i = release.size() - 1; i >= 0; i--) {
            try {
                enter();
                release.get(i).run();
            } catch (RuntimeException e) {
                if (failure == null) failure = e;
                else failure.addSuppressed(e);
            }
        }
        release.clear();
        if (failure != null) throw failure;
    }
}
