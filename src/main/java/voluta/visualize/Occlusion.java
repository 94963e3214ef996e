package voluta.visualize;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import voluta.model.Network;
import voluta.session.CompiledGraph;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * How much the score of a class (before softmax) falls when a part of the picture is covered (Zeiler and Fergus, 2014). A square of
 * the training data's mean colour is put at each place of a grid; many covered pictures are computed together.
 */
final class Occlusion implements AutoCloseable {
    /**
     * The squares.
     *
     * @param patch the side of a square
     * @param stride how far apart they are; the last of a row or column ends at the border
     */
    record Grid(int patch, int stride) {
        /** Squares of a quarter of the picture's shorter side: 13 in a row for small pictures, 8 for large ones. */
        static Grid of(int height, int width) {
            int shorter = Math.min(height, width), patch = Math.max(1, Math.round(shorter / 4f));
            int steps = shorter <= 64 ? 12 : 7;
            return new Grid(patch, Math.max(1, Math.round((shorter - patch) / (float) steps)));
        }

        /** The same with squares of another side, as many in a row, but without gaps between them. */
        Grid withPatch(int side) {
            return new Grid(side, Math.max(1, Math.min(side, stride)));
        }

        /** Where squares begin along a side. */
        List<Integer> starts(int size) {
            List<Integer> starts = new ArrayList<>();
            int last = Math.max(0, size - patch);
            for (int at = 0; at < last; at += stride) starts.add(at);
            starts.add(last);
            return starts;
        }
    }

    /**
     * What came out.
     *
     * @param drops how far the score fell for each square, rows of squares from top to bottom
     * @param map for each pixel the mean of the drops of the squares that covered it
     */
    record Result(Grid grid, Heat drops, Heat map) {}

    private final CompiledGraph graph;
    private final int batch;
    private final int classes;

    /** @param batch how many covered pictures are computed together */
    Occlusion(Subject subject, int batch) {
        this.batch = batch;
        this.classes = subject.classNames().size();
        graph = subject.scores(batch);
    }

    /**
     * Covers a picture square by square.
     *
     * @param x {@code [1,C,H,W]}
     */
    Result of(HostTensor x, int target, Grid grid) {
        int channels = x.shape().size(1),
                height = x.shape().size(2),
                width = x.shape().size(3);
        List<Integer> rows = grid.starts(height), columns = grid.starts(width);
        double[] scores = new double[1 + rows.size() * columns.size()];
        ByteBuffer feed = graph.feed(Network.X, 0);
        int bytes = x.bytes().capacity();
        for (int from = 0; from < scores.length; from += batch) {
            for (int n = 0; n < batch; n++) {
                feed.duplicate().position(n * bytes).put(x.bytes());
                int square = from + n - 1;
                if (square < 0 || square >= scores.length - 1) continue;
                HostTensor one = HostTensor.over(
                        TensorType.f32(x.shape()),
                        feed.duplicate()
                                .position(n * bytes)
                                .slice()
                                .limit(bytes)
                                .slice());
                cover(one, channels, rows.get(square / columns.size()), columns.get(square % columns.size()), grid);
            }
            graph.run(0);
            HostTensor logits = Subject.read(graph, Network.LOGITS);
            for (int n = 0; n < batch && from + n < scores.length; n++) {
                scores[from + n] = logits.get((long) n * classes + target);
            }
        }
        double[] drops = new double[scores.length - 1];
        for (int i = 0; i < drops.length; i++) drops[i] = scores[0] - scores[i + 1];
        Heat all = new Heat(rows.size(), columns.size(), drops);
        return new Result(grid, all, spread(all, rows, columns, grid, height, width));
    }

    /** 0 is what the mean colour of the training data becomes. */
    private static void cover(HostTensor x, int channels, int top, int left, Grid grid) {
        int height = x.shape().size(2), width = x.shape().size(3);
        for (int c = 0; c < channels; c++) {
            for (int y = top; y < Math.min(height, top + grid.patch); y++) {
                for (int i = left; i < Math.min(width, left + grid.patch); i++) {
                    x.set(((long) c * height + y) * width + i, 0);
                }
            }
        }
    }

    private static Heat spread(
            Heat drops, List<Integer> rows, List<Integer> columns, Grid grid, int height, int width) {
        double[] sum = new double[height * width];
        int[] count = new int[height * width];
        for (int r = 0; r < rows.size(); r++) {
            for (int c = 0; c < columns.size(); c++) {
                for (int y = rows.get(r); y < Math.min(height, rows.get(r) + grid.patch); y++) {
                    for (int x = columns.get(c); x < Math.min(width, columns.get(c) + grid.patch); x++) {
                        sum[y * width + x] += drops.at(r, c);
                        count[y * width + x]++;
                    }
                }
            }
        }
        // Strides are at most as long as squares, so every pixel is covered by one.
        for (int i = 0; i < sum.length; i++) sum[i] /= Math.max(1, count[i]);
        return new Heat(height, width, sum);
    }

    @Override
    public void close() {
        graph.close();
    }
}
