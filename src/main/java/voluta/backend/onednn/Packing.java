package voluta.backend.onednn;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.LongPointer;
import voluta.backend.Layout;
import voluta.backend.Layouts;

/** What descriptors say about the order of bytes: when two are the same, and how another shape is laid out alike. */
final class Packing {
    /** By rank: the layouts that primitives offer besides row-major. */
    private static final format_tag[][] KNOWN = {
        {},
        {},
        {format_tag.ba},
        {format_tag.acb, format_tag.aBc16b, format_tag.aBc8b, format_tag.aBc4b},
        {format_tag.acdb, format_tag.aBcd16b, format_tag.aBcd8b, format_tag.aBcd4b},
        {format_tag.acdeb, format_tag.aBcde16b, format_tag.aBcde8b, format_tag.aBcde4b},
    };

    private Packing() {}

    /** Whether elements lie densely in row-major order, whatever the descriptor calls it; dimensions of 1 do not matter. */
    static boolean rowMajor(memory.desc d) {
        int n = d.get_ndims(), blocks = d.get_inner_nblks();
        long[] dims = longs(d.get_dims(), n),
                padded = longs(d.get_padded_dims(), n),
                strides = longs(d.get_strides(), n);
        if (blocks > 1) return false;
        for (int i = 0; i < n; i++) if (dims[i] != padded[i]) return false;
        if (blocks == 1) {
            int blocked = (int) d.get_inner_idxs().get(0);
            long size = d.get_inner_blks().get(0);
            // a block directly follows the one before it if no other dimension lies between them
            if (dims[blocked] > size && strides[blocked] != size) return false;
            strides[blocked] = 1;
        }
        long expected = 1;
        for (int i = n - 1; i >= 0; i--) {
            if (dims[i] == 1) continue;
            if (strides[i] != expected) return false;
            expected *= dims[i];
        }
        return true;
    }

    /** Whether both describe the same bytes for values of one shape. */
    static boolean same(memory.desc a, memory.desc b) {
        return a.equals(b) || a.get_data_type().intern() == b.get_data_type().intern() && rowMajor(a) && rowMajor(b);
    }

    /** Another shape of the same rank in the same order and blocking; null if there is no name for that order. */
    static memory.desc like(OnednnContext c, memory.desc d, long[] dims) {
        int n = d.get_ndims();
        long[] own = longs(d.get_dims(), n);
        data_type type = d.get_data_type().intern();
        if (dims.length == n && d.equals(c.plain(own, type))) return c.plain(dims, type);
        if (n >= KNOWN.length || dims.length != n) return null;
        for (format_tag tag : KNOWN[n]) {
            if (d.equals(new memory.desc(own, type, tag))) return new memory.desc(dims, type, tag);
        }
        return null;
    }

    /** A part of what this describes; null if it begins or ends within a block. */
    static memory.desc box(memory.desc whole, long[] size, long[] begin) {
        memory.desc d = whole.submemory_desc(size, begin, true);
        return d.get(true) == null || d.is_zero() ? null : d;
    }

    /** The row-major layout with the storage type of this one: f32 where it is undecided or not a float. */
    static Layout plainLike(OnednnContext c, Layout offered, voluta.tensor.TensorType type) {
        return c.isBf16(offered) && type.rank() <= 6
                ? c.layout(type, c.plain(type.shape(), data_type.bf16))
                : Layouts.PLAIN;
    }

    static long[] longs(LongPointer p, int n) {
        long[] v = new long[n];
        if (n > 0) p.get(v);
        return v;
    }
}
