package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.backend.PreparedKernel;
import voluta.op.BatchNormalization;
import voluta.tensor.TensorType;

/** Batch normalization in the layout that x has. The context is mean, biased variance and, with ReLU inside, oneDNN's workspace. */
final class BatchNormalizationOnednn {
    static final int SCALE_SHIFT = dnnl.dnnl_use_scale | dnnl.dnnl_use_shift;
    private static final long ALIGNMENT = 64;

    private BatchNormalizationOnednn() {}

    /** What a forward kernel leaves for its backward kernels to know. */
    record Saved(
            batch_normalization_forward.primitive_desc pd, int flags, long varianceAt, long workspaceAt, long bytes) {
        static Saved of(batch_normalization_forward.primitive_desc pd, int flags) {
            long vector = aligned(pd.mean_desc().get_size());
            long workspace = (flags & dnnl.dnnl_fuse_norm_relu) != 0
                    ? pd.workspace_desc().get_size()
                    : 0;
            return new Saved(pd, flags, vector, 2 * vector, 2 * vector + workspace);
        }

        static Saved of(PreparedKernel forward) {
            return (Saved) ((OnednnKernel) forward).hint();
        }

        /** The arguments that lie in the context, added to others. */
        Object[] with(Binding x, Object... others) {
            List<Object> all = new ArrayList<>(List.of(others));
            all.addAll(List.of(dnnl.DNNL_ARG_MEAN, x.context(0, pd.mean_desc())));
            all.addAll(List.of(dnnl.DNNL_ARG_VARIANCE, x.context(varianceAt, pd.variance_desc())));
            if (bytes > workspaceAt)
                all.addAll(List.of(dnnl.DNNL_ARG_WORKSPACE, x.context(workspaceAt, pd.workspace_desc())));
            return all.toArray();
        }
    }

    static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    static void register(OnednnTable table) {
        table.add(BatchNormalization.class, (c, op, p) -> {
            Layout layout = NormalizationLayout.channels(c, p.node().input(0).type(), c.offeredOr(p, 0));
            return op.mode() == BatchNormalization.Mode.TRAINING ? train(c, op, p, layout) : frozen(c, op, p, layout);
        });
        table.add(BatchNormalization.Backward.class, BatchNormalizationOnednn::backward);
        table.add(BatchNormalization.FrozenBackward.class, BatchNormalizationOnednn::frozenBackward);
    }

    static batch_normalization_forward.primitive_desc forward(
            OnednnContext c, int kind, memory.desc x, double epsilon, int flags) {
        return new batch_normalization_forward.primitive_desc(
                c.engine, kind, x, x, (float) epsilon, flags, c.attributes(), false);
    }

    static batch_normalization_backward.primitive_desc backward(
            OnednnContext c,
            memory.desc x,
            double epsilon,
            int flags,
            batch_normalization_forward.primitive_desc hint) {
        return new batch_normalization_backward.primitive_desc(
                c.engine, dnnl.dnnl_backward, x, x, x, (float) epsilon, flags, hint, c.attributes(), false);
    }

    private static OnednnKernel train(OnednnContext c, BatchNormalization op, Preparation p, Layout layout) {
        memory.desc d = c.desc(p.node().input(0).type(), layout);
        batch_normalization_forward.primitive_desc pd =
                forward(c, dnnl.dnnl_forward_training, d, op.epsilon(), SCALE_SHIFT);
        Saved saved = Saved.of(pd, SCALE_SHIFT);
        return OnednnKernel.of(p.node(), pd)
                .input(0, layout)
                .output(0, layout)
                .overwrites(0, 0)
                .scratchOf(pd)
                .context(saved.bytes)
                .hint(saved)
                .bind(x -> {
                    emitTraining(x, saved);
                    emitRunningStatistics(x, op, saved.varianceAt);
                });
    }

    /** Normalizes input 0 into output 0 and leaves the context. */
    static void emitTraining(Binding x, Saved saved) {
        x.execute(
                x.keep(new batch_normalization_forward(saved.pd)),
                saved.pd,
                saved.with(
                        x,
                        dnnl.DNNL_ARG_SRC,
                        x.input(0),
                        dnnl.DNNL_ARG_SCALE,
                        x.input(1),
                        dnnl.DNNL_ARG_SHIFT,
                        x.input(2),
                        dnnl.DNNL_ARG_DST,
                        x.output(0)));
    }

    /** Moves outputs 1 and 2, which are inputs 3 and 4, towards the batch's statistics, which lie in the context. */
    static void emitRunningStatistics(Binding x, BatchNormalization op, long varianceBytes) {
        FloatBuffer batch = x.contextBytes().asFloatBuffer(), mean = x.outputFloats(1), variance = x.outputFloats(2);
        int channels = (int) x.outputType(1).elements(), varianceAt = (int) (varianceBytes / Float.BYTES);
        long n = BatchNormalization.count(x.inputType(0).shape());
        float momentum = (float) op.momentum(), keep = (float) (1 - op.momentum());
        float unbiased = (float) (op.momentum() * n / (n - 1));
        x.run(() -> {
            for (int i = 0; i < channels; i++) {
                mean.put(i, keep * mean.get(i) + momentum * batch.get(i));
                variance.put(i, keep * variance.get(i) + unbiased * batch.get(varianceAt + i));
            }
        });
    }

    private static OnednnKernel frozen(OnednnContext c, BatchNormalization op, Preparation p, Layout layout) {
        memory.desc d = c.desc(p.node().input(0).type(), layout);
        batch_normalization_forward.primitive_desc pd =
                forward(c, dnnl.dnnl_forward_inference, d, op.epsilon(), SCALE_SHIFT | dnnl.dnnl_use_global_stats);
        return OnednnKernel.of(p.node(), pd)
                .input(0, layout)
                .output(0, layout)
                .overwrites(0, 0)
                .scratchOf(pd)
                .bind(x -> emitFrozen(x, pd));
    }

    /** Normalizes input 0 into output 0 with the statistics of inputs 3 and 4. */
    static void emitFrozen(Binding x, batch_normalization_forward.primitive_desc pd) {
        x.execute(
                new batch_normalization_forward(pd),
                pd,
                dnnl.DNNL_ARG_SRC,
                x.input(0),
                dnnl.DNNL_ARG_SCALE,
                x.input(1),
                dnnl.DNNL_ARG_SHIFT,
                x.input(2),
                dnnl.DNNL_ARG_MEAN,
                x.input(3),
                dnnl.DNNL_ARG_VARIANCE,
                x.input(4),
                dnnl.DNNL_ARG_DST,
                x.output(0));
    }

    private static OnednnKernel backward(OnednnContext c, BatchNormalization.Backward op, Preparation p) {
        PreparedKernel forward = p.forward().get();
        Layout layout = forward.inputLayout(0);
        Saved saved = Saved.of(forward);
        batch_normalization_backward.primitive_desc pd =
                backward(c, c.desc(p.node().input(0).type(), layout), op.epsilon(), saved.flags, saved.pd);
        return OnednnKernel.of(p.node(), pd)
                .input(0, layout)
                .input(2, layout)
                .output(0, layout)
                .overwrites(0, 2)
                .scratchOf(pd)
                .bind(x -> emitBackward(x, pd, saved, x.input(2)));
    }

    /** Writes dx, dscale and dshift into outputs 0 to 2, given x and scale as inputs 0 and 1. */
    static void emitBackward(Binding x, batch_normalization_backward.primitive_desc pd, Saved saved, memory dy) {
        x.execute(
                new batch_normalization_backward(pd),
                pd,
                saved.with(
                        x,
                        dnnl.DNNL_ARG_SRC,
                        x.input(0),
                        dnnl.DNNL_ARG_SCALE,
                        x.input(1),
                        dnnl.DNNL_ARG_DIFF_DST,
                        dy,
                        dnnl.DNNL_ARG_DIFF_SRC,
                        x.output(0),
                        dnnl.DNNL_ARG_DIFF_SCALE,
                        x.output(1),
                        dnnl.DNNL_ARG_DIFF_SHIFT,
                        x.output(2)));
    }

    private static OnednnKernel frozenBackward(OnednnContext c, BatchNormalization.FrozenBackward op, Preparation p) {
        TensorType type = p.node().input(0).type();
        Layout layout = NormalizationLayout.channels(c, type, c.offeredOr(p, 0));
        memory.desc d = c.desc(type, layout);
        int flags = SCALE_SHIFT | dnnl.dnnl_use_global_stats;
        batch_normalization_forward.primitive_desc hint =
                forward(c, dnnl.dnnl_forward_training, d, op.epsilon(), flags);
        batch_normalization_backward.primitive_desc pd = backward(c, d, op.epsilon(), flags, hint);
        return OnednnKernel.of(p.node(), pd)
                .input(0, layout)
                .input(4, layout)
                .output(0, layout)
                .overwrites(0, 4)
                .scratchOf(pd)
                .bind(x -> x.execute(
                        new batch_normalization_backward(pd),
                        pd,
                        dnnl.DNNL_ARG_SRC,
                        x.input(0),
                        dnnl.DNNL_ARG_SCALE,
                        x.input(1),
                        dnnl.DNNL_ARG_MEAN,
                        x.input(2),
                        dnnl.DNNL_ARG_VARIANCE,
                        x.input(3),
                        dnnl.DNNL_ARG_DIFF_DST,
                        x.input(4),
                        dnnl.DNNL_ARG_DIFF_SRC,
                        x.output(0),
                        dnnl.DNNL_ARG_DIFF_SCALE,
                        x.output(1),
                        dnnl.DNNL_ARG_DIFF_SHIFT,
                        x.output(2)));
    }
}
