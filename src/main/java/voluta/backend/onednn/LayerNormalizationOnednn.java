package voluta.backend.onednn;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.LayerNormalization;
import voluta.tensor.TensorType;

/**
 * Layer normalization. oneDNN normalizes the last dimension only, so x is seen as a row-major matrix, a row for each mean;
 * f32 or bf16, as it is stored where it comes from. The context is means, then variances.
 */
final class LayerNormalizationOnednn {
    private static final int FLAGS = BatchNormalizationOnednn.SCALE_SHIFT;

    private LayerNormalizationOnednn() {}

    /** x as a matrix. */
    private record View(Layout layout, memory.desc matrix, memory.desc row, memory.desc statistics) {
        static View of(OnednnContext c, TensorType x, int axis, data_type storage) {
            long rows = x.shape().product(0, axis), n = x.elements() / rows;
            return new View(
                    c.layout(x, c.plain(x.shape(), storage)),
                    c.plain(new long[] {rows, n}, storage),
                    c.plain(new long[] {n}, data_type.f32),
                    c.plain(new long[] {rows}, data_type.f32));
        }

        long varianceAt() {
            return BatchNormalizationOnednn.aligned(statistics.get_size());
        }
    }

    private record Saved(View view, layer_normalization_forward.primitive_desc pd) {}

    static void register(OnednnTable table) {
        table.add(LayerNormalization.class, LayerNormalizationOnednn::forward);
        table.add(LayerNormalization.Backward.class, LayerNormalizationOnednn::backward);
    }

    private static OnednnKernel forward(OnednnContext c, LayerNormalization op, Preparation p) {
        TensorType type = p.node().input(0).type();
        View v = View.of(c, type, op.axis(), NormalizationLayout.storage(c, type, c.offeredOr(p, 0)));
        layer_normalization_forward.primitive_desc pd = new layer_normalization_forward.primitive_desc(
                c.engine,
                dnnl.dnnl_forward_training,
                v.matrix,
                v.matrix,
                v.statistics,
                (float) op.epsilon(),
                FLAGS,
                c.attributes(),
                false);
        return OnednnKernel.of(p.node(), pd)
                .input(0, v.layout)
                .output(0, v.layout)
                .scratchOf(pd)
                .context(2 * v.varianceAt())
                .hint(new Saved(v, pd))
                .bind(x -> x.execute(
                        new layer_normalization_forward(pd),
                        pd,
                        dnnl.DNNL_ARG_SRC,
                        x.input(0, v.matrix),
                        dnnl.DNNL_ARG_SCALE,
                        x.input(1, v.row),
                        dnnl.DNNL_ARG_SHIFT,
                        x.input(2, v.row),
                        dnnl.DNNL_ARG_MEAN,
                        x.context(0, v.statistics),
                        dnnl.DNNL_ARG_VARIANCE,
                        x.context(v.varianceAt(), v.statistics),
                        dnnl.DNNL_ARG_DST,
                        x.output(0, v.matrix)));
    }

    private static OnednnKernel backward(OnednnContext c, LayerNormalization.Backward op, Preparation p) {
        Saved saved = (Saved) ((OnednnKernel) p.forward().get()).hint();
        View v = saved.view;
        layer_normalization_backward.primitive_desc pd = new layer_normalization_backward.primitive_desc(
                c.engine,
                dnnl.dnnl_backward,
                v.matrix,
                v.matrix,
                v.matrix,
                v.statistics,
                (float) op.epsilon(),
                FLAGS,
                saved.pd,
                c.attributes(),
                false);
        return OnednnKernel.of(p.node(), pd)
                .input(0, v.layout)
                .input(2, v.layout)
                .output(0, v.layout)
                .overwrites(0, 2)
                .scratchOf(pd)
                .bind(x -> x.execute(
                        new layer_normalization_backward(pd),
                        pd,
                        dnnl.DNNL_ARG_SRC,
                        x.input(0, v.matrix),
                        dnnl.DNNL_ARG_SCALE,
                        x.input(1, v.row),
                        dnnl.DNNL_ARG_MEAN,
                        x.context(0, v.statistics),
                        dnnl.DNNL_ARG_VARIANCE,
                        x.context(v.varianceAt(), v.statistics),
                        dnnl.DNNL_ARG_DIFF_DST,
                        x.input(2, v.matrix),
                        dnnl.DNNL_ARG_DIFF_SRC,
                        x.output(0, v.matrix),
                        dnnl.DNNL_ARG_DIFF_SCALE,
                        x.output(1, v.row),
                        dnnl.DNNL_ARG_DIFF_SHIFT,
                        x.output(2, v.row)));
    }
}
