package voluta.backend.onednn;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.javacpp.LongPointer;
import voluta.backend.Layout;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** A oneDNN memory descriptor: dimensions, storage type, order and blocking. */
final class OnednnLayout implements Layout {
    private final memory.desc desc;
    private final long bytes;
    private final String text;

    OnednnLayout(memory.desc desc) {
        this.desc = desc;
        this.bytes = desc.get_size();
        this.text = text(desc);
    }

    memory.desc desc() {
        return desc;
    }

    /** The dimensions of a descriptor; those of grouped weights begin with the number of groups. */
    static long[] dims(memory.desc d) {
        return longs(d.get_dims(), d.get_ndims());
    }

    @Override
    public long bytes(TensorType type) {
        return bytes;
    }

    @Override
    public boolean exact(TensorType type) {
        return type.dtype() != DType.F32 || desc.get_data_type().intern() != data_type.bf16;
    }

    @Override
    public String describe() {
        return text;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof OnednnLayout l && bytes == l.bytes && desc.equals(l.desc);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(bytes); // the text may differ where a dimension of 1 makes orders equal
    }

    @Override
    public String toString() {
        return text;
    }

    /** In oneDNN's own notation: {@code bf16 aBcd16b}: dimensions a, b, ... outermost first, capitals where blocked. */
    private static String text(memory.desc d) {
        int n = d.get_ndims(), blocks = d.get_inner_nblks();
        long[] strides = longs(d.get_strides(), n);
        Integer[] order = new Integer[n];
        boolean[] blocked = new boolean[n];
        for (int i = 0; i < n; i++) order[i] = i;
        long[] dims = longs(d.get_dims(), n);
        java.util.Arrays.sort(
                order,
                (a, b) -> strides[a] != strides[b]
                        ? Long.compare(strides[b], strides[a])
                        : dims[a] != dims[b] ? Long.compare(dims[b], dims[a]) : a - b);
        StringBuilder inner = new StringBuilder();
        if (blocks > 0) {
            long[] size = longs(d.get_inner_blks(), blocks), index = longs(d.get_inner_idxs(), blocks);
            for (int i = 0; i < blocks; i++) {
                blocked[(int) index[i]] = true;
                inner.append(size[i]).append((char) ('a' + index[i]));
            }
        }
        StringBuilder s = new StringBuilder(d.get_data_type().intern().name()).append(' ');
        for (int i : order) s.append((char) ((blocked[i] ? 'A' : 'a') + i));
        return s.append(inner).toString();
    }

    private static long[] longs(LongPointer p, int n) {
        long[] v = new long[n];
        if (n > 0) p.get(v);
        return v;
    }
}
