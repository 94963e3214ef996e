package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import voluta.backend.Workers;
import voluta.graph.Node;
import voluta.op.Pooling;
import voluta.tensor.Shape;

/**
 * Pooling on plain f32 with any windows, in Java, parallel over the channels of the batch. The maximum's context is the
 * winner's index within its channel, an int per output element. Sums of means are kept in double.
 */
final class WindowLoops {
    private static final int[][] ONE = {{0}};

    private final boolean max;
    private final long channels;
    private final int plane;
    private final int height;
    private final int width;
    /** Positions read, by window and tap, in depth, height and width; missing dimensions are outermost and of size 1. */
    private final int[][] depths;

    private final int[][] rows;
    private final int[][] columns;
    private final int[][] counted;

    /**
     * @param positions by spatial dimension, window and tap, ascending
     * @param counted a mean's divisor is the product of these over the dimensions, by dimension and window
     */
    WindowLoops(Pooling.Kind kind, Shape x, Shape y, int[][][] positions, int[][] counted) {
        int n = positions.length;
        this.max = kind == Pooling.Kind.MAX;
        this.channels = x.product(0, 2);
        this.plane = Math.toIntExact(x.product(2, x.rank()));
        this.width = x.size(-1);
        this.height = n < 2 ? 1 : x.size(-2);
        this.columns = positions[n - 1];
        this.rows = n < 2 ? ONE : positions[n - 2];
        this.depths = n < 3 ? ONE : positions[0];
        int[] one = {1};
        this.counted = new int[][] {n < 3 ? one : counted[0], n < 2 ? one : counted[n - 2], counted[n - 1]};
    }

    private int windows() {
        return depths.length * rows.length * columns.length;
    }

    private static final String NAME = "java:windows";

    OnednnKernel forward(OnednnContext c, Node node) {
        return OnednnKernel.of(node, NAME)
                .context(max ? 4L * channels * windows() : 0)
                .bind(b -> {
                    FloatBuffer x = b.inputFloats(0), y = b.outputFloats(0);
                    IntBuffer winners = max ? b.contextBytes().asIntBuffer() : null;
                    Workers.Task task = max
                            ? (from, to) -> largest(x, y, winners, (int) from, (int) to)
                            : (from, to) -> means(x, y, (int) from, (int) to);
                    b.run(() -> c.workers.run(channels, grain(), task));
                });
    }

    OnednnKernel backward(OnednnContext c, Node node) {
        return OnednnKernel.of(node, NAME).ignores(0).ignores(1).bind(b -> {
            FloatBuffer dy = b.inputFloats(2), dx = b.outputFloats(0);
            IntBuffer winners = max ? b.contextBytes().asIntBuffer() : null;
            Workers.Task task = max
                    ? (from, to) -> giveToWinners(dy, winners, dx, (int) from, (int) to)
                    : (from, to) -> share(dy, dx, (int) from, (int) to);
            b.run(() -> c.workers.run(channels, grain(), task));
        });
    }

    /** Channels worth a thread of their own. */
    private long grain() {
        return Math.max(1, 8192 / plane);
    }

    private void largest(FloatBuffer x, FloatBuffer y, IntBuffer winners, int from, int to) {
        for (int c = from, o = from * windows(); c < to; c++) {
            int base = c * plane;
            for (int[] ds : depths) {
                for (int[] rs : rows) {
                    for (int[] cs : columns) {
                        int winner = winner(x, base, ds, rs, cs);
                        y.put(o, x.get(base + winner));
                        winners.put(o++, winner);
                    }
                }
            }
        }
    }

    /** A method of its own, as are the other loops over one window: the compiler does better with short ones. */
    private int winner(FloatBuffer x, int base, int[] ds, int[] rs, int[] cs) {
        int winner = (ds[0] * height + rs[0]) * width + cs[0];
        float best = x.get(base + winner);
        for (int i : ds) {
            for (int j : rs) {
                int row = (i * height + j) * width;
                for (int k : cs) {
                    float v = x.get(base + row + k);
                    if (v > best || v != v) {
                        best = v;
                        winner = row + k;
                    }
                }
            }
        }
        return winner;
    }

    private void means(FloatBuffer x, FloatBuffer y, int from, int to) {
        for (int c = from, o = from * windows(); c < to; c++) {
            for (int d = 0; d < depths.length; d++) {
                for (int r = 0; r < rows.length; r++) {
                    for (int q = 0; q < columns.length; q++) {
                        double sum = sum(x, c * plane, depths[d], rows[r], columns[q]);
                        y.put(o++, (float) (sum / divisor(d, r, q)));
                    }
                }
            }
        }
    }

    private double sum(FloatBuffer x, int base, int[] ds, int[] rs, int[] cs) {
        double sum = 0;
        for (int i : ds) {
            for (int j : rs) {
                int row = base + (i * height + j) * width;
                for (int k : cs) sum += x.get(row + k);
            }
        }
        return sum;
    }

    private int divisor(int d, int r, int q) {
        return counted[0][d] * counted[1][r] * counted[2][q];
    }

    private void giveToWinners(FloatBuffer dy, IntBuffer winners, FloatBuffer dx, int from, int to) {
        int windows = windows();
        for (int i = from * plane; i < to * plane; i++) dx.put(i, 0);
        for (int c = from; c < to; c++) {
            for (int o = c * windows; o < (c + 1) * windows; o++) {
                int i = c * plane + winners.get(o);
                dx.put(i, dx.get(i) + dy.get(o));
            }
        }
    }

    private void share(FloatBuffer dy, FloatBuffer dx, int from, int to) {
        for (int i = from * plane; i < to * plane; i++) dx.put(i, 0);
        for (int c = from, o = from * windows(); c < to; c++) {
            for (int d = 0; d < depths.length; d++) {
                for (int r = 0; r < rows.length; r++) {
                    for (int q = 0; q < columns.length; q++) {
                        addToAll(dx, c * plane, depths[d], rows[r], columns[q], dy.get(o++) / divisor(d, r, q));
                    }
                }
            }
        }
    }

    private void addToAll(FloatBuffer dx, int base, int[] ds, int[] rs, int[] cs, float part) {
        for (int i : ds) {
            for (int j : rs) {
                int row = base + (i * height + j) * width;
                for (int k : cs) dx.put(row + k, dx.get(row + k) + part);
            }
        }
    }
}
