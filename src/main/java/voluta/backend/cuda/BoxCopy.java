package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import voluta.backend.Layout;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Copies of boxes between two values, each in its own order of dimensions: a plain copy where the box is one run in both,
 * an exchange through shared memory where two dimensions change places, else the strided copy of
 * native-kernels/strided_copy.cu in the largest word that fits.
 *
 * @param rows size, stride in x and stride in y of each dimension, in the order of y's memory, neighbours joined; strides
 *     and offsets count elements
 */
record BoxCopy(List<long[]> rows, long fromX, long fromY, DType storage) {
    private static final int MAX_RANK = 6, LARGEST_WORD = 16;
    private static final int TILE = 32, TILE_ROWS = 8;
    /** From here on, reading along the memory and writing along it pays a detour through shared memory. */
    private static final int WORTH_EXCHANGING = 8;

    /** Where a value's elements lie: the stride of each of its dimensions. */
    record Place(TensorType type, Layout layout) {
        CudaLayout.Order order() {
            return CudaLayout.order(layout);
        }

        DType storage() {
            return CudaLayout.storage(type, layout);
        }

        long[] strides() {
            long[] strides = new long[type.rank()];
            int[] dimensions = CudaLayout.dimensions(type.rank(), order());
            long stride = 1;
            for (int i = dimensions.length - 1; i >= 0; i--) {
                strides[dimensions[i]] = stride;
                stride *= type.dim(dimensions[i]);
            }
            return strides;
        }
    }

    /**
     * A copy of a box.
     *
     * @param size the box's size in each dimension of y
     * @param x x's stride along each dimension of y
     * @param fromX the first element in x
     * @param fromY the same in y
     */
    static BoxCopy of(long[] size, long[] x, long fromX, Place y, long fromY) {
        long[] to = y.strides();
        List<long[]> rows = new ArrayList<>();
        for (int d : CudaLayout.dimensions(size.length, y.order())) {
            if (size[d] == 1) continue;
            long[] outer = rows.isEmpty() ? null : rows.get(rows.size() - 1);
            if (outer != null && outer[1] == size[d] * x[d] && outer[2] == size[d] * to[d]) {
                outer[0] *= size[d];
                outer[1] = x[d];
                outer[2] = to[d];
            } else {
                rows.add(new long[] {size[d], x[d], to[d]});
            }
        }
        if (rows.isEmpty()) rows.add(new long[] {1, 1, 1});
        return new BoxCopy(rows, fromX, fromY, y.storage());
    }

    /** The kernels that this copy may need, to be loaded beforehand. */
    void load(CudaContext c) {
        if (exchanges()) c.kernels.function(exchange());
        else if (!run()) for (int w = 1; w <= LARGEST_WORD; w *= 2) c.kernels.function("strided_copy_" + w);
    }

    /** What the plan says. */
    String implementation() {
        return run() ? "copy" : exchanges() ? exchange() : "strided_copy";
    }

    /** Emits the copy; x and y are where the two values begin. */
    void emit(Binding b, long x, long y) {
        int bytes = storage.bytes();
        long from = x + fromX * bytes, to = y + fromY * bytes;
        if (run()) b.copy(to, from, rows.get(0)[0] * bytes);
        else if (exchanges()) emitExchange(b, from, to);
        else emitStrided(b, rows, from, to);
    }

    private boolean run() {
        return rows.size() == 1 && rows.get(0)[1] == 1 && rows.get(0)[2] == 1;
    }

    /** Whether x is [outer, a, b] and y [outer, b, a], both dense. */
    private boolean exchanges() {
        int k = rows.size();
        if (k < 2 || k > 3 || storage.bytes() != 4 && !CudaLayout.narrow(storage)) return false;
        long[] b = rows.get(k - 2), a = rows.get(k - 1);
        boolean swapped = a[1] == b[0] && a[2] == 1 && b[1] == 1 && b[2] == a[0];
        boolean dense = k == 2 || rows.get(0)[1] == a[0] * b[0] && rows.get(0)[2] == a[0] * b[0];
        return swapped && dense && Math.min(a[0], b[0]) >= WORTH_EXCHANGING;
    }

    /** Four bytes of another type are moved as if they were a float: nothing is computed with them. */
    private String exchange() {
        String type = Binding.suffix(CudaLayout.narrow(storage) ? storage : DType.F32);
        return "reorder" + type + type;
    }

    private void emitExchange(Binding b, long from, long to) {
        int k = rows.size();
        long outer = k == 2 ? 1 : rows.get(0)[0], columns = rows.get(k - 2)[0], across = rows.get(k - 1)[0];
        long tiles = outer * ((across + TILE - 1) / TILE) * ((columns + TILE - 1) / TILE);
        b.launch(exchange(), Grid.blocks(b.context(), tiles, TILE, TILE_ROWS), from, to, outer, across, columns);
    }

    /** Dimensions beyond those that the kernel knows become launches. */
    private void emitStrided(Binding b, List<long[]> left, long from, long to) {
        if (left.size() > MAX_RANK) {
            long[] outer = left.get(0);
            for (long i = 0; i < outer[0]; i++) {
                emitStrided(
                        b,
                        left.subList(1, left.size()),
                        from + i * outer[1] * storage.bytes(),
                        to + i * outer[2] * storage.bytes());
            }
            return;
        }
        int word = word(left, from, to), each = word / storage.bytes(), last = left.size() - 1;
        long[] words = new long[1 + 3 * MAX_RANK];
        words[0] = left.size();
        long n = 1;
        for (int d = 0; d < left.size(); d++) {
            long[] r = left.get(d);
            words[1 + d] = d == last ? r[0] / each : r[0];
            words[1 + MAX_RANK + d] = d == last && each > 1 ? 1 : r[1] / each;
            words[1 + 2 * MAX_RANK + d] = d == last && each > 1 ? 1 : r[2] / each;
            n *= words[1 + d];
        }
        b.launch("strided_copy_" + word, Grid.threads(b.context(), n), from, to, n, words);
    }

    /** The largest word into which runs, strides and addresses fall. */
    private int word(List<long[]> left, long from, long to) {
        int bytes = storage.bytes();
        long[] inner = left.get(left.size() - 1);
        if (inner[1] != 1 || inner[2] != 1) return bytes;
        long all = LARGEST_WORD | from | to | inner[0] * bytes;
        for (long[] r : left.subList(0, left.size() - 1)) all |= r[1] * bytes | r[2] * bytes;
        return (int) Long.lowestOneBit(all);
    }
}
