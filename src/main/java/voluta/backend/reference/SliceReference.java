package voluta.backend.reference;

import java.util.List;
import voluta.op.Slice;
import voluta.tensor.Shape;

/** A box taken out of a value, and put back among zeros. */
final class SliceReference {
    private SliceReference() {}

    static void register(ReferenceTable table) {
        table.add(
                Slice.class,
                (op, n) -> new ReferenceKernel((in, out, context) -> {
                    for (int i = 0, size = out[0].size(); i < size; i++)
                        out[0].set(i, in[0].get(within(in[0].shape(), op.begin(), out[0].shape(), i)));
                }));
        table.add(
                Slice.Backward.class,
                (op, n) -> new ReferenceKernel((in, out, context) -> {
                    out[0].fill(0);
                    for (int i = 0, size = in[0].size(); i < size; i++)
                        out[0].set(within(out[0].shape(), op.forward().begin(), in[0].shape(), i), in[0].get(i));
                }));
    }

    /** The index in the whole of element {@code i} of a box that begins at {@code begin}. */
    static long within(Shape whole, List<Integer> begin, Shape box, int i) {
        long rest = i, index = 0, step = 1;
        for (int d = box.rank() - 1; d >= 0; d--) {
            index += (begin.get(d) + rest % box.dim(d)) * step;
            rest /= box.dim(d);
            step *= whole.dim(d);
        }
        return index;
    }
}
