package voluta.backend.reference;

import java.util.stream.IntStream;
import voluta.op.BatchNormalization;

/** Batch normalization, one channel after another; the context is the means, then the biased variances. */
final class BatchNormalizationReference {
    private BatchNormalizationReference() {}

    static void register(ReferenceTable table) {
        table.add(BatchNormalization.class, (op, node) -> switch (op.mode()) {
            case TRAINING ->
                new ReferenceKernel(2 * node.input(0).type().dim(1), (in, out, context) -> train(op, in, out, context));
            case FROZEN -> new ReferenceKernel((in, out, context) -> frozen(op, in, out[0]));
        });
        table.add(
                BatchNormalization.Backward.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> backward(op.epsilon(), in, out, context)));
        table.add(
                BatchNormalization.FrozenBackward.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> frozenBackward(op.epsilon(), in, out)));
    }

    /** The elements of one channel: {@code batch} runs of {@code spatial} neighbours. */
    private record Channel(int index, int channels, int batch, int spatial) {
        static Channel of(View x, int c) {
            return new Channel(
                    c, x.dim(1), x.dim(0), (int) x.shape().product(2, x.shape().rank()));
        }

        /** Where the run of sample {@code n} begins. */
        int start(int n) {
            return (n * channels + index) * spatial;
        }

        int count() {
            return batch * spatial;
        }
    }

    private static void train(BatchNormalization op, View[] in, View[] out, View context) {
        View x = in[0], scale = in[1], shift = in[2], y = out[0], runningMean = out[1], runningVariance = out[2];
        int channels = x.dim(1);
        double keep = 1 - op.momentum();
        IntStream.range(0, channels).parallel().forEach(c -> {
            Channel k = Channel.of(x, c);
            double mean = mean(k, x), variance = variance(k, x, mean);
            normalize(k, x, mean, variance + op.epsilon(), scale.get(c), shift.get(c), y);
            context.set(c, mean);
            context.set(channels + c, variance);
            double unbiased = variance * k.count() / (k.count() - 1);
            runningMean.set(c, keep * runningMean.get(c) + op.momentum() * mean);
            runningVariance.set(c, keep * runningVariance.get(c) + op.momentum() * unbiased);
        });
    }

    private static void frozen(BatchNormalization op, View[] in, View y) {
        View x = in[0], scale = in[1], shift = in[2], mean = in[3], variance = in[4];
        IntStream.range(0, x.dim(1))
                .parallel()
                .forEach(c -> normalize(
                        Channel.of(x, c),
                        x,
                        mean.get(c),
                        variance.get(c) + op.epsilon(),
                        scale.get(c),
                        shift.get(c),
                        y));
    }

    private static double mean(Channel k, View x) {
        double sum = 0;
        for (int n = 0; n < k.batch; n++) {
            for (int i = k.start(n), end = i + k.spatial; i < end; i++) sum += x.get(i);
        }
        return sum / k.count();
    }

    /** In a pass of its own: the difference of mean square and squared mean would lose what a large mean drowns. */
    private static double variance(Channel k, View x, double mean) {
        double sum = 0;
        for (int n = 0; n < k.batch; n++) {
            for (int i = k.start(n), end = i + k.spatial; i < end; i++) {
                double d = x.get(i) - mean;
                sum += d * d;
            }
        }
        return sum / k.count();
    }

    private static void normalize(Channel k, View x, double mean, double square, double scale, double shift, View y) {
        double inverse = 1 / Math.sqrt(square);
        for (int n = 0; n < k.batch; n++) {
            for (int i = k.start(n), end = i + k.spatial; i < end; i++)
                y.set(i, (x.get(i) - mean) * inverse * scale + shift);
        }
    }

    private static void backward(double epsilon, View[] in, View[] out, View context) {
        View x = in[0], scale = in[1], dy = in[2], dx = out[0];
        int channels = x.dim(1);
        IntStream.range(0, channels).parallel().forEach(c -> {
            Channel k = Channel.of(x, c);
            double mean = context.get(c), inverse = 1 / Math.sqrt(context.get(channels + c) + epsilon);
            sums(k, x, dy, mean, inverse, out);
            double meanDy = out[2].get(c) / k.count(), meanDyX = out[1].get(c) / k.count();
            for (int n = 0; n < k.batch; n++) {
                for (int i = k.start(n), end = i + k.spatial; i < end; i++) {
                    double normalized = (x.get(i) - mean) * inverse;
                    dx.set(i, scale.get(c) * inverse * (dy.get(i) - meanDy - normalized * meanDyX));
                }
            }
        });
    }

    private static void frozenBackward(double epsilon, View[] in, View[] out) {
        View x = in[0], scale = in[1], mean = in[2], variance = in[3], dy = in[4], dx = out[0];
        IntStream.range(0, x.dim(1)).parallel().forEach(c -> {
            Channel k = Channel.of(x, c);
            double inverse = 1 / Math.sqrt(variance.get(c) + epsilon);
            sums(k, x, dy, mean.get(c), inverse, out);
            for (int n = 0; n < k.batch; n++) {
                for (int i = k.start(n), end = i + k.spatial; i < end; i++)
                    dx.set(i, scale.get(c) * inverse * dy.get(i));
            }
        });
    }

    /** The channel's dscale, into output 1, and dshift, into output 2. */
    private static void sums(Channel k, View x, View dy, double mean, double inverse, View[] out) {
        double sumDy = 0, sumDyX = 0;
        for (int n = 0; n < k.batch; n++) {
            for (int i = k.start(n), end = i + k.spatial; i < end; i++) {
                sumDy += dy.get(i);
                sumDyX += dy.get(i) * (x.get(i) - mean) * inverse;
            }
        }
        out[1].set(k.index, sumDyX);
        out[2].set(k.index, sumDy);
    }
}
