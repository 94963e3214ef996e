package voluta.backend.onednn;

import java.nio.FloatBuffer;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.GroupNormalization;
import voluta.tensor.TensorType;

/**
 * Group normalization by oneDNN's batch normalization, since its group normalization has no fast backward (hundreds of times
 * slower than this) and no blocked layouts.
 *
 * <p>In row-major and channel-blocked layouts the N samples of C channels are also one sample of N * C channels. Batch
 * normalization of that view gives each channel of each sample its statistics; those of a group follow from them, and a
 * second pass normalizes with them. Backward, with g = dy * scale: a pass with the group's statistics as constants gives the
 * sums of dy and dy * x^, and g / deviation as dx; what is missing is {@code (-mean(g) - x^ * mean(g * x^)) / deviation},
 * which is once more a normalization of x, with scale and shift of its own. With a channel per group each of these is a
 * single pass.
 *
 * <p>The context is a mean and a variance for each channel of each sample, equal within a group.
 */
final class GroupNormalizationOnednn {
    private static final int FLAGS = BatchNormalizationOnednn.SCALE_SHIFT;
    private static final int CONSTANT = FLAGS | dnnl.dnnl_use_global_stats;

    private GroupNormalizationOnednn() {}

    static void register(OnednnTable table) {
        table.add(GroupNormalization.class, GroupNormalizationOnednn::forward);
        table.add(GroupNormalization.Backward.class, GroupNormalizationOnednn::backward);
    }

    /**
     * The sizes of a node and x as one sample.
     *
     * @param channels of x
     * @param padded channels that the layout has, at least as many
     * @param count values per group
     */
    private record View(
            Layout layout,
            memory.desc x,
            memory.desc vector,
            int samples,
            int channels,
            int padded,
            int groups,
            double count) {
        static View of(OnednnContext c, TensorType type, Layout offered, int groups) {
            Layout layout = NormalizationLayout.samples(c, type, offered);
            memory.desc d = c.desc(type, layout);
            int samples = type.shape().size(0), channels = type.shape().size(1), rank = type.rank();
            int block = d.get_inner_nblks() == 0 ? 1 : (int) d.get_inner_blks().get(0);
            int padded = (channels + block - 1) / block * block;
            long[] dims = rank == 2 ? new long[] {1, 0, 1} : type.shape().dims();
            dims[0] = 1;
            dims[1] = (long) samples * padded;
            memory.desc x = block == 1
                    ? c.plain(dims, d.get_data_type())
                    : new memory.desc(dims, d.get_data_type(), NormalizationLayout.tag(rank, block));
            memory.desc vector = c.plain(new long[] {dims[1]}, data_type.f32);
            double count = (double) type.elements() / samples / groups;
            return new View(layout, x, vector, samples, channels, padded, groups, count);
        }

        /** Whether each channel has its own group. */
        boolean instances() {
            return groups == channels;
        }

        long vectorBytes() {
            return BatchNormalizationOnednn.aligned(vector.get_size());
        }

        /** Where the variance of the first channel stands in the context, counted in floats. */
        int varianceAt() {
            return (int) (vectorBytes() / Float.BYTES);
        }

        /** Writes a vector per channel once per sample; zeros for channels that only the layout has. */
        void repeat(FloatBuffer from, FloatBuffer to, int at) {
            for (int n = 0; n < samples; n++) {
                for (int k = 0; k < padded; k++) to.put(at + n * padded + k, k < channels ? from.get(k) : 0);
            }
        }
    }

    private static OnednnKernel forward(OnednnContext c, GroupNormalization op, Preparation p) {
        View v = View.of(c, p.node().input(0).type(), c.offeredOr(p, 0), op.groups());
        int flags = v.instances() ? FLAGS : CONSTANT;
        batch_normalization_forward.primitive_desc
                measure =
                        v.instances()
                                ? null
                                : BatchNormalizationOnednn.forward(c, dnnl.dnnl_forward_training, v.x, op.epsilon(), 0),
                apply = BatchNormalizationOnednn.forward(c, dnnl.dnnl_forward_training, v.x, op.epsilon(), flags);
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), apply)
                .input(0, v.layout)
                .output(0, v.layout)
                .context(2 * v.vectorBytes())
                .hint(v);
        long own = BatchNormalizationOnednn.aligned(Math.max(
                apply.scratchpad_desc().get_size(),
                measure == null ? 0 : measure.scratchpad_desc().get_size()));
        return k.scratch(own + 2 * v.vectorBytes()).bind(x -> {
            memory in = x.input(0, v.x), out = x.output(0, v.x);
            memory mean = x.context(0, v.vector), variance = x.context(v.vectorBytes(), v.vector);
            if (measure != null) {
                x.execute(
                        new batch_normalization_forward(measure),
                        measure,
                        dnnl.DNNL_ARG_SRC,
                        in,
                        dnnl.DNNL_ARG_MEAN,
                        mean,
                        dnnl.DNNL_ARG_VARIANCE,
                        variance,
                        dnnl.DNNL_ARG_DST,
                        out);
                FloatBuffer statistics = x.contextBytes().asFloatBuffer();
                x.run(() -> join(v, statistics));
            }
            FloatBuffer scale = x.inputFloats(1), shift = x.inputFloats(2);
            FloatBuffer scratch = x.scratchBytes().asFloatBuffer();
            int at = (int) (own / Float.BYTES);
            x.run(() -> {
                v.repeat(scale, scratch, at);
                v.repeat(shift, scratch, at + v.varianceAt());
            });
            x.execute(
                    new batch_normalization_forward(apply),
                    apply,
                    dnnl.DNNL_ARG_SRC,
                    in,
                    dnnl.DNNL_ARG_SCALE,
                    x.scratch(own, v.vector),
                    dnnl.DNNL_ARG_SHIFT,
                    x.scratch(own + v.vectorBytes(), v.vector),
                    dnnl.DNNL_ARG_MEAN,
                    mean,
                    dnnl.DNNL_ARG_VARIANCE,
                    variance,
                    dnnl.DNNL_ARG_DST,
                    out);
        });
    }

    /** From statistics of channels to those of groups: the variance is the mean variance and the variance of the means. */
    private static void join(View v, FloatBuffer statistics) {
        int size = v.channels / v.groups, varianceAt = v.varianceAt();
        for (int n = 0; n < v.samples; n++) {
            for (int g = 0; g < v.groups; g++) {
                int from = n * v.padded + g * size;
                double mean = 0, variance = 0;
                for (int k = from; k < from + size; k++) mean += statistics.get(k);
                mean /= size;
                for (int k = from; k < from + size; k++) {
                    double d = statistics.get(k) - mean;
                    variance += statistics.get(varianceAt + k) + d * d;
                }
                for (int k = from; k < from + size; k++) {
                    statistics.put(k, (float) mean);
                    statistics.put(varianceAt + k, (float) (variance / size));
                }
            }
        }
    }

    private static OnednnKernel backward(OnednnContext c, GroupNormalization.Backward op, Preparation p) {
        View v = (View) ((OnednnKernel) p.forward().get()).hint();
        int flags = v.instances() ? FLAGS : CONSTANT;
        batch_normalization_forward.primitive_desc apply =
                BatchNormalizationOnednn.forward(c, dnnl.dnnl_forward_training, v.x, op.epsilon(), flags);
        batch_normalization_backward.primitive_desc pd =
                BatchNormalizationOnednn.backward(c, v.x, op.epsilon(), flags, apply);
        binary.primitive_desc add =
                new binary.primitive_desc(c.engine, dnnl.algorithm.binary_add, v.x, v.x, v.x, c.attributes(), false);
        long own = BatchNormalizationOnednn.aligned(Math.max(
                Math.max(
                        apply.scratchpad_desc().get_size(), pd.scratchpad_desc().get_size()),
                add.scratchpad_desc().get_size()));
        long rest = own + 3 * v.vectorBytes();
        return OnednnKernel.of(p.node(), pd)
                .input(0, v.layout)
                .input(2, v.layout)
                .output(0, v.layout)
                .overwrites(0, 2)
                .scratch(rest + (v.instances() ? 0 : v.x.get_size()))
                .bind(x -> {
                    Gradient g = new Gradient(x, v, own, op.epsilon());
                    emitSums(x, v, pd, own, g);
                    if (!v.instances()) emitRest(x, v, apply, add, own, rest);
                });
    }

    /** dx as far as the statistics are constants (or, with a channel per group, as a whole), dscale and dshift. */
    private static void emitSums(
            Binding x, View v, batch_normalization_backward.primitive_desc pd, long own, Gradient g) {
        x.run(g::begin);
        x.execute(
                new batch_normalization_backward(pd),
                pd,
                dnnl.DNNL_ARG_SRC,
                x.input(0, v.x),
                dnnl.DNNL_ARG_SCALE,
                x.scratch(own, v.vector),
                dnnl.DNNL_ARG_MEAN,
                x.context(0, v.vector),
                dnnl.DNNL_ARG_VARIANCE,
                x.context(v.vectorBytes(), v.vector),
                dnnl.DNNL_ARG_DIFF_DST,
                x.input(2, v.x),
                dnnl.DNNL_ARG_DIFF_SRC,
                x.output(0, v.x),
                dnnl.DNNL_ARG_DIFF_SCALE,
                x.scratch(own + v.vectorBytes(), v.vector),
                dnnl.DNNL_ARG_DIFF_SHIFT,
                x.scratch(own + 2 * v.vectorBytes(), v.vector));
        x.run(g::end);
    }

    /** What the statistics' own gradients add to dx: x normalized with the scale and shift that {@link Gradient#end} left. */
    private static void emitRest(
            Binding x,
            View v,
            batch_normalization_forward.primitive_desc apply,
            binary.primitive_desc add,
            long own,
            long rest) {
        memory dx = x.output(0, v.x), more = x.scratch(rest, v.x);
        x.execute(
                new batch_normalization_forward(apply),
                apply,
                dnnl.DNNL_ARG_SRC,
                x.input(0, v.x),
                dnnl.DNNL_ARG_SCALE,
                x.scratch(own + v.vectorBytes(), v.vector),
                dnnl.DNNL_ARG_SHIFT,
                x.scratch(own + 2 * v.vectorBytes(), v.vector),
                dnnl.DNNL_ARG_MEAN,
                x.context(0, v.vector),
                dnnl.DNNL_ARG_VARIANCE,
                x.context(v.vectorBytes(), v.vector),
                dnnl.DNNL_ARG_DST,
                more);
        x.execute(new binary(add), add, dnnl.DNNL_ARG_SRC_0, dx, dnnl.DNNL_ARG_SRC_1, more, dnnl.DNNL_ARG_DST, dx);
    }

    /** The part of backward that is done per channel: three vectors in the scratch, one element per channel of a sample. */
    private static final class Gradient {
        private final View v;
        private final double epsilon;
        private final FloatBuffer scale;
        private final FloatBuffer dscale;
        private final FloatBuffer dshift;
        private final FloatBuffer context;
        private final FloatBuffer scratch;
        private final int scaleAt;
        private final int dscaleAt;
        private final int dshiftAt;

        Gradient(Binding x, View v, long own, double epsilon) {
            this.v = v;
            this.epsilon = epsilon;
            scale = x.inputFloats(1);
            dscale = x.outputFloats(1);
            dshift = x.outputFloats(2);
            context = x.contextBytes().asFloatBuffer();
            scratch = x.scratchBytes().asFloatBuffer();
            scaleAt = (int) (own / Float.BYTES);
            dscaleAt = scaleAt + v.varianceAt();
            dshiftAt = dscaleAt + v.varianceAt();
        }

        void begin() {
            v.repeat(scale, scratch, scaleAt);
        }

        void end() {
            for (int c = 0; c < v.channels; c++) {
                double scales = 0, shifts = 0;
                for (int n = 0; n < v.samples; n++) {
                    scales += scratch.get(dscaleAt + n * v.padded + c);
                    shifts += scratch.get(dshiftAt + n * v.padded + c);
                }
                dscale.put(c, (float) scales);
                dshift.put(c, (float) shifts);
            }
            if (!v.instances()) for (int n = 0; n < v.samples; n++) sample(n * v.padded);
        }

        /** Replaces the sums of one sample by the scale and shift with which its x enters dx. */
        private void sample(int at) {
            int size = v.channels / v.groups;
            for (int from = at; from < at + v.channels; from += size) {
                double g = 0, gx = 0;
                for (int k = from; k < from + size; k++) {
                    gx += (double) scratch.get(scaleAt + k) * scratch.get(dscaleAt + k);
                    g += (double) scratch.get(scaleAt + k) * scratch.get(dshiftAt + k);
                }
                double factor = -1 / (Math.sqrt(context.get(v.varianceAt() + from) + epsilon) * v.count);
                for (int k = from; k < from + size; k++) {
                    scratch.put(dscaleAt + k, (float) (gx * factor));
                    scratch.put(dshiftAt + k, (float) (g * factor));
                }
            }
            for (int k = at + v.channels; k < at + v.padded; k++) {
                scratch.put(dscaleAt + k, 0);
                scratch.put(dshiftAt + k, 0);
            }
        }
    }
}
