package voluta.backend.reference;

import java.util.stream.IntStream;
import voluta.graph.Node;
import voluta.op.AdaptivePooling;
import voluta.op.Pooling;
import voluta.tensor.Shape;

/**
 * Pooling with windows given as lists of positions per spatial dimension; {@link AdaptivePoolingReference} is the same
 * with other lists. The maximum's context is the index of the winner within its channel, one per output element.
 */
final class PoolingReference {
    private final boolean max;
    private final Shape x;
    private final Shape y;
    /** Positions read, by dimension (always three; missing ones are outermost and of size 1), window and tap. */
    private final int[][][] positions = {{{0}}, {{0}}, {{0}}};
    /** A mean's divisor is the product of these over the dimensions. */
    private final int[][] counted = {{1}, {1}, {1}};

    private PoolingReference(Pooling.Kind kind, Shape x, Shape y) {
        this.max = kind == Pooling.Kind.MAX;
        this.x = x;
        this.y = y;
    }

    static void register(ReferenceTable table) {
        table.add(Pooling.class, (op, n) -> of(op, n).forward());
        table.add(Pooling.Backward.class, (op, n) -> of(op.forward(), n).backward());
    }

    private static PoolingReference of(Pooling op, Node n) {
        PoolingReference r = new PoolingReference(op.kind(), shape(n, 0), pooled(op, n));
        for (int d = 0, o = 5 - r.x.rank(); d < r.x.rank() - 2; d++, o++) {
            int size = r.x.size(d + 2), outputs = r.y.size(d + 2), dim = d;
            r.positions[o] = op.positions(d, size, outputs);
            r.counted[o] = IntStream.range(0, outputs)
                    .map(i -> op.counted(dim, i, size))
                    .toArray();
        }
        return r;
    }

    static PoolingReference of(AdaptivePooling op, Node n) {
        PoolingReference r = new PoolingReference(op.kind(), shape(n, 0), pooled(op, n));
        for (int d = 0, o = 5 - r.x.rank(); d < r.x.rank() - 2; d++, o++) {
            r.positions[o] = op.positions(d, r.x.size(d + 2));
            r.counted[o] = java.util.Arrays.stream(r.positions[o])
                    .mapToInt(p -> p.length)
                    .toArray();
        }
        return r;
    }

    private static Shape shape(Node n, int input) {
        return n.input(input).type().shape();
    }

    private static Shape pooled(voluta.graph.Op forward, Node n) {
        return forward.infer(n.inputTypes().subList(0, 1)).get(0).shape();
    }

    ReferenceKernel forward() {
        return new ReferenceKernel(
                max ? y.elements() : 0,
                (in, out, context) -> channels()
                        .forEach(c -> eachWindow(c, (o, taps, divisor) -> {
                            if (max) {
                                int winner = winner(in[0], c, taps);
                                context.set(o, winner);
                                out[0].set(o, in[0].get(plane(c) + winner));
                            } else {
                                double sum = 0;
                                for (int t : taps) sum += in[0].get(plane(c) + t);
                                out[0].set(o, sum / divisor);
                            }
                        })));
    }

    ReferenceKernel backward() {
        return new ReferenceKernel((in, out, context) -> {
            View dy = in[2], dx = out[0];
            dx.fill(0);
            channels()
                    .forEach(c -> eachWindow(c, (o, taps, divisor) -> {
                        if (max) dx.add(plane(c) + (long) context.get(o), dy.get(o));
                        else for (int t : taps) dx.add(plane(c) + t, dy.get(o) / divisor);
                    }));
        });
    }

    private IntStream channels() {
        return IntStream.range(0, (int) x.product(0, 2)).parallel();
    }

    private long plane(int channel) {
        return channel * x.product(2, x.rank());
    }

    /** The index within the channel of the first of the largest elements; the last NaN if there is one, as PyTorch has it. */
    private int winner(View v, int channel, int[] taps) {
        int best = taps[0];
        for (int t : taps) {
            double a = v.get(plane(channel) + t);
            if (a > v.get(plane(channel) + best) || Double.isNaN(a)) best = t;
        }
        return best;
    }

    /** Something to do with a window. */
    private interface Visitor {
        /**
         * @param o the output element's index
         * @param taps indices within the input's channel, ascending
         */
        void visit(long o, int[] taps, int divisor);
    }

    private void eachWindow(int channel, Visitor visitor) {
        int rank = x.rank(), width = x.size(-1), height = rank < 4 ? 1 : x.size(-2);
        long o = channel * y.product(2, y.rank());
        for (int a = 0; a < positions[0].length; a++) {
            for (int b = 0; b < positions[1].length; b++) {
                for (int c = 0; c < positions[2].length; c++) {
                    int[] p = positions[0][a], q = positions[1][b], r = positions[2][c];
                    int[] taps = new int[p.length * q.length * r.length];
                    int n = 0;
                    for (int i : p) for (int j : q) for (int k : r) taps[n++] = (i * height + j) * width + k;
                    visitor.visit(o++, taps, counted[0][a] * counted[1][b] * counted[2][c]);
                }
            }
        }
    }
}
