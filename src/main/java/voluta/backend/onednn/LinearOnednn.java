package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.inner_product_backward_weights;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.primitive_desc;
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
        memory.desc dx = pd.src_desc(), dw = pd.weights_desc(), dy = pd.dst_desc();
        matmul primitive = new matmul(pd);
        return OnednnKernel.of(node, pd)
                .input(0, c.layout(x, dx))
                .input(1, c.layout(w, dw.permute_axes(new int[] {1, 0})))
                .output(0, c.layout(y, dy))
                .scratchOf(pd)
                .bind(b -> {
                    List<Object> a = new ArrayList<>(List.of(
                            dnnl.DNNL_ARG_SRC,
                            b.input(0, dx),
                            dnnl.DNNL_ARG_WEIGHTS,
                            b.input(1, dw),
                            dnnl.DNNL_ARG_DST,
                            b.output(0, dy)));
                    if (bias) {
                        a.add(dnnl.DNNL_ARG_BIAS);
                        a.add(b.input(2, db));
                    }
                    b.execute(primitive, pd, a.toArray());
                });
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
        memory.desc my = pd.src_desc(), mw = pd.weights_desc(), mx = pd.dst_desc();
        matmul primitive = new matmul(pd);
        return OnednnKernel.of(node, pd)
                .input(0, c.layout(w, mw))
                .input(1, c.layout(dy, my))
                .output(0, c.layout(dx, mx))
                .scratchOf(pd)
                .bind(b -> b.execute(
                        primitive,
                        pd,
                        dnnl.DNNL_ARG_WEIGHTS,
                        b.input(0, mw),
                        dnnl.DNNL_ARG_SRC,
                        b.input(1, my),
                        dnnl.DNNL_ARG_DST,
                        b.output(0, mx)));
    }

    private static OnednnKernel backwardWeights(OnednnContext c, Linear.BackwardWeights op, Preparation p) {
        Node node = p.node();
        TensorType x = node.input(0).type(),
                dy = node.input(1).type(),
                dw = node.output(0).type();
        inner_product_backward_weights.primitive_desc pd =
                best(p.precision(), t -> weights(c, x.shape(), dw.shape(), dy.shape(), op.bias(), t));
        memory.desc mx = pd.src_desc(), mw = pd.diff_weights_desc(), my = pd.diff_dst_desc();
        inner_product_backward_weights primitive = new inner_product_backward_weights(pd);
        return OnednnKernel.of(node, pd)
                .input(0, c.layout(x, mx))
                .input(1, c.layout(dy, my))
                .output(0, c.layout(dw, mw))
                .scratchOf(pd)
                .bind(b -> {
                    List<Object> a = new ArrayList<>(List.of(
                            dnnl.DNNL_ARG_SRC,
                            b.input(0, mx),
                            dnnl.DNNL_ARG_DIFF_DST,
                            b.input(1, my),
                            dnnl.DNNL_ARG_DIFF_WEIGHTS,
                            b.output(0, mw)));
                    if (op.bias()) {
                        a.add(dnnl.DNNL_ARG_DIFF_BIAS);
                        a.add(b.output(1));
                    }
                    b.execute(primitive, pd, a.toArray());
                });
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
