package voluta.backend.reference;

import java.util.stream.IntStream;
import voluta.op.LayerNormalization;
import voluta.tensor.Shape;

/** Layer normalization, one row of normalized values after another; the context is the means, then the variances. */
final class LayerNormalizationReference {
    private LayerNormalizationReference() {}

    static void register(ReferenceTable table) {
        table.add(LayerNormalization.class, (op, node) -> {
            Shape x = node.input(0).type().shape();
            return new ReferenceKernel(2 * rows(x, op.axis()), (in, out, context) -> forward(op, in, out[0], context));
        });
        table.add(
                LayerNormalization.Backward.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> backward(op, in, out, context)));
    }

    private static long rows(Shape x, int axis) {
        return x.product(0, axis);
    }

    private static void forward(LayerNormalization op, View[] in, View y, View context) {
        View x = in[0], scale = in[1], shift = in[2];
        int rows = (int) rows(x.shape(), op.axis()), n = x.size() / rows;
        IntStream.range(0, rows).parallel().forEach(r -> {
            double sum = 0, squares = 0;
            for (int i = 0; i < n; i++) sum += x.get(r * n + i);
            double mean = sum / n;
            for (int i = 0; i < n; i++) squares += (x.get(r * n + i) - mean) * (x.get(r * n + i) - mean);
            double variance = squares / n, inverse = 1 / Math.sqrt(variance + op.epsilon());
            for (int i = 0; i < n; i++)
                y.set(r * n + i, (x.get(r * n + i) - mean) * inverse * scale.get(i) + shift.get(i));
            context.set(r, mean);
            context.set(rows + r, variance);
        });
    }

    private static void backward(LayerNormalization.Backward op, View[] in, View[] out, View context) {
        View x = in[0], scale = in[1], dy = in[2], dx = out[0], dscale = out[1], dshift = out[2];
        int rows = (int) rows(x.shape(), op.axis()), n = x.size() / rows;
        double[] inverse = new double[rows];
        for (int r = 0; r < rows; r++) inverse[r] = 1 / Math.sqrt(context.get(rows + r) + op.epsilon());
        IntStream.range(0, rows).parallel().forEach(r -> {
            double sumG = 0, sumGX = 0;
            for (int i = 0; i < n; i++) {
                double g = dy.get(r * n + i) * scale.get(i);
                sumG += g;
                sumGX += g * (x.get(r * n + i) - context.get(r)) * inverse[r];
            }
            for (int i = 0; i < n; i++) {
                double g = dy.get(r * n + i) * scale.get(i);
                double normalized = (x.get(r * n + i) - context.get(r)) * inverse[r];
                dx.set(r * n + i, (g - sumG / n - normalized * sumGX / n) * inverse[r]);
            }
        });
        IntStream.range(0, n).parallel().forEach(i -> {
            double sumDy = 0, sumDyX = 0;
            for (int r = 0; r < rows; r++) {
                sumDy += dy.get(r * n + i);
                sumDyX += dy.get(r * n + i) * (x.get(r * n + i) - context.get(r)) * inverse[r];
            }
            dscale.set(i, sumDyX);
            dshift.set(i, sumDy);
        });
    }
}
