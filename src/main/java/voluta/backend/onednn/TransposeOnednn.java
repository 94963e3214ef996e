package voluta.backend.onednn;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Transpose;
import voluta.tensor.TensorType;

/** A reorder from the input's descriptor with its dimensions renamed to row-major, in the storage type that comes. */
final class TransposeOnednn {
    private TransposeOnednn() {}

    static void register(OnednnTable table) {
        table.add(Transpose.class, TransposeOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, Transpose op, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        Layout offered = c.offeredOr(p, 0);
        // reorders from blocked and at the same time permuted descriptors are slow: two fast ones are better
        boolean blocked = c.desc(x, offered).get_inner_nblks() > 0;
        Layout in = blocked ? Packing.plainLike(c, offered, x) : offered;
        memory.desc source = c.desc(x, in);
        int[] to = op.inverse().permutation().stream().mapToInt(i -> i).toArray();
        memory.desc from = to.length == 0 ? source : source.permute_axes(to),
                target = c.plain(y.shape(), source.get_data_type().intern());
        reorder.primitive_desc pd = new reorder.primitive_desc(c.engine, from, c.engine, target, c.attributes(), false);
        return SinglePrimitive.of(c, p.node(), pd, "transpose ")
                .reads(0, dnnl.DNNL_ARG_FROM, from, in)
                .writes(0, dnnl.DNNL_ARG_TO, target)
                .runs(new reorder(pd));
    }
}
