package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.javacpp.Pointer;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.PreparedKernel;
import voluta.backend.Support;
import voluta.op.Activation;
import voluta.op.BatchNormalization;
import voluta.op.FusedBatchNormalization;
import voluta.tensor.TensorType;

/**
 * Batch normalization with a residual and ReLU or ReLU6: {@link NativeNormalization} where there is the library. Where there
 * is none, oneDNN with ReLU: alone, it is done within oneDNN's batch normalization, which leaves a bit per value for
 * backward. With a residual, addition and ReLU are one pass over y in place (oneDNN's own fused addition exists on GPUs
 * only), and backward begins with a pass that finds the residual's gradient, which is also what reaches the normalization.
 */
final class FusedBatchNormalizationOnednn {
    private static final int RESIDUAL = 5;

    private FusedBatchNormalizationOnednn() {}

    static void register(OnednnTable table) {
        table.add(
                FusedBatchNormalization.class,
                FusedBatchNormalizationOnednn::forward,
                FusedBatchNormalizationOnednn::supports);
        table.add(FusedBatchNormalization.Backward.class, FusedBatchNormalizationOnednn::backward);
    }

    private static Support supports(FusedBatchNormalization op, List<TensorType> inputs, Precision precision) {
        boolean relu =
                op.activation().filter(a -> a.kind() == Activation.Kind.RELU).isPresent();
        return relu || NativeNormalization.supports(op.activation(), precision)
                ? Support.YES
                : Support.no("the kernels fuse batch normalization with ReLU only");
    }

    private static OnednnKernel forward(OnednnContext c, FusedBatchNormalization op, Preparation p) {
        Optional<NativeNormalization> own =
                NativeNormalization.of(c, p, op.norm().epsilon(), op.activation());
        if (own.isPresent()) return own.get().forward(op.norm(), op.residual() ? RESIDUAL : -1);
        Layout layout = NormalizationLayout.channels(c, p.node().input(0).type(), c.offeredOr(p, 0));
        memory.desc d = c.desc(p.node().input(0).type(), layout);
        boolean training = op.norm().mode() == BatchNormalization.Mode.TRAINING;
        int flags = BatchNormalizationOnednn.SCALE_SHIFT
                | (op.residual() ? 0 : dnnl.dnnl_fuse_norm_relu)
                | (training ? 0 : dnnl.dnnl_use_global_stats);
        batch_normalization_forward.primitive_desc pd = BatchNormalizationOnednn.forward(
                c,
                training ? dnnl.dnnl_forward_training : dnnl.dnnl_forward_inference,
                d,
                op.norm().epsilon(),
                flags);
        binary.primitive_desc add = op.residual() ? addRelu(c, d) : null;
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), pd)
                .input(0, layout)
                .output(0, layout)
                .overwrites(0, 0)
                .scratchOf(pd);
        if (add != null) k.input(RESIDUAL, layout).scratchOf(add);
        if (!training)
            return k.bind(x -> {
                BatchNormalizationOnednn.emitFrozen(x, pd);
                if (add != null) emitAdd(x, add);
            });
        BatchNormalizationOnednn.Saved saved = BatchNormalizationOnednn.Saved.of(pd, flags);
        return k.context(saved.bytes()).hint(saved).bind(x -> {
            BatchNormalizationOnednn.emitTraining(x, saved);
            if (add != null) emitAdd(x, add);
            emitNoNumbers(x, saved.varianceAt());
            BatchNormalizationOnednn.emitRunningStatistics(x, op.norm(), saved.varianceAt());
        });
    }

    /**
     * Makes y no number where the batch's variance, in the context, or scale or shift is none for some channel. oneDNN's ReLU makes 0
     * of it: the loss would go on without that channel, and nobody would know.
     */
    private static void emitNoNumbers(Binding x, long varianceBytes) {
        FloatBuffer batch = x.contextBytes().asFloatBuffer(), scale = x.inputFloats(1), shift = x.inputFloats(2);
        int channels = x.inputType(1).shape().size(0), variance = (int) (varianceBytes / Float.BYTES);
        long bytes = x.inputLayoutBytes(0);
        Pointer y = x.keep(NativeMemory.at(x.outputAddress(0), bytes));
        x.run(() -> {
            for (int i = 0; i < channels; i++) {
                // of NaN and anything, and of opposite infinities, which are no better
                if (!Float.isNaN(batch.get(variance + i) + scale.get(i) + shift.get(i))) continue;
                Pointer.memset(y, 0xff, bytes);
                return;
            }
        });
    }

    private static binary.primitive_desc addRelu(OnednnContext c, memory.desc d) {
        try (post_ops relu = new post_ops();
                primitive_attr attributes = c.attributes()) {
            relu.append_eltwise(dnnl.algorithm.eltwise_relu, 0f, 0f);
            attributes.set_post_ops(relu);
            return new binary.primitive_desc(c.engine, dnnl.algorithm.binary_add, d, d, d, attributes, false);
        }
    }

    private static void emitAdd(Binding x, binary.primitive_desc add) {
        memory y = x.output(0);
        x.execute(
                new binary(add),
                add,
                dnnl.DNNL_ARG_SRC_0,
                y,
                dnnl.DNNL_ARG_SRC_1,
                x.input(RESIDUAL),
                dnnl.DNNL_ARG_DST,
                y);
    }

    private static OnednnKernel backward(OnednnContext c, FusedBatchNormalization.Backward op, Preparation p) {
        FusedBatchNormalization forwardOp = op.forward();
        Optional<NativeNormalization> own =
                NativeNormalization.after(c, p, forwardOp.norm().epsilon(), forwardOp.activation());
        if (own.isPresent()) {
            int residual = forwardOp.givesResidualGradient() ? 3 : -1;
            return own.get().backward(new NativeNormalization.Places(2, 3, 4, residual));
        }
        PreparedKernel forward = p.forward().get();
        BatchNormalizationOnednn.Saved saved = BatchNormalizationOnednn.Saved.of(forward);
        Layout layout = forward.inputLayout(0);
        memory.desc d = c.desc(p.node().input(0).type(), layout);
        batch_normalization_backward.primitive_desc pd =
                BatchNormalizationOnednn.backward(c, d, op.forward().norm().epsilon(), saved.flags(), saved.pd());
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), pd)
                .input(0, layout)
                .ignores(2)
                .input(4, layout)
                .output(0, layout)
                .scratchOf(pd);
        if (!op.forward().residual()) {
            return k.ignores(3)
                    .overwrites(0, 4)
                    .bind(x -> BatchNormalizationOnednn.emitBackward(x, pd, saved, x.input(4)));
        }
        eltwise_backward.primitive_desc relu = reluBackward(c, d);
        return k.input(3, layout)
                .output(3, layout)
                .overwrites(3, 4)
                .scratchOf(relu)
                .bind(x -> {
                    memory dz = x.output(3);
                    x.execute(
                            new eltwise_backward(relu),
                            relu,
                            dnnl.DNNL_ARG_DST,
                            x.input(3),
                            dnnl.DNNL_ARG_DIFF_DST,
                            x.input(4),
                            dnnl.DNNL_ARG_DIFF_SRC,
                            dz);
                    BatchNormalizationOnednn.emitBackward(x, pd, saved, dz);
                });
    }

    private static eltwise_backward.primitive_desc reluBackward(OnednnContext c, memory.desc d) {
        dnnl.algorithm fromOutput = dnnl.algorithm.eltwise_relu_use_dst_for_bwd;
        try (eltwise_forward.primitive_desc hint = new eltwise_forward.primitive_desc(
                c.engine, dnnl.prop_kind.forward_training, fromOutput, d, d, 0f, 0f, c.attributes(), false)) {
            return new eltwise_backward.primitive_desc(
                    c.engine, fromOutput, d, d, d, 0f, 0f, hint, c.attributes(), false);
        }
    }
}
