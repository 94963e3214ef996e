package voluta.backend.cuda;

import java.util.Arrays;
import java.util.stream.IntStream;
import voluta.backend.Layout;
import voluta.op.AdaptivePooling;
import voluta.op.Pooling;
import voluta.tensor.Shape;

/**
 * The windows of a pooling, dimension by dimension, as the kernels take them (native-kernels/pooling.cu): missing
 * dimensions come first, with one window of one tap.
 *
 * @param positions by dimension and window, the positions read, ascending and {@code dilation} apart
 * @param counted by dimension and window, what it contributes to a mean's divisor
 */
record PoolingWindows(Pooling.Kind kind, Shape x, Shape y, int[][][] positions, int[][] counted, int[] dilation) {
    private static final int DIMENSIONS = 3;
    /** Up to this many taps a thread works on a window alone, and a winner's number fits into a byte. */
    private static final int FEW = 32;

    private static final int WINDOW_WORDS = 2;

    static PoolingWindows of(Pooling op, Shape x, Shape y) {
        PoolingWindows w = empty(op.kind(), x, y);
        for (int d = 0, i = DIMENSIONS + 2 - x.rank(); d < x.rank() - 2; d++, i++) {
            int size = x.size(d + 2), outputs = y.size(d + 2), dim = d;
            w.positions[i] = op.positions(d, size, outputs);
            w.counted[i] = IntStream.range(0, outputs)
                    .map(o -> op.counted(dim, o, size))
                    .toArray();
            w.dilation[i] = op.dilation().get(d);
        }
        return w;
    }

    static PoolingWindows of(AdaptivePooling op, Shape x, Shape y) {
        PoolingWindows w = empty(op.kind(), x, y);
        for (int d = 0, i = DIMENSIONS + 2 - x.rank(); d < x.rank() - 2; d++, i++) {
            w.positions[i] = op.positions(d, x.size(d + 2));
            w.counted[i] = Arrays.stream(w.positions[i]).mapToInt(p -> p.length).toArray();
        }
        return w;
    }

    private static PoolingWindows empty(Pooling.Kind kind, Shape x, Shape y) {
        return new PoolingWindows(
                kind, x, y, new int[][][] {{{0}}, {{0}}, {{0}}}, new int[][] {{1}, {1}, {1}}, new int[] {1, 1, 1});
    }

    boolean max() {
        return kind == Pooling.Kind.MAX;
    }

    /** Whether a window is worth more than a thread. */
    boolean large() {
        long taps = 1;
        for (int[][] windows : positions)
            taps *= Arrays.stream(windows).mapToInt(w -> w.length).max().orElse(1);
        return taps > FEW;
    }

    /** Bytes of a winner's number. */
    int winnerBytes() {
        return large() ? Integer.BYTES : 1;
    }

    /** How many neighbours belong to a position in this layout: the channels where they are last. */
    long inner(Layout layout) {
        return CudaLayout.order(layout) == CudaLayout.Order.CHANNELS_LAST ? x.dim(1) : 1;
    }

    private int size(int d) {
        int own = d - (DIMENSIONS + 2 - x.rank());
        return own < 0 ? 1 : x.size(own + 2);
    }

    /** The kernels' geometry, with its tables in device memory for as long as the program lives. */
    long[] geometry(Binding b) {
        int windows = 0, readers = 0;
        for (int d = 0; d < DIMENSIONS; d++) {
            windows += positions[d].length;
            readers += size(d);
        }
        long[] table = new long[WINDOW_WORDS * windows + readers], g = new long[5 * DIMENSIONS];
        int[] windowAt = new int[DIMENSIONS], readersAt = new int[DIMENSIONS];
        int at = 0;
        for (int d = 0; d < DIMENSIONS; d++) {
            windowAt[d] = at;
            for (int o = 0; o < positions[d].length; o++, at += WINDOW_WORDS) {
                table[at] = pair(positions[d][o][0], positions[d][o].length);
                table[at + 1] = counted[d][o];
            }
        }
        for (int d = 0; d < DIMENSIONS; d++) {
            readersAt[d] = at;
            at = readers(d, table, at);
        }
        long address = b.table(table);
        for (int d = 0; d < DIMENSIONS; d++) {
            g[d] = size(d);
            g[DIMENSIONS + d] = positions[d].length;
            g[2 * DIMENSIONS + d] = dilation[d];
            g[3 * DIMENSIONS + d] = address + (long) Long.BYTES * windowAt[d];
            g[4 * DIMENSIONS + d] = address + (long) Long.BYTES * readersAt[d];
        }
        return g;
    }

    /** For each position the first and the last window that reaches over it; for none, 0 and -1. */
    private int readers(int d, long[] table, int at) {
        int size = size(d);
        int[] first = new int[size], last = new int[size];
        Arrays.fill(last, -1);
        for (int o = 0; o < positions[d].length; o++) {
            int[] p = positions[d][o];
            for (int i = p[0]; i <= p[p.length - 1]; i++) {
                if (last[i] < 0) first[i] = o;
                last[i] = o;
            }
        }
        for (int i = 0; i < size; i++) table[at + i] = pair(first[i], last[i]);
        return at + size;
    }

    private static long pair(int low, int high) {
        return (low & 0xffffffffL) | (long) high << 32;
    }
}
