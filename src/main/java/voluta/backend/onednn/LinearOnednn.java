package voluta.backend.onednn;

import java.util.function.Function;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.inner_product_backward_weights;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.primitive_desc;
import voluta.backend.Layouts;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.Linear;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Fully connected layers by oneDNN's matrix product, which is a little ahead of its inner product; the latter for the
 * weights' gradient, since it sums the bias' gradient in the same pass. */
final class LinearOnednn {
    private LinearOnednn() {}

    static void register(OnednnTable table) {
        table.add(Linear.class, LinearOnednn::forward);
        table.add(Linear.BackwardData.class, LinearOnednn::backwardData);
        table.add(Linear.BackwardWeights.class, LinearOnednn::backwardWeights);
    }

    /** The descriptor at the storage asked for, or in f32 where the processor has nothing faster than plain loops for it. */
    static <T extends primitive_desc> T best(Precision precision, Function<data_type, T> make) {
        if (precision == Precision.F32) return make.apply(data_type.f32);
        try {
            T pd = make.apply(OnednnContext.storage(precision));
            if (LayoutChoice.fast(pd)) return pd;
        } catch (RuntimeException e) {
            // oneDNN has no bf16 on this processor
            return make.apply(data_type.f32);
        }
        return make.apply(data_type.f32);
    }

    private static OnednnKernel forward(OnednnContext c, Linear op, Preparation p) {
        Node node = p.node();
        TensorType x = node.input(0).type(),
                w = node.input(1).type(),
                y = node.output().type();
        boolean bias = node.inputs().size() > 2;
        // in training, bringing the weights into blocks at every step costs more than blocks gain
        format_tag format = p.training() ? format_tag.ba : format_tag.any;
        memory.desc db = c.plain(new long[] {1, w.dim(0)}, data_type.f32);
        matmul.primitive_desc pd = best(p.precision(), t -> {
            memory.desc dx = c.plain(x.shape(), t), dy = c.plain(y.shape(), t);
            memory.desc dw = new memory.desc(new long[] {w.dim(1), w.dim(0)}, t, format);
            return bias
                    ? new matmul.primitive_desc(c.engine, dx, dw, db, dy, c.attributes(), false)
                    : new matmul.primitive_desc(c.engine, dx, dw, dy, c.attributes(), false);
        });
        memory.desc dw = pd.weights_desc();
        SinglePrimitive k = SinglePrimitive.of(c, node, pd)
                .reads(0, dnnl.DNNL_ARG_SRC, pd.src_desc())
                .reads(1, dnnl.DNNL_ARG_WEIGHTS, dw, c.layout(w, dw.permute_axes(new int[] {1, 0})))
                .writes(0, dnnl.DNNL_ARG_DST, pd.dst_desc());
        if (bias) k.reads(2, dnnl.DNNL_ARG_BIAS, db, Layouts.PLAIN);
        return k.runs(new matmul(pd));
    }

    private static OnednnKernel backwardData(OnednnContext c, Linear.BackwardData op, Preparation p) {
        Node node = p.node();
        TensorType w = node.input(0).type(),
                dy = node.input(1).type(),
                dx = node.output().type();
        matmul.primitive_desc pd = best(
                p.precision(),
                t -> new matmul.primitive_desc(
                        c.engine,
                        c.plain(dy.shape(), t),
                        c.plain(w.shape(), t),
                        c.plain(dx.shape(), t),
                        c.attributes(),
                        false));
        return SinglePrimitive.of(c, node, pd)
                .reads(0, dnnl.DNNL_ARG_WEIGHTS, pd.weights_desc())
                .reads(1, dnnl.DNNL_ARG_SRC, pd.src_desc())
                .writes(0, dnnl.DNNL_ARG_DST, pd.dst_desc())
                .runs(new matmul(pd));
    }

    private static OnednnKernel backwardWeights(OnednnContext c, Linear.BackwardWeights op, Preparation p) {
        Node node = p.node();
        TensorType x = node.input(0).type(),
                dy = node.input(1).type(),
                dw = node.output(0).type();
        inner_product_backward_weights.primitive_desc pd =
                best(p.precision(), t -> weights(c, x.shape(), dw.shape(), dy.shape(), op.bias(), t));
        SinglePrimitive k = SinglePrimitive.of(c, node, pd)
                .reads(0, dnnl.DNNL_ARG_SRC, pd.src_desc())
                .reads(1, dnnl.DNNL_ARG_DIFF_DST, pd.diff_dst_desc())
                .writes(0, dnnl.DNNL_ARG_DIFF_WEIGHTS, pd.diff_weights_desc());
        if (op.bias()) k.writes(1, dnnl.DNNL_ARG_DIFF_BIAS, pd.diff_bias_desc());
        return k.runs(new inner_product_backward_weights(pd));
    }

    private static inner_product_backward_weights.primitive_desc weights(
            OnednnContext c, Shape x, Shape w, Shape y, boolean bias, data_type t) {
        memory.desc dx = c.any(x, t), dw = c.any(w, data_type.f32), dy = c.any(y, t);
        inner_product_forward.primitive_desc hint = new inner_product_forward.primitive_desc(
                c.engine, dnnl.prop_kind.forward_training, dx, c.any(w, t), dy, c.attributes(), false);
        return bias
                ? new inner_product_backward_weights.primitive_desc(
                        c.engine, dx, dw, c.plain(Shape.of(w.dim(0)), data_type.f32), dy, hint, c.attributes(), false)
                : new inner_product_backward_weights.primitive_desc(c.engine, dx, dw, dy, hint, c.attributes(), false);
    }
}
