package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import voluta.backend.Preparation;
import voluta.backend.Workers;
import voluta.op.Padding;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * A border of zeros is a copy into a cleared value, in the layout that comes. All other borders are Java loops on plain
 * f32, parallel over the channels of the batch, with the origin of each row and column looked up in tables.
 */
final class PaddingOnednn {
    private PaddingOnednn() {}

    static void register(OnednnTable table) {
        table.add(Padding.class, PaddingOnednn::forward);
        table.add(Padding.Backward.class, PaddingOnednn::backward);
    }

    private static OnednnKernel forward(OnednnContext c, Padding op, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        if (op.mode() == Padding.Mode.CONSTANT && op.value() == 0) {
            return zeros(c, op, x, y).kernel(p.node(), c.offeredOr(p, 0), true);
        }
        Origins origins = new Origins(op, x.shape(), y.shape());
        float value = (float) op.value();
        return OnednnKernel.of(p.node(), "java:border").bind(b -> {
            FloatBuffer in = b.inputFloats(0), out = b.outputFloats(0);
            Workers.Task task = (from, to) -> origins.gather(in, out, value, (int) from, (int) to);
            b.run(() -> c.workers.run(origins.channels, origins.grain(), task));
        });
    }

    private static OnednnKernel backward(OnednnContext c, Padding.Backward op, Preparation p) {
        Origins origins =
                new Origins(op.forward(), op.x(), p.node().input(0).type().shape());
        return OnednnKernel.of(p.node(), "java:border").bind(b -> {
            FloatBuffer dy = b.inputFloats(0), dx = b.outputFloats(0);
            Workers.Task task = (from, to) -> origins.scatter(dy, dx, (int) from, (int) to);
            b.run(() -> c.workers.run(origins.channels, origins.grain(), task));
        });
    }

    /** The copy of what x and y have in common; either may be the larger one in each dimension. */
    private static Boxes zeros(OnednnContext c, Padding op, TensorType x, TensorType y) {
        List<Integer> from = new ArrayList<>(List.of(0, 0)), to = new ArrayList<>(List.of(0, 0));
        long[] size = x.shape().dims();
        for (int d = 0; d < op.before().size(); d++) {
            int before = op.before().get(d), after = op.after().get(d);
            from.add(Math.max(0, -before));
            to.add(Math.max(0, before));
            size[d + 2] += Math.min(0, before) + Math.min(0, after);
        }
        return new Boxes(c, x, from, y, to, size);
    }

    /** For each position of y in depth, height and width the position of x it comes from, or -1; missing dimensions are outermost. */
    private static final class Origins {
        final long channels;
        private final int plane;
        private final int height;
        private final int width;
        private final int[] depths;
        private final int[] rows;
        private final int[] columns;

        Origins(Padding op, Shape x, Shape y) {
            int n = op.before().size();
            channels = x.product(0, 2);
            plane = Math.toIntExact(x.product(2, x.rank()));
            width = x.size(-1);
            height = n < 2 ? 1 : x.size(-2);
            columns = table(op, n - 1, x, y);
            rows = n < 2 ? new int[1] : table(op, n - 2, x, y);
            depths = n < 3 ? new int[1] : table(op, 0, x, y);
        }

        private static int[] table(Padding op, int d, Shape x, Shape y) {
            int[] t = new int[y.size(d + 2)];
            for (int o = 0; o < t.length; o++) t[o] = op.origin(d, o, x.size(d + 2));
            return t;
        }

        /** Channels worth a thread of their own. */
        long grain() {
            return Math.max(1, 16384 / plane);
        }

        private int first(int channel) {
            return channel * depths.length * rows.length * columns.length;
        }

        void gather(FloatBuffer x, FloatBuffer y, float value, int from, int to) {
            for (int c = from, o = first(from); c < to; c++) {
                for (int d : depths) {
                    for (int r : rows) {
                        int row = d < 0 || r < 0 ? -1 : c * plane + (d * height + r) * width;
                        for (int q : columns) y.put(o++, row < 0 || q < 0 ? value : x.get(row + q));
                    }
                }
            }
        }

        void scatter(FloatBuffer dy, FloatBuffer dx, int from, int to) {
            for (int i = from * plane; i < to * plane; i++) dx.put(i, 0);
            for (int c = from, o = first(from); c < to; c++) {
                for (int d : depths) {
                    for (int r : rows) {
                        int row = c * plane + (d * height + r) * width;
                        for (int q : columns) dx.put(row + q, dx.get(row + q) + dy.get(o++));
                    }
                }
            }
        }
    }
}
