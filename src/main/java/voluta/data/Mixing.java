package voluta.data;

import java.nio.ByteBuffer;
import voluta.tensor.Philox;

/**
 * Mixes the images of a batch in pairs, and their classes by as much: mixup adds them (Zhang et al., "mixup: beyond empirical
 * risk minimization"), cutmix puts a rectangle of one into the other (Yun et al., "CutMix"). Neighbours in the batch are a
 * pair; a shuffled batch makes that as random as any. What is drawn depends on (seed, epoch, sample) alone.
 *
 * @param mixup the parameter of the beta distribution that the share is drawn from; 0 is no mixup
 * @param cutmix the same; with both, a coin decides for each pair
 */
public record Mixing(double mixup, double cutmix) {
    /** Every image stays as it is. */
    public static final Mixing NONE = new Mixing(0, 0);

    public Mixing {
        check("mixup", mixup);
        check("cutmix", cutmix);
    }

    private static void check(String name, double alpha) {
        if (!(alpha >= 0 && alpha <= 100)) {
            throw new DataException(name + " is " + alpha + "; use a number from 0 (off) to 100, for instance 0.2");
        }
    }

    /** Whether anything is mixed. */
    public boolean active() {
        return mixup > 0 || cutmix > 0;
    }

    /**
     * Mixes two images where they lie.
     *
     * @return how much of each image is left of itself; the rest is the other
     */
    double mix(ByteBuffer images, int first, int second, Canvas numbers) {
        boolean cut = cutmix > 0 && (mixup == 0 || (numbers.draw() & 1) == 0);
        double share = beta(cut ? cutmix : mixup, numbers);
        ImageShape shape = numbers.shape();
        if (cut) return swap(images, first, second, shape, share, numbers);
        int own = (int) Math.rint(share * 65_536), other = 65_536 - own;
        for (int i = 0; i < shape.bytes(); i++) {
            int a = images.get(first + i) & 0xff, b = images.get(second + i) & 0xff;
            images.put(first + i, (byte) ((a * own + b * other + 32_768) >> 16));
            images.put(second + i, (byte) ((b * own + a * other + 32_768) >> 16));
        }
        return own / 65_536.0;
    }

    private static double swap(
            ByteBuffer images, int first, int second, ImageShape shape, double share, Canvas numbers) {
        int height = shape.height(), width = shape.width(), channels = shape.channels();
        double side = Math.sqrt(1 - share);
        int h = (int) (height * side), w = (int) (width * side);
        int y = Philox.below(numbers.draw(), height), x = Philox.below(numbers.draw(), width);
        int top = Math.max(0, y - h / 2), bottom = Math.min(height, y + h / 2);
        int left = Math.max(0, x - w / 2), right = Math.min(width, x + w / 2);
        for (int row = top; row < bottom; row++) {
            for (int i = (row * width + left) * channels; i < (row * width + right) * channels; i++) {
                byte kept = images.get(first + i);
                images.put(first + i, images.get(second + i));
                images.put(second + i, kept);
            }
        }
        return 1 - (double) Math.max(0, bottom - top) * Math.max(0, right - left) / (height * width);
    }

    /** Beta(a, a) as the share of one of two gamma numbers, of whose logarithms: with a small a, both can be too near 0 for a double. */
    static double beta(double a, Canvas numbers) {
        double x = logGamma(a, numbers), y = logGamma(a, numbers);
        return 1 / (1 + Math.exp(y - x));
    }

    /** The logarithm of a gamma number: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000). */
    private static double logGamma(double a, Canvas numbers) {
        if (a < 1) return logGamma(a + 1, numbers) + Math.log(uniform(numbers)) / a;
        double d = a - 1 / 3.0, c = 1 / Math.sqrt(9 * d);
        while (true) {
            double x = Math.sqrt(-2 * Math.log(uniform(numbers))) * Math.cos(2 * Math.PI * uniform(numbers));
            double v = Math.pow(1 + c * x, 3);
            if (v > 0 && Math.log(uniform(numbers)) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v);
        }
    }

    /** Above 0, so that it has a logarithm. */
    private static double uniform(Canvas numbers) {
        return ((numbers.draw() >>> 8) + 0.5) * 0x1p-24;
    }
}
