package voluta.backend.onednn;

import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.LongPointer;
import voluta.backend.Layout;
import voluta.tensor.TensorType;

/**
 * Which index of a tensor's first dimension each stored element belongs to, in whatever layout it lies. Elements come in
 * runs: within one, the index is that of the run plus one that depends on the place in the innermost block alone.
 *
 * <p>A dense layout nests its dimensions, so an element's outer index of a dimension is its offset by that dimension's
 * stride, modulo how many there are. Where a descriptor splits the first dimension into groups and the rest, the index is
 * put together of both. What a layout pads belongs to some index or other; it is zero.
 */
final class UnitOrder {
    /** Elements of a run. */
    final long run;
    /** By place in the innermost block, the index less the run's; of a power of two elements. */
    final int[] lanes;
    /** Indices that come out, those of padding included. */
    final int count;

    private final long[] strides;
    private final long[] outer;
    private final int[] steps;

    private UnitOrder(long run, int[] lanes, int count, long[] strides, long[] outer, int[] steps) {
        this.run = run;
        this.lanes = lanes;
        this.count = count;
        this.strides = strides;
        this.outer = outer;
        this.steps = steps;
    }

    /** Of a tensor with so many units, which are its first dimension, or one. */
    static UnitOrder of(TensorType type, Layout layout, long units) {
        if (units == 1 || !(layout instanceof OnednnLayout l)) {
            long[] each = {Math.max(1, layout.bytes(type) / Float.BYTES / units)};
            return new UnitOrder(each[0], new int[1], (int) units, each, new long[] {units}, new int[] {1});
        }
        return of(type, l.desc());
    }

    private static UnitOrder of(TensorType type, memory.desc d) {
        int rank = d.get_ndims(), split = rank > type.rank() ? 2 : 1, blocks = d.get_inner_nblks();
        long[] dims = longs(d.get_dims(), rank), padded = longs(d.get_padded_dims(), rank);
        long[] strides = longs(d.get_strides(), rank);
        long[] sizes = longs(d.get_inner_blks(), blocks), axes = longs(d.get_inner_idxs(), blocks);
        long[] outer = new long[split];
        int[] inner = new int[split], steps = new int[split];
        long run = Long.MAX_VALUE, count = 0;
        for (int a = split - 1, each = 1; a >= 0; a--) {
            inner[a] = 1;
            for (int b = 0; b < blocks; b++) if (axes[b] == a) inner[a] *= (int) sizes[b];
            outer[a] = padded[a] / inner[a];
            steps[a] = each;
            count += (padded[a] - 1) * each;
            each *= (int) dims[a];
            run = Math.min(run, strides[a]);
        }
        int[] weights = new int[split];
        for (int a = 0; a < split; a++) weights[a] = steps[a];
        int[] lanes = lanes(sizes, axes, weights);
        for (int a = 0; a < split; a++) steps[a] *= inner[a];
        return new UnitOrder(run, lanes, (int) count + 1, java.util.Arrays.copyOf(strides, split), outer, steps);
    }

    /** For each place in a block, outermost part first: the index within the block, weighted. */
    private static int[] lanes(long[] sizes, long[] axes, int[] weights) {
        int total = 1;
        for (long s : sizes) total *= (int) s;
        int[] lanes = new int[total];
        for (int place = 0; place < total; place++) {
            int[] factor = weights.clone();
            int rest = place;
            for (int b = sizes.length - 1; b >= 0; b--) {
                int index = rest % (int) sizes[b], axis = (int) axes[b];
                rest /= (int) sizes[b];
                if (axis >= weights.length) continue;
                lanes[place] += index * factor[axis];
                factor[axis] *= (int) sizes[b];
            }
        }
        return lanes;
    }

    /** The index of the run that element {@code offset} is in. */
    int base(long offset) {
        long base = 0;
        for (int a = 0; a < outer.length; a++) base += offset / strides[a] % outer[a] * steps[a];
        return (int) base;
    }

    private static long[] longs(LongPointer p, int n) {
        long[] v = new long[n];
        if (n > 0) p.get(v);
        return v;
    }
}
