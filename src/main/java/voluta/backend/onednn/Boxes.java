package voluta.backend.onednn;

import java.util.List;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.Pointer;
import voluta.backend.Layout;
import voluta.graph.Node;
import voluta.tensor.TensorType;

/**
 * Copies of a box of one value to a box of another, by a reorder between descriptors of the boxes: what slices and
 * constant padding are made of.
 */
final class Boxes {
    private final OnednnContext context;
    private final TensorType x;
    private final TensorType y;
    private final List<Integer> from;
    private final List<Integer> to;
    private final long[] size;

    /**
     * @param x the value copied from
     * @param from where the box begins in it
     * @param y the value copied to
     * @param to where the box begins there
     * @param size the box's dimensions
     */
    Boxes(OnednnContext context, TensorType x, List<Integer> from, TensorType y, List<Integer> to, long[] size) {
        this.context = context;
        this.x = x;
        this.y = y;
        this.from = from;
        this.to = to;
        this.size = size;
    }

    /**
     * A kernel that takes x in the offered layout where that can be, otherwise row-major in the same storage, and gives y
     * in the same order.
     *
     * @param clears whether the rest of y is set to zero first
     */
    OnednnKernel kernel(Node node, Layout offered, boolean clears) {
        memory.desc source = context.desc(x, offered),
                target = Packing.like(context, source, OnednnContext.dims(y.shape()));
        OnednnKernel k = target == null ? null : create(node, source, target, clears);
        if (k != null) return k;
        source = context.desc(x, Packing.plainLike(context, offered, x));
        return create(
                node, source, context.plain(y.shape(), source.get_data_type().intern()), clears);
    }

    /** Null if one of the boxes begins or ends within a block of a blocked layout. */
    private OnednnKernel create(Node node, memory.desc source, memory.desc target, boolean clears) {
        memory.desc a = Packing.box(source, size, longs(from)), b = Packing.box(target, size, longs(to));
        if (a == null || b == null) return null;
        reorder.primitive_desc pd =
                new reorder.primitive_desc(context.engine, a, context.engine, b, context.attributes(), false);
        reorder primitive = new reorder(pd);
        long bytes = target.get_size();
        return OnednnKernel.of(node, "copy " + pd.impl_info_str().getString())
                .input(0, context.layout(x, source))
                .output(0, context.layout(y, target))
                .scratchOf(pd)
                .bind(k -> {
                    if (clears) {
                        Pointer whole = k.keep(NativeMemory.at(k.outputAddress(0), bytes));
                        k.run(() -> Pointer.memset(whole, 0, bytes));
                    }
                    k.execute(primitive, pd, dnnl.DNNL_ARG_FROM, k.input(0, a), dnnl.DNNL_ARG_TO, k.output(0, b));
                });
    }

    private static long[] longs(List<Integer> begin) {
        return begin.stream().mapToLong(Integer::longValue).toArray();
    }
}
