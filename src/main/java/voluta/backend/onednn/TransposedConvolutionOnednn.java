package voluta.backend.onednn;

import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.TransposedConvolution;

/**
 * Transposed convolution by the primitives of the convolution from y to x: its data gradient forward, itself backward. Its
 * weights are then the same array; oneDNN's deconvolution would want them transposed, and has fewer fast kernels.
 */
final class TransposedConvolutionOnednn {
    private TransposedConvolutionOnednn() {}

    static void register(OnednnTable table) {
        table.add(TransposedConvolution.class, TransposedConvolutionOnednn::forward);
        table.add(TransposedConvolution.BackwardData.class, TransposedConvolutionOnednn::backwardData);
        table.add(TransposedConvolution.BackwardWeights.class, TransposedConvolutionOnednn::backwardWeights);
    }

    private static OnednnKernel forward(OnednnContext c, TransposedConvolution op, Preparation p) {
        Node node = p.node();
        convolution_backward_data.primitive_desc pd = ConvolutionPrimitives.of(
                        c,
                        p.precision(),
                        op,
                        node.input(0).type().shape(),
                        node.input(1).type().shape())
                .backwardData();
        memory.desc x = pd.diff_dst_desc(), w = pd.weights_desc(), y = pd.diff_src_desc();
        convolution_backward_data primitive = new convolution_backward_data(pd);
        OnednnKernel.Builder k = OnednnKernel.of(node, pd)
                .input(0, c.layout(node.input(0).type(), x))
                .input(1, c.layout(node.input(1).type(), w))
                .output(0, c.layout(node.output().type(), y))
                .scratchOf(pd);
        if (node.inputs().size() == 2) return k.bind(b -> stamp(b, primitive, pd, x, w, y));
        long[] d = new long[node.output().type().rank()];
        java.util.Arrays.fill(d, 1);
        d[1] = node.output().type().dim(1);
        memory.desc bias = c.plain(d, data_type.f32);
        boolean one = node.output().type().elements() == d[1];
        return one ? addOne(c, k, primitive, pd, bias) : addToEach(c, k, primitive, pd, bias);
    }

    private static OnednnKernel addToEach(
            OnednnContext c,
            OnednnKernel.Builder k,
            convolution_backward_data primitive,
            convolution_backward_data.primitive_desc pd,
            memory.desc bias) {
        memory.desc x = pd.diff_dst_desc(), w = pd.weights_desc(), y = pd.diff_src_desc();
        binary.primitive_desc addition =
                new binary.primitive_desc(c.engine, dnnl.algorithm.binary_add, y, bias, y, c.attributes(), false);
        binary add = new binary(addition);
        return k.scratchOf(addition).bind(b -> {
            stamp(b, primitive, pd, x, w, y);
            memory out = b.output(0, y);
            b.execute(
                    add,
                    addition,
                    dnnl.DNNL_ARG_SRC_0,
                    out,
                    dnnl.DNNL_ARG_SRC_1,
                    b.input(2, bias),
                    dnnl.DNNL_ARG_DST,
                    out);
        });
    }

    /**
     * The bias is as large as y: a reorder adds it. oneDNN's binary primitive leaves most elements out where it adds f32 to
     * bf16 of the same shape.
     */
    private static OnednnKernel addOne(
            OnednnContext c,
            OnednnKernel.Builder k,
            convolution_backward_data primitive,
            convolution_backward_data.primitive_desc pd,
            memory.desc bias) {
        memory.desc x = pd.diff_dst_desc(), w = pd.weights_desc(), y = pd.diff_src_desc();
        primitive_attr adding = c.attributes();
        post_ops after = new post_ops();
        after.append_sum();
        adding.set_post_ops(after);
        reorder.primitive_desc addition = new reorder.primitive_desc(c.engine, bias, c.engine, y, adding, false);
        reorder add = new reorder(addition);
        return k.scratchOf(addition).bind(b -> {
            stamp(b, primitive, pd, x, w, y);
            b.execute(add, addition, dnnl.DNNL_ARG_FROM, b.input(2, bias), dnnl.DNNL_ARG_TO, b.output(0, y));
        });
    }

    private static void stamp(
            Binding b,
            convolution_backward_data primitive,
            convolution_backward_data.primitive_desc pd,
            memory.desc x,
            memory.desc w,
            memory.desc y) {
        b.execute(
                primitive,
                pd,
                dnnl.DNNL_ARG_DIFF_DST,
                b.input(0, x),
                dnnl.DNNL_ARG_WEIGHTS,
                b.input(1, w),
                dnnl.DNNL_ARG_DIFF_SRC,
                b.output(0, y));
    }

    private static OnednnKernel backwardData(OnednnContext c, TransposedConvolution.BackwardData op, Preparation p) {
        Node node = p.node();
        convolution_forward.primitive_desc pd = ConvolutionPrimitives.of(
                        c,
                        p.precision(),
                        op.forward(),
                        op.x(),
                        node.input(0).type().shape())
                .forward(false);
        return SinglePrimitive.of(c, node, pd)
                .reads(0, dnnl.DNNL_ARG_WEIGHTS, pd.weights_desc())
                .reads(1, dnnl.DNNL_ARG_SRC, pd.src_desc())
                .writes(0, dnnl.DNNL_ARG_DST, pd.dst_desc())
                .runs(new convolution_forward(pd));
    }

    private static OnednnKernel backwardWeights(
            OnednnContext c, TransposedConvolution.BackwardWeights op, Preparation p) {
        Node node = p.node();
        convolution_backward_weights.primitive_desc pd = ConvolutionPrimitives.of(
                        c, p.precision(), op.forward(), node.input(0).type().shape(), op.w())
                .backwardWeights(false);
        return SinglePrimitive.of(c, node, pd)
                .reads(0, dnnl.DNNL_ARG_DIFF_DST, pd.diff_dst_desc())
                .reads(1, dnnl.DNNL_ARG_SRC, pd.src_desc())
                .writes(0, dnnl.DNNL_ARG_DIFF_WEIGHTS, pd.diff_weights_desc())
                .runs(new convolution_backward_weights(pd));
    }
}
