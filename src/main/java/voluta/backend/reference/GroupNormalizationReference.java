package voluta.backend.reference;

import java.util.stream.IntStream;
import voluta.op.GroupNormalization;

/**
 * Group normalization. A group of a sample is a run of neighbouring elements, and within it a channel is one; so sample
 * and group together count as one index. The context is the means, then the variances.
 */
final class GroupNormalizationReference {
    private GroupNormalizationReference() {}

    static void register(ReferenceTable table) {
        table.add(
                GroupNormalization.class,
                (op, node) -> new ReferenceKernel(
                        2 * node.input(0).type().dim(0) * op.groups(),
                        (in, out, context) -> forward(op, in, out[0], context)));
        table.add(
                GroupNormalization.Backward.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> backward(op, in, out, context)));
    }

    private static int spatial(View x) {
        return (int) x.shape().product(2, x.shape().rank());
    }

    private static void forward(GroupNormalization op, View[] in, View y, View context) {
        View x = in[0], scale = in[1], shift = in[2];
        int runs = x.dim(0) * op.groups(), n = x.size() / runs, channels = x.dim(1), spatial = spatial(x);
        IntStream.range(0, runs).parallel().forEach(r -> {
            double sum = 0, squares = 0;
            for (int i = r * n; i < (r + 1) * n; i++) sum += x.get(i);
            double mean = sum / n;
            for (int i = r * n; i < (r + 1) * n; i++) squares += (x.get(i) - mean) * (x.get(i) - mean);
            double variance = squares / n, inverse = 1 / Math.sqrt(variance + op.epsilon());
            for (int i = r * n; i < (r + 1) * n; i++) {
                int c = i / spatial % channels;
                y.set(i, (x.get(i) - mean) * inverse * scale.get(c) + shift.get(c));
            }
            context.set(r, mean);
            context.set(runs + r, variance);
        });
    }

    private static void backward(GroupNormalization.Backward op, View[] in, View[] out, View context) {
        View x = in[0], scale = in[1], dy = in[2], dx = out[0], dscale = out[1], dshift = out[2];
        int runs = x.dim(0) * op.groups(), n = x.size() / runs, channels = x.dim(1), spatial = spatial(x);
        double[] inverse = new double[runs];
        for (int r = 0; r < runs; r++) inverse[r] = 1 / Math.sqrt(context.get(runs + r) + op.epsilon());
        IntStream.range(0, runs).parallel().forEach(r -> {
            double sumG = 0, sumGX = 0;
            for (int i = r * n; i < (r + 1) * n; i++) {
                double g = dy.get(i) * scale.get(i / spatial % channels);
                sumG += g;
                sumGX += g * (x.get(i) - context.get(r)) * inverse[r];
            }
            for (int i = r * n; i < (r + 1) * n; i++) {
                double g = dy.get(i) * scale.get(i / spatial % channels);
                double normalized = (x.get(i) - context.get(r)) * inverse[r];
                dx.set(i, (g - sumG / n - normalized * sumGX / n) * inverse[r]);
            }
        });
        IntStream.range(0, channels).parallel().forEach(c -> {
            double sumDy = 0, sumDyX = 0;
            for (int b = 0; b < x.dim(0); b++) {
                for (int i = (b * channels + c) * spatial, end = i + spatial; i < end; i++) {
                    int r = i / n;
                    sumDy += dy.get(i);
                    sumDyX += dy.get(i) * (x.get(i) - context.get(r)) * inverse[r];
                }
            }
            dscale.set(c, sumDyX);
            dshift.set(c, sumDy);
        });
    }
}
