package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.BatchNormalization;

/**
 * Batch normalization in whatever layout x lies, by kernels of our own (native-kernels/batch_normalization.cu): the work is
 * moving memory, and cuDNN's adds neither a residual nor takes every order and storage. The context is mean and biased
 * variance.
 */
final class BatchNormalizationCuda {
    private static final String STATISTICS = "batch_normalization_statistics",
            MOMENTS = "batch_normalization_moments",
            NORMALIZE = "batch_normalization_normalize",
            SUMS = "batch_normalization_sums",
            BACKWARD = "batch_normalization_backward";

    private BatchNormalizationCuda() {}

    static void register(CudaTable table) {
        table.add(BatchNormalization.class, (c, op, p) -> forward(c, op, p, -1, false));
        table.add(BatchNormalization.Backward.class, (c, op, p) -> backward(c, op.epsilon(), p, 2, Fused.NONE));
        table.add(BatchNormalization.FrozenBackward.class, BatchNormalizationCuda::frozenBackward);
    }

    /**
     * What is fused besides the normalization, for its gradient.
     *
     * @param shift the input that is the shift, or -1 where it does not matter
     * @param y the input that is the output of forward, or -1
     */
    record Fused(boolean relu, boolean residual, int shift, int y) {
        static final Fused NONE = new Fused(false, false, -1, -1);
    }

    /**
     * Where a batch's mean and biased variance go, and the running statistics: from one place to another, or in place.
     *
     * @param channels vectors of so many elements
     */
    record Statistics(
            int channels,
            long mean,
            long variance,
            long runningMean,
            long runningVariance,
            long newMean,
            long newVariance) {
        /** Those of a node whose outputs 1 and 2 are the running ones, updated. */
        static Statistics of(Binding x, int channels, int runningMean) {
            long mean = x.contextAddress();
            return new Statistics(
                    channels,
                    mean,
                    mean + (long) Float.BYTES * channels,
                    x.input(runningMean),
                    x.input(runningMean + 1),
                    x.output(1),
                    x.output(2));
        }

        /** Bytes of the context that has the batch's. */
        static long contextBytes(int channels) {
            return 2L * Float.BYTES * channels;
        }

        private List<Object> addresses() {
            return List.of(mean, variance, runningMean, runningVariance, newMean, newVariance);
        }
    }

    /** Emits a pass over y that finds its statistics; {@code parts} is for {@link ChannelPass#scratchBytes} bytes. */
    static void statistics(Binding b, BatchNormalization op, ChannelPass pass, long y, Statistics s, long parts) {
        List<Object> arguments = new ArrayList<>(List.of(y));
        arguments.addAll(s.addresses());
        arguments.addAll(List.of(parts, pass.counters(b)));
        pass.reduce(b, STATISTICS, arguments, (float) op.momentum());
    }

    /**
     * Emits the statistics of values whose sums per channel, and those of their squares, are known. A variance from these
     * loses digits where a channel's mean is far from zero: relative to itself it is as wrong as the sums are, times
     * {@code 1 + mean * mean / variance}. Where values are stored in 16 bits, that is less than storing them costs, as long
     * as the mean is not thousands of times the deviation.
     *
     * @param count values of a channel
     */
    static void moments(Binding b, BatchNormalization op, long sums, long squares, Statistics s, long count) {
        List<Object> arguments = new ArrayList<>(List.of(sums, squares));
        arguments.addAll(s.addresses());
        arguments.addAll(List.of((long) s.channels, count, (float) op.momentum()));
        b.launch(MOMENTS, Grid.threads(b.context(), s.channels), arguments.toArray());
    }

    /** @param residual the input that is added, or -1 */
    static CudaKernel forward(CudaContext c, BatchNormalization op, Preparation p, int residual, boolean relu) {
        Layout layout = c.layoutOf(p, 0);
        ChannelPass pass = ChannelPass.of(c, p.node().input(0).type(), layout);
        boolean training = op.mode() == BatchNormalization.Mode.TRAINING;
        c.kernels.function(pass.kernel(NORMALIZE));
        CudaKernel.Builder k = CudaKernel.of(p.node(), pass.kernel("batch_normalization"))
                .input(0, layout)
                .output(0, layout)
                .overwrites(0, 0);
        if (residual >= 0) k.input(residual, layout);
        if (!training) {
            return k.bind(x -> normalize(x, op, pass, x.input(0), 1, residual, relu, x.input(3), x.input(4)));
        }
        c.kernels.function(pass.kernel(STATISTICS));
        return k.context(Statistics.contextBytes(pass.channels()))
                .scratch(pass.scratchBytes())
                .bind(x -> {
                    Statistics s = Statistics.of(x, pass.channels(), 3);
                    statistics(x, op, pass, x.input(0), s, x.scratch());
                    normalize(x, op, pass, x.input(0), 1, residual, relu, s.mean, s.variance);
                });
    }

    /**
     * Emits the second pass, which writes output 0.
     *
     * @param from where the values are that are normalized
     * @param scale the input that is the scale, before the shift
     */
    static void normalize(
            Binding x,
            BatchNormalization op,
            ChannelPass pass,
            long from,
            int scale,
            int residual,
            boolean relu,
            long mean,
            long variance) {
        long added = residual < 0 ? 0 : x.input(residual);
        pass.map(
                x,
                NORMALIZE,
                List.of(from, added, x.input(scale), x.input(scale + 1), mean, variance, x.output(0)),
                relu ? 1 : 0,
                (float) op.epsilon());
    }

    /**
     * The gradient in training. ReLU's part follows from y where a residual was added, and else from x, which spares
     * reading y.
     *
     * @param dy which input it is
     */
    static CudaKernel backward(CudaContext c, double epsilon, Preparation p, int dy, Fused fused) {
        Layout layout = c.layoutOf(p, 0);
        ChannelPass pass = ChannelPass.of(c, p.node().input(0).type(), layout);
        boolean readsY = fused.relu && fused.residual, again = fused.relu && !fused.residual;
        c.kernels.function(pass.kernel(SUMS));
        c.kernels.function(pass.kernel(BACKWARD));
        CudaKernel.Builder k = CudaKernel.of(p.node(), pass.kernel("batch_normalization_backward"))
                .input(0, layout)
                .input(dy, layout)
                .output(0, layout)
                .overwrites(0, fused.residual ? 0 : dy)
                .scratch(pass.scratchBytes());
        if (fused.shift >= 0 && !again) k.ignores(fused.shift);
        if (fused.y >= 0 && readsY) k.input(fused.y, layout);
        if (fused.y >= 0 && !readsY) k.ignores(fused.y);
        if (fused.residual) k.output(3, layout).overwrites(3, dy);
        return k.bind(x -> {
            long mean = x.contextAddress(), variance = mean + (long) Float.BYTES * pass.channels();
            long shift = again ? x.input(fused.shift) : 0, written = fused.residual ? x.output(3) : 0;
            pass.reduce(
                    x,
                    SUMS,
                    List.of(
                            x.input(0),
                            x.input(dy),
                            readsY ? x.input(fused.y) : 0L,
                            x.input(1),
                            shift,
                            mean,
                            variance,
                            written,
                            x.output(1),
                            x.output(2),
                            x.scratch(),
                            pass.counters(x)),
                    fused.relu ? 1 : 0,
                    0,
                    (float) epsilon);
            pass.map(
                    x,
                    BACKWARD,
                    List.of(
                            x.input(0),
                            fused.residual ? x.output(3) : x.input(dy),
                            x.input(1),
                            shift,
                            mean,
                            variance,
                            x.output(1),
                            x.output(2),
                            x.output(0)),
                    again ? 1 : 0,
                    (float) epsilon);
        });
    }

    /** One pass: with constant statistics, dx needs no sums. */
    private static CudaKernel frozenBackward(CudaContext c, BatchNormalization.FrozenBackward op, Preparation p) {
        Layout layout = c.layoutOf(p, 0);
        ChannelPass pass = ChannelPass.of(c, p.node().input(0).type(), layout);
        c.kernels.function(pass.kernel(SUMS));
        return CudaKernel.of(p.node(), pass.kernel(SUMS))
                .input(0, layout)
                .input(4, layout)
                .output(0, layout)
                .overwrites(0, 4)
                .scratch(pass.scratchBytes())
                .bind(x -> pass.reduce(
                        x,
                        SUMS,
                        List.of(
                                x.input(0),
                                x.input(4),
                                0L,
                                x.input(1),
                                0L,
                                x.input(2),
                                x.input(3),
                                x.output(0),
                                x.output(1),
                                x.output(2),
                                x.scratch(),
                                pass.counters(x)),
                        0,
                        1,
                        (float) op.epsilon()));
    }
}
