package voluta.backend.onednn;

import org.bytedeco.dnnl.concat;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory_desc_vector;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.Concatenation;

/**
 * Values joined by oneDNN's concat in the layout of the largest of them; row-major in the same storage where an input
 * would begin within a block.
 */
final class ConcatenationOnednn {
    private ConcatenationOnednn() {}

    static void register(OnednnTable table) {
        table.add(Concatenation.class, ConcatenationOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, Concatenation op, Preparation p) {
        Node n = p.node();
        int largest = 0;
        for (int i = 1; i < n.inputs().size(); i++)
            if (n.input(i).type().elements() > n.input(largest).type().elements()) largest = i;
        Layout offered = c.offeredOr(p, largest);
        OnednnKernel k = create(c, op, n, c.desc(n.input(largest).type(), offered));
        if (k != null) return k;
        Layout plain = Packing.plainLike(c, offered, n.input(largest).type());
        return create(c, op, n, c.desc(n.input(largest).type(), plain));
    }

    /** Null if not every value can be laid out like this one, or the values cannot be joined in that layout. */
    private static OnednnKernel create(OnednnContext c, Concatenation op, Node n, memory.desc like) {
        int count = n.inputs().size();
        memory.desc[] sources = new memory.desc[count];
        memory_desc_vector vector = new memory_desc_vector(count);
        long end = 0;
        memory.desc target =
                Packing.like(c, like, OnednnContext.dims(n.output().type().shape()));
        if (target == null) return null;
        for (int i = 0; i < count; i++) {
            long[] dims = OnednnContext.dims(n.input(i).type().shape()), offsets = new long[dims.length];
            offsets[op.axis()] = end;
            end += dims[op.axis()];
            sources[i] = Packing.like(c, like, dims);
            if (sources[i] == null || Packing.box(target, dims, offsets) == null) return null;
            vector.put(i, sources[i]);
        }
        concat.primitive_desc pd =
                new concat.primitive_desc(c.engine, target, op.axis(), vector, c.attributes(), false);
        SinglePrimitive k = SinglePrimitive.of(c, n, pd).writes(0, dnnl.DNNL_ARG_DST, target);
        for (int i = 0; i < count; i++) k.reads(i, dnnl.DNNL_ARG_MULTIPLE_SRC + i, sources[i]);
        return k.runs(new concat(pd));
    }
}
