package voluta.data;

/**
 * Scaling as Pillow does it, bit for bit: a filter as wide as some source pixels, or as many target pixels where the image
 * gets smaller (so that fine patterns do not turn into noise), along rows first and then along columns, in fixed point with
 * bytes between the passes.
 */
final class Resampling {
    /** The shape of the filter. */
    enum Filter {
        /** A triangle, 2 pixels wide. */
        BILINEAR(1),
        /** Keys' cubic with a = -1/2, 4 pixels wide. */
        BICUBIC(2);

        private final double reach;

        Filter(double reach) {
            this.reach = reach;
        }

        private double at(double x) {
            double d = Math.abs(x);
            if (this == BILINEAR) return Math.max(0, 1 - d);
            if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
            return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
        }
    }

    /** Bits behind the point of a weight: as many as 8 bits of sample and 2 of head room leave. */
    private static final int BITS = 22;

    private static final int HALF = 1 << (BITS - 1);

    private Resampling() {}

    /** The largest centred part of {@code image} with the proportions of {@code target}, scaled to its size. */
    static byte[] cover(Image image, ImageShape target) {
        ImageShape from = image.shape();
        double scale = Math.min((double) from.height() / target.height(), (double) from.width() / target.width());
        double height = target.height() * scale, width = target.width() * scale;
        byte[] result = new byte[target.bytes()];
        scale(
                image,
                (from.height() - height) / 2,
                (from.width() - width) / 2,
                height,
                width,
                target,
                Filter.BILINEAR,
                result);
        return result;
    }

    /** A part of an image, scaled to a size. The part lies within the image; {@code out} has as many channels. */
    static void scale(
            Image image,
            double top,
            double left,
            double height,
            double width,
            ImageShape target,
            Filter filter,
            byte[] out) {
        ImageShape from = image.shape();
        Weights columns = new Weights(from.width(), left, width, target.width(), filter);
        Weights rows = new Weights(from.height(), top, height, target.height(), filter);
        int first = rows.first[0], last = first;
        for (int y = 0; y < target.height(); y++) last = Math.max(last, rows.first[y] + rows.count[y]);
        int rowBytes = target.rowBytes();
        // Bytes, but in a form in which the loop over columns runs in vectors.
        int[] narrowed = new int[(last - first) * rowBytes];
        for (int y = first; y < last; y++) {
            int at = y * from.rowBytes(), to = (y - first) * rowBytes;
            if (from.channels() == 3) alongRow3(image.pixels(), at, columns, narrowed, to);
            else alongRow(image.pixels(), at, from.channels(), columns, narrowed, to);
        }
        int[] sums = new int[rowBytes];
        for (int y = 0; y < target.height(); y++) {
            alongColumns(narrowed, (rows.first[y] - first) * rowBytes, rows, y, sums, out, y * rowBytes);
        }
    }

    private static void alongRow3(byte[] in, int start, Weights w, int[] out, int at) {
        for (int x = 0; x < w.count.length; x++, at += 3) {
            int from = start + 3 * w.first[x], k = x * w.most, end = k + w.count[x];
            int r = HALF, g = HALF, b = HALF;
            for (; k < end; k++, from += 3) {
                int weight = w.values[k];
                r += weight * (in[from] & 0xff);
                g += weight * (in[from + 1] & 0xff);
                b += weight * (in[from + 2] & 0xff);
            }
            out[at] = clamp(r >> BITS) & 0xff;
            out[at + 1] = clamp(g >> BITS) & 0xff;
            out[at + 2] = clamp(b >> BITS) & 0xff;
        }
    }

    private static void alongRow(byte[] in, int start, int channels, Weights w, int[] out, int at) {
        for (int x = 0; x < w.count.length; x++) {
            for (int c = 0; c < channels; c++, at++) {
                int from = start + channels * w.first[x] + c, k = x * w.most, end = k + w.count[x];
                int sum = HALF;
                for (; k < end; k++, from += channels) sum += w.values[k] * (in[from] & 0xff);
                out[at] = clamp(sum >> BITS) & 0xff;
            }
        }
    }

    private static void alongColumns(int[] in, int start, Weights w, int y, int[] sums, byte[] out, int at) {
        java.util.Arrays.fill(sums, HALF);
        for (int k = 0; k < w.count[y]; k++) {
            int weight = w.values[y * w.most + k], from = start + k * sums.length;
            for (int i = 0; i < sums.length; i++) sums[i] += weight * in[from + i];
        }
        for (int i = 0; i < sums.length; i++) out[at + i] = clamp(sums[i] >> BITS);
    }

    private static byte clamp(int v) {
        return (byte) ((v & ~255) == 0 ? v : v < 0 ? 0 : 255);
    }

    /** Which source positions each target position averages over, and their shares. */
    private static final class Weights {
        private final int[] first;
        private final int[] count;
        /** For each target position, room for {@code most} of them. */
        private final int[] values;

        private final int most;

        Weights(int size, double begin, double length, int to, Filter filter) {
            double scale = length / to, wide = Math.max(1, scale), reach = filter.reach * wide;
            most = (int) Math.ceil(reach) * 2 + 1;
            first = new int[to];
            count = new int[to];
            values = new int[to * most];
            double[] shares = new double[most];
            for (int i = 0; i < to; i++) {
                double centre = begin + (i + 0.5) * scale;
                int from = Math.max(0, (int) (centre - reach + 0.5));
                int n = Math.min(size, (int) (centre + reach + 0.5)) - from;
                double sum = 0;
                for (int k = 0; k < n; k++) {
                    shares[k] = filter.at((from + k - centre + 0.5) / wide);
                    sum += shares[k];
                }
                first[i] = from;
                count[i] = n;
                for (int k = 0; k < n; k++) {
                    double v = shares[k] / sum * (1 << BITS);
                    values[i * most + k] = (int) (v < 0 ? v - 0.5 : v + 0.5);
                }
            }
        }
    }
}
