package voluta.backend.cuda;

import static voluta.backend.cuda.memory.DeviceMemoryManager.aligned;

import java.util.List;
import voluta.backend.DeviceException;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.GroupNormalization;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Group normalization in whatever layout x lies (native-kernels/group_normalization.cu): row-major, a group of a sample is
 * a run; channels last, each sample is reduced per channel and then the channels of a group. The context is the means,
 * then the variances, of samples and groups.
 */
final class GroupNormalizationCuda {
    private static final String NAME = "group_normalization";
    private static final int WARP = 32, ROWS = 8;

    private GroupNormalizationCuda() {}

    static void register(CudaTable table) {
        table.add(GroupNormalization.class, GroupNormalizationCuda::forward);
        table.add(GroupNormalization.Backward.class, GroupNormalizationCuda::backward);
    }

    /** Sizes that all launches share. */
    private record Sizes(TensorType x, Layout layout, DType storage, int groups, float epsilon) {
        static Sizes of(CudaContext c, Preparation p, int groups, double epsilon) {
            TensorType x = p.node().input(0).type();
            Layout layout = c.layoutOf(p, 0);
            if (x.elements() / x.dim(0) > Integer.MAX_VALUE || x.dim(0) * groups > Integer.MAX_VALUE) {
                throw new DeviceException("group normalization on a GPU takes up to " + Integer.MAX_VALUE
                        + " values per sample, and as many groups in a batch, got " + x + " in " + groups
                        + " groups; use smaller images or a smaller batch");
            }
            return new Sizes(x, layout, CudaLayout.storage(x, layout), groups, (float) epsilon);
        }

        boolean columns() {
            return CudaLayout.order(layout) == CudaLayout.Order.CHANNELS_LAST;
        }

        long samples() {
            return x.dim(0);
        }

        int channels() {
            return (int) x.dim(1);
        }

        int pixels() {
            return (int) CudaLayout.spatial(x);
        }

        long runs() {
            return samples() * groups;
        }

        /** Bytes of two numbers for each channel of each sample. */
        long channelBytes() {
            return aligned(2L * Float.BYTES * samples() * channels());
        }

        /** Bytes of two numbers for each group of each sample. */
        long groupBytes() {
            return aligned(2L * Float.BYTES * runs());
        }

        long variance(Binding b) {
            return b.contextAddress() + Float.BYTES * runs();
        }

        String kernel(String part) {
            return NAME + part + Binding.suffix(storage);
        }

        Grid warpPerRow(CudaContext c, long rows) {
            return Grid.blocks(c, (rows + ROWS - 1) / ROWS, WARP, ROWS);
        }

        Grid blockPerRun() {
            return new Grid((int) runs(), Grid.THREADS, 1);
        }
    }

    private static CudaKernel forward(CudaContext c, GroupNormalization op, Preparation p) {
        Sizes s = Sizes.of(c, p, op.groups(), op.epsilon());
        CudaKernel.Builder k = CudaKernel.of(p.node(), s.kernel(s.columns() ? "_columns" : ""))
                .input(0, s.layout)
                .output(0, s.layout)
                .overwrites(0, 0)
                .context(s.groupBytes());
        if (s.columns()) return forwardColumns(c, s, k);
        c.kernels.function(s.kernel(""));
        return k.bind(b -> b.launch(
                s.kernel(""),
                s.blockPerRun(),
                b.input(0),
                b.input(1),
                b.input(2),
                b.output(0),
                b.contextAddress(),
                s.variance(b),
                s.groups,
                s.channels(),
                s.pixels(),
                s.epsilon));
    }

    private static CudaKernel forwardColumns(CudaContext c, Sizes s, CudaKernel.Builder k) {
        ChannelPass pass = ChannelPass.ofSamples(c, s.x, s.storage);
        c.kernels.function(NAME + "_statistics");
        return k.scratch(s.channelBytes() + pass.scratchBytes()).bind(b -> {
            long moments = b.scratch(), mean = b.contextAddress();
            pass.reduce(
                    b, NAME + "_moments", List.of(b.input(0), moments, moments + s.channelBytes(), pass.counters(b)));
            b.launch(
                    NAME + "_statistics",
                    s.warpPerRow(c, s.runs()),
                    moments,
                    mean,
                    s.variance(b),
                    s.samples(),
                    s.groups,
                    s.channels(),
                    s.pixels());
            pass.map(
                    b,
                    NAME + "_normalize",
                    List.of(b.input(0), b.input(1), b.input(2), mean, s.variance(b), b.output(0)),
                    s.groups,
                    s.epsilon);
        });
    }

    /** In scratch: the sums per channel, then the means per group, then what reductions leave in between. */
    private static CudaKernel backward(CudaContext c, GroupNormalization.Backward op, Preparation p) {
        Sizes s = Sizes.of(c, p, op.groups(), op.epsilon());
        Sums overSamples = new Sums(1, s.samples(), s.channels());
        overSamples.load(c, DType.F32, DType.F32);
        ChannelPass pass = s.columns() ? ChannelPass.ofSamples(c, s.x, s.storage) : null;
        long between = s.channelBytes() + s.groupBytes();
        String form = s.columns() ? "_columns" : "";
        c.kernels.function(s.kernel("_sums" + form));
        return CudaKernel.of(p.node(), s.kernel("_backward" + form))
                .input(0, s.layout)
                .input(2, s.layout)
                .output(0, s.layout)
                .overwrites(0, 2)
                .scratch(between + overSamples.scratch(c))
                .scratch(between + (pass == null ? 0 : pass.scratchBytes()))
                .bind(b -> {
                    long sums = b.scratch(), means = sums + s.channelBytes(), rest = sums + between;
                    if (pass == null) emitRows(c, b, s, sums);
                    else emitColumns(c, b, s, pass, sums, means, rest);
                    long second = sums + Float.BYTES * s.samples() * s.channels();
                    overSamples.emit(b, sums, DType.F32, b.output(2), DType.F32, 1, rest);
                    overSamples.emit(b, second, DType.F32, b.output(1), DType.F32, 1, rest);
                });
    }

    private static void emitRows(CudaContext c, Binding b, Sizes s, long sums) {
        long mean = b.contextAddress();
        b.launch(
                s.kernel("_sums"),
                s.warpPerRow(c, s.samples() * s.channels()),
                b.input(0),
                b.input(2),
                mean,
                s.variance(b),
                sums,
                s.samples(),
                s.groups,
                s.channels(),
                s.pixels(),
                s.epsilon);
        b.launch(
                s.kernel("_backward"),
                s.blockPerRun(),
                b.input(0),
                b.input(1),
                b.input(2),
                mean,
                s.variance(b),
                sums,
                b.output(0),
                s.samples(),
                s.groups,
                s.channels(),
                s.pixels(),
                s.epsilon);
    }

    private static void emitColumns(
            CudaContext c, Binding b, Sizes s, ChannelPass pass, long sums, long means, long rest) {
        long mean = b.contextAddress();
        pass.reduce(
                b,
                NAME + "_sums",
                List.of(b.input(0), b.input(2), mean, s.variance(b), sums, rest, pass.counters(b)),
                s.groups,
                s.epsilon);
        b.launch(
                NAME + "_means",
                s.warpPerRow(c, s.runs()),
                b.input(1),
                sums,
                means,
                s.samples(),
                s.groups,
                s.channels(),
                s.pixels());
        pass.map(
                b,
                NAME + "_backward",
                List.of(b.input(0), b.input(2), b.input(1), mean, s.variance(b), means, b.output(0)),
                s.groups,
                s.epsilon);
    }
}
