package voluta.backend.onednn;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import voluta.backend.Layout;
import voluta.backend.Layouts;
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
        return SinglePrimitive.of(c, p.node(), pd)
                .reads(0, dnnl.DNNL_ARG_SRC, v.matrix, v.layout)
                .reads(1, dnnl.DNNL_ARG_SCALE, v.row, Layouts.PLAIN)
                .reads(2, dnnl.DNNL_ARG_SHIFT, v.row, Layouts.PLAIN)
                .keeps(0, dnnl.DNNL_ARG_MEAN, v.statistics)
                .keeps(v.varianceAt(), dnnl.DNNL_ARG_VARIANCE, v.statistics)
                .writes(0, dnnl.DNNL_ARG_DST, v.matrix, v.layout)
                .context(2 * v.varianceAt())
                .hint(new Saved(v, pd))
                .runs(new layer_normalization_forward(pd));
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
        return SinglePrimitive.of(c, p.node(), pd)
                .reads(0, dnnl.DNNL_ARG_SRC, v.matrix, v.layout)
                .reads(1, dnnl.DNNL_ARG_SCALE, v.row, Layouts.PLAIN)
                .keeps(0, dnnl.DNNL_ARG_MEAN, v.statistics)
                .keeps(v.varianceAt(), dnnl.DNNL_ARG_VARIANCE, v.statistics)
                .reads(2, dnnl.DNNL_ARG_DIFF_DST, v.matrix, v.layout)
                .writes(0, dnnl.DNNL_ARG_DIFF_SRC, v.matrix, v.layout)
                .writes(1, dnnl.DNNL_ARG_DIFF_SCALE, v.row, Layouts.PLAIN)
                .writes(2, dnnl.DNNL_ARG_DIFF_SHIFT, v.row, Layouts.PLAIN)
                .overwrites(0, 2)
                .runs(new layer_normalization_backward(pd));
    }
}
