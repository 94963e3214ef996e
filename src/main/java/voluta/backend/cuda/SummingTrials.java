package voluta.backend.cuda;

import static voluta.backend.cuda.memory.DeviceMemoryManager.aligned;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.IntSupplier;
import voluta.backend.Layouts;
import voluta.backend.Step;
import voluta.backend.cuda.memory.DeviceRegion;
import voluta.op.BatchNormalization;
import voluta.tensor.TensorType;

/**
 * The ways to a convolution's result and its statistics: cuDNN's plans that add up while they write, or the convolution
 * alone and then a pass over what it wrote. Statistics are part of what is timed.
 */
final class SummingTrials implements ConvolutionAlgorithms.Trials, AutoCloseable {
    /** The numbers do not matter here. */
    private static final BatchNormalization NORM = new BatchNormalization(1e-5, 0, BatchNormalization.Mode.TRAINING);

    private static final int VECTORS = 4;

    private final CudaContext c;
    private final ConvolutionDescriptors together;
    private final ConvolutionDescriptors apart;
    private final ConvolutionAlgorithm alone;
    private final TensorType y;
    private final ChannelPass pass;
    private final ConvolutionTrials trials;
    private final List<DeviceRegion> regions = new ArrayList<>();

    /**
     * @param together what the plans are asked of
     * @param apart the convolution alone, which {@code alone} does
     */
    SummingTrials(
            CudaContext c,
            ConvolutionDescriptors together,
            ConvolutionDescriptors apart,
            ConvolutionAlgorithm alone,
            TensorType y) {
        this.c = c;
        this.together = together;
        this.apart = apart;
        this.alone = alone;
        this.y = y;
        this.pass = ChannelPass.of(c, y, CudaLayout.of(y, together.order, together.storage));
        this.trials = new ConvolutionTrials(c, ConvolutionPass.SUMS, together);
    }

    @Override
    public List<ConvolutionAlgorithm> proposed() {
        return possible();
    }

    /** What is done without a plan, under a number of its own: {@code alone} may be a plan too. */
    @Override
    public List<ConvolutionAlgorithm> possible() {
        return List.of(new ConvolutionAlgorithm(
                alone.pass(), 0, alone.workspace(), alone.deterministic(), alone.precise(), alone.name()));
    }

    @Override
    public List<ConvolutionAlgorithm> plans() {
        return trials.plans();
    }

    @Override
    public OptionalDouble run(ConvolutionAlgorithm a, boolean measure) {
        ConvolutionDescriptors.Operands at = trials.place(a.workspace());
        boolean sums = a.pass() == ConvolutionPass.SUMS;
        IntSupplier convolution = sums ? together.call(a, at) : apart.call(alone, at),
                statistics = statistics(sums, at);
        return trials.run(
                a,
                () -> {
                    int status = convolution.getAsInt();
                    return status == 0 ? statistics.getAsInt() : status;
                },
                measure);
    }

    /** The launch that ends up with mean and variance. */
    private IntSupplier statistics(boolean sums, ConvolutionDescriptors.Operands at) {
        long vector = aligned((long) Float.BYTES * pass.channels());
        DeviceRegion region = c.memory.allocate("trials", VECTORS * vector + pass.scratchBytes());
        regions.add(region);
        long mean = region.address(), variance = mean + vector, running = variance + vector, spread = running + vector;
        BatchNormalizationCuda.Statistics s = new BatchNormalizationCuda.Statistics(
                pass.channels(), mean, variance, running, spread, running, spread);
        CudaKernel kernel =
                CudaKernel.reorder("trials", Layouts.PLAIN, Layouts.PLAIN).bind(b -> {});
        List<Binding.Action> actions = new ArrayList<>();
        Step step = new Step("trials", null, kernel, List.of(), List.of(), null, null);
        Binding b = new Binding(c, step, 0, actions, regions);
        if (sums)
            BatchNormalizationCuda.moments(b, NORM, at.sums(), at.squares(), s, BatchNormalization.count(y.shape()));
        else BatchNormalizationCuda.statistics(b, NORM, pass, at.y(), s, spread + vector);
        return actions.get(0).run();
    }

    @Override
    public void close() {
        regions.forEach(DeviceRegion::close);
        trials.close();
    }
}
