package voluta.backend.cuda;

import static voluta.backend.cuda.memory.DeviceMemoryManager.aligned;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import voluta.backend.DeviceException;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.Support;
import voluta.op.BatchNormalization;
import voluta.op.ConvolutionBatchNormalization;
import voluta.tensor.TensorType;

/**
 * A convolution whose plan of cuDNN adds up its result and the squares of it per channel, in f32, and the normalization by
 * what follows from these sums: the pass over y of {@link BatchNormalizationCuda} that only finds statistics is spared.
 * The gradient is that of {@link FusedBatchNormalizationCuda}, whose context this leaves.
 *
 * <p>There is no shift before the squaring, since cuDNN's plans have none; {@link BatchNormalizationCuda#moments} says what
 * that costs. Where no plan is taken the op is not supported, and its pieces run as ever.
 */
final class ConvolutionBatchNormalizationCuda {
    private static final int SCALE = 2, RUNNING_MEAN = 4, RESIDUAL = 6, Y = 3;

    private final CudaContext c;
    /** What was answered: the planner asks again and again, and each answer takes plans. */
    private final Map<List<Object>, Support> answers = new HashMap<>();

    private ConvolutionBatchNormalizationCuda(CudaContext c) {
        this.c = c;
    }

    static void register(CudaTable table, CudaContext c) {
        ConvolutionBatchNormalizationCuda op = new ConvolutionBatchNormalizationCuda(c);
        table.add(
                ConvolutionBatchNormalization.class,
                (context, node, p) -> prepare(context, node, p),
                (node, inputs, precision) -> op.answers.computeIfAbsent(
                        List.of(node, inputs, precision), k -> op.supports(node, inputs, precision)));
    }

    private Support supports(ConvolutionBatchNormalization op, List<TensorType> inputs, Precision precision) {
        List<TensorType> own = inputs.subList(SCALE, inputs.size());
        Support norm = FusedBatchNormalizationCuda.supports(op.norm(), own, precision);
        if (!norm.yes()) return norm;
        if (!c.algorithms.plansCompete())
            return Support.no(
                    "sums beside a convolution are taken where cuDNN's graph interface is asked for or measured");
        c.enter();
        Optional<ConvolutionKernel> k = kernel(c, op, inputs, precision);
        k.ifPresent(ConvolutionKernel::close);
        return k.isPresent()
                ? Support.YES
                : Support.no("cuDNN has no plan that adds up this convolution's channels, or none that is faster");
    }

    private static Optional<ConvolutionKernel> kernel(
            CudaContext c, ConvolutionBatchNormalization op, List<TensorType> inputs, Precision precision) {
        ConvolutionShape shape = ConvolutionShape.of(
                op.convolution(), inputs.get(0).shape(), inputs.get(1).shape());
        return ConvolutionKernel.summing(c, shape, op.infer(inputs).get(Y), precision);
    }

    private static CudaKernel prepare(CudaContext c, ConvolutionBatchNormalization op, Preparation p) {
        List<TensorType> inputs = p.node().inputTypes();
        ConvolutionKernel k = kernel(c, op, inputs, p.precision())
                .orElseThrow(
                        () -> new DeviceException("cuDNN had a plan for this convolution with sums per channel, and"
                                + " does not when asked again; use VOLUTA_CUDA_CONVOLUTIONS=classic"));
        TensorType type = p.node().output(Y).type();
        Layout layout = k.layout(type);
        ChannelPass pass = ChannelPass.of(c, type, layout);
        int residual = op.norm().residual() ? RESIDUAL : -1;
        BatchNormalization norm = op.norm().norm();
        long vector = aligned((long) Float.BYTES * pass.channels());
        CudaKernel.Builder kernel = k.in(CudaKernel.of(p.node(), k.name() + " + " + pass.kernel("batch_normalization")))
                .input(0, k.layout(inputs.get(0)))
                .input(1, k.layout(inputs.get(1)))
                .output(0, layout)
                .output(Y, layout)
                .context(BatchNormalizationCuda.Statistics.contextBytes(pass.channels()))
                .scratch(k.scratchBytes() + 2 * vector);
        if (residual >= 0) kernel.input(residual, layout);
        return kernel.bind(b -> {
            long y = b.output(Y), sums = b.scratch() + k.scratchBytes(), squares = sums + vector;
            BatchNormalizationCuda.Statistics s =
                    BatchNormalizationCuda.Statistics.of(b, pass.channels(), RUNNING_MEAN);
            k.summing(b, b.input(0), b.input(1), y, sums, squares);
            BatchNormalizationCuda.moments(b, norm, sums, squares, s, BatchNormalization.count(type.shape()));
            boolean relu = FusedBatchNormalizationCuda.relu(op.norm());
            BatchNormalizationCuda.normalize(b, norm, pass, y, SCALE, residual, relu, s.mean(), s.variance());
        });
    }
}
