package voluta.backend.reference;

import java.util.stream.IntStream;
import voluta.op.Softmax;

/** Softmax, its logarithm, and their gradients from the output. */
final class SoftmaxReference {
    private SoftmaxReference() {}

    static void register(ReferenceTable table) {
        table.add(Softmax.class, (op, node) -> new ReferenceKernel((in, out, context) -> forward(op, in[0], out[0])));
        table.add(
                Softmax.Backward.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> backward(op.forward(), in[0], in[1], out[0])));
    }

    /** Work on one line along the axis: elements {@code first}, {@code first + step}, ... {@code n} of them. */
    @FunctionalInterface
    private interface Line {
        void run(int first, int step, int n);
    }

    private static void lines(View v, int axis, Line line) {
        int n = v.dim(axis), step = (int) v.shape().product(axis + 1, v.shape().rank());
        IntStream.range(0, v.size() / n).parallel().forEach(i -> line.run(i / step * step * n + i % step, step, n));
    }

    private static void forward(Softmax op, View x, View y) {
        lines(x, op.axis(), (first, step, n) -> {
            double max = Double.NEGATIVE_INFINITY, sum = 0;
            for (int i = 0; i < n; i++) max = Math.max(max, x.get(first + i * step));
            for (int i = 0; i < n; i++) sum += Math.exp(x.get(first + i * step) - max);
            for (int i = 0; i < n; i++) {
                double v = x.get(first + i * step) - max;
                y.set(first + i * step, op.log() ? v - Math.log(sum) : Math.exp(v) / sum);
            }
        });
    }

    private static void backward(Softmax op, View y, View dy, View dx) {
        lines(y, op.axis(), (first, step, n) -> {
            double sum = 0;
            for (int i = 0; i < n; i++) {
                int at = first + i * step;
                sum += op.log() ? dy.get(at) : y.get(at) * dy.get(at);
            }
            for (int i = 0; i < n; i++) {
                int at = first + i * step;
                double v = y.get(at), d = dy.get(at);
                dx.set(at, op.log() ? d - Math.exp(v) * sum : v * (d - sum));
            }
        });
    }
}
