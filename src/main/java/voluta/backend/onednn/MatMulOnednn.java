package voluta.backend.onednn;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.MatMul;
import voluta.tensor.TensorType;

/** Products of row-major matrices by oneDNN's matmul; a transposed operand is one with other strides. */
final class MatMulOnednn {
    private MatMulOnednn() {}

    static void register(OnednnTable table) {
        table.add(MatMul.class, MatMulOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, MatMul op, Preparation p) {
        Node node = p.node();
        TensorType a = node.input(0).type(),
                b = node.input(1).type(),
                y = node.output().type();
        matmul.primitive_desc pd = LinearOnednn.best(
                p.precision(),
                t -> new matmul.primitive_desc(
                        c.engine,
                        operand(a, y.rank(), op.transposeA(), t),
                        operand(b, y.rank(), op.transposeB(), t),
                        c.plain(y.shape(), t),
                        c.attributes(),
                        false));
        memory.desc dy = pd.dst_desc();
        data_type t = dy.get_data_type().intern();
        return SinglePrimitive.of(c, node, pd)
                .reads(0, dnnl.DNNL_ARG_SRC, pd.src_desc(), c.layout(a, c.plain(a.shape(), t)))
                .reads(1, dnnl.DNNL_ARG_WEIGHTS, pd.weights_desc(), c.layout(b, c.plain(b.shape(), t)))
                .writes(0, dnnl.DNNL_ARG_DST, dy)
                .runs(new matmul(pd));
    }

    /** Row-major data of this type as an operand of the result's rank, its last two dimensions exchanged if so said. */
    private static memory.desc operand(TensorType type, int rank, boolean transposed, data_type t) {
        long[] dims = new long[rank], strides = new long[rank];
        int missing = rank - type.rank();
        long n = 1;
        for (int i = rank - 1; i >= 0; i--) {
            dims[i] = i < missing ? 1 : type.dim(i - missing);
            strides[i] = n;
            n *= dims[i];
        }
        if (transposed) {
            swapLast(dims);
            swapLast(strides);
        }
        return new memory.desc(dims, t, strides);
    }

    private static void swapLast(long[] a) {
        long last = a[a.length - 1];
        a[a.length - 1] = a[a.length - 2];
        a[a.length - 2] = last;
    }
}
