package voluta.backend.cuda;

import static voluta.backend.cuda.memory.DeviceMemoryManager.aligned;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.IntSupplier;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;
import voluta.backend.cuda.binding.CudaCheck;
import voluta.backend.cuda.memory.DeviceRegion;

/** Runs algorithms of one pass on memory of their own, which is given back at the end. */
final class ConvolutionTrials implements ConvolutionAlgorithms.Trials, AutoCloseable {
    private static final int RUNS = 5, EVENT_DEFAULT = 0;
    /** Whoever takes so many times as long as the fastest so far is not measured again: some take a hundred times. */
    private static final float HOPELESS = 2;

    private final CudaContext c;
    private final ConvolutionPass pass;
    private final ConvolutionDescriptors descriptors;
    private DeviceRegion operands;
    private DeviceRegion workspace;
    /** Milliseconds of the fastest algorithm so far. */
    private float fastest = Float.POSITIVE_INFINITY;

    ConvolutionTrials(CudaContext c, ConvolutionPass pass, ConvolutionDescriptors descriptors) {
        this.c = c;
        this.pass = pass;
        this.descriptors = descriptors;
    }

    @Override
    public List<ConvolutionAlgorithm> proposed() {
        return descriptors.proposed(pass);
    }

    @Override
    public List<ConvolutionAlgorithm> possible() {
        return descriptors.possible(pass);
    }

    @Override
    public List<ConvolutionAlgorithm> plans() {
        return descriptors.plans(pass);
    }

    @Override
    public OptionalDouble run(ConvolutionAlgorithm algorithm, boolean measure) {
        return run(algorithm, descriptors.call(algorithm, place(algorithm.workspace())), measure);
    }

    /** Runs the calls of an algorithm. */
    OptionalDouble run(ConvolutionAlgorithm algorithm, IntSupplier call, boolean measure) {
        if (call.getAsInt() != 0) return OptionalDouble.empty();
        driver(JCudaDriver.cuStreamSynchronize(c.stream), ConvolutionDescriptors.function(algorithm));
        return measure ? time(call) : OptionalDouble.of(0);
    }

    /** The best of a few runs. */
    private OptionalDouble time(IntSupplier call) {
        CUevent begin = new CUevent(), end = new CUevent();
        driver(JCudaDriver.cuEventCreate(begin, EVENT_DEFAULT), "cuEventCreate");
        driver(JCudaDriver.cuEventCreate(end, EVENT_DEFAULT), "cuEventCreate");
        try {
            float least = Float.POSITIVE_INFINITY;
            float[] millis = new float[1];
            for (int i = 0; i < RUNS; i++) {
                driver(JCudaDriver.cuEventRecord(begin, c.stream), "cuEventRecord");
                if (call.getAsInt() != 0) return OptionalDouble.empty();
                driver(JCudaDriver.cuEventRecord(end, c.stream), "cuEventRecord");
                driver(JCudaDriver.cuEventSynchronize(end), "cuEventSynchronize");
                driver(JCudaDriver.cuEventElapsedTime(millis, begin, end), "cuEventElapsedTime");
                least = Math.min(least, millis[0]);
                if (least > HOPELESS * fastest) break;
            }
            fastest = Math.min(fastest, least);
            return OptionalDouble.of(1e3 * least);
        } finally {
            driver(JCudaDriver.cuEventDestroy(begin), "cuEventDestroy");
            driver(JCudaDriver.cuEventDestroy(end), "cuEventDestroy");
        }
    }

    private static void driver(int result, String function) {
        CudaCheck.driver(result, function);
    }

    /** Where operands lie, with a workspace of so many bytes. */
    ConvolutionDescriptors.Operands place(long workspaceBytes) {
        ConvolutionShape s = descriptors.shape;
        long x = bytes(s.x()), w = bytes(s.w()), y = bytes(s.y()), channels = aligned((long) Float.BYTES * s.filters());
        if (operands == null) operands = c.memory.allocate("trials", x + w + y + channels + Math.max(y, 2 * channels));
        if (workspace == null || workspace.bytes() < workspaceBytes) {
            if (workspace != null) workspace.close();
            workspace = null;
            workspace = c.memory.allocate("trials", workspaceBytes);
        }
        long at = operands.address(), bias = at + x + w + y, behind = bias + channels;
        long residual = descriptors.ending.residual() ? behind : 0;
        return new ConvolutionDescriptors.Operands(
                at, at + x, at + x + w, bias, residual, behind, behind + channels, workspace.address());
    }

    private long bytes(int[] size) {
        return aligned(ConvolutionShape.elements(size) * descriptors.storage.bytes());
    }

    @Override
    public void close() {
        if (workspace != null) workspace.close();
        if (operands != null) operands.close();
    }
}
