package voluta.data;

import java.util.Arrays;

/**
 * Scaling a part of a picture as Pillow does it, bit for bit: a filter as wide as some source pixels, or as many target pixels
 * where the image gets smaller (so that fine patterns do not turn into noise), along rows first and then along columns, in
 * fixed point with bytes between the passes.
 *
 * <p>Made before the picture is there, so that only what is needed of it is decoded: {@link #area} says what that is.
 */
final class Resampling {
    /** Bits behind the point of a weight: as many as 8 bits of sample and 2 of head room leave. */
    private static final int BITS = 22;

    private static final int HALF = 1 << (BITS - 1);

    private final ImageShape target;
    private final Weights columns;
    private final Weights rows;

    /**
     * @param whole the size of the picture; channels do not matter
     * @param top where the part begins, in pixels of the picture; it lies within it
     * @param target what it is scaled to
     */
    Resampling(
            ImageShape whole,
            double top,
            double left,
            double height,
            double width,
            ImageShape target,
            Interpolation filter) {
        this.target = target;
        this.columns = new Weights(whole.width(), left, width, target.width(), filter);
        this.rows = new Weights(whole.height(), top, height, target.height(), filter);
    }

    /** A part of an image, scaled to a size. {@code out} has as many channels. */
    static void scale(
            Image image,
            double top,
            double left,
            double height,
            double width,
            ImageShape target,
            Interpolation filter,
            byte[] out) {
        new Resampling(image.shape(), top, left, height, width, target, filter).apply(Cutout.of(image), out);
    }

    /** The pixels that make a difference. */
    Area area() {
        return new Area(rows.begin, columns.begin, rows.end - rows.begin, columns.end - columns.begin);
    }

    /**
     * Scales.
     *
     * @param picture holds at least the {@link #area}, with as many channels as the target
     */
    void apply(Cutout picture, byte[] out) {
        Area have = picture.area();
        byte[] pixels = picture.pixels().pixels();
        int channels = target.channels(), rowBytes = target.rowBytes(), stride = channels * have.width();
        // Those rows that the filter reaches at a time, in turn. Ints, so that loops over them become vectors.
        int[][] narrowed = new int[rows.taps][rowBytes];
        int[] sums = new int[rowBytes];
        int done = rows.begin;
        for (int y = 0; y < target.height(); y++) {
            for (int end = rows.first[y] + rows.taps; done < end; done++) {
                int[] line = narrowed[done % rows.taps];
                int at = (done - have.top()) * stride - channels * have.left();
                if (channels == 3) alongRow3(pixels, at, columns, line);
                else alongRow(pixels, at, channels, columns, line);
                bytes(line);
            }
            alongColumns(narrowed, y, sums);
            bytes(sums);
            for (int i = 0, at = y * rowBytes; i < rowBytes; i++) out[at + i] = (byte) sums[i];
        }
    }

    /** Rounds sums to bytes. Note [Bounds without branches] of the JPEG decoder says why so. */
    private static void bytes(int[] sums) {
        for (int i = 0; i < sums.length; i++) {
            int v = sums[i] >> BITS;
            v &= ~(v >> 31);
            v |= (255 - v) >> 31;
            sums[i] = v & 255;
        }
    }

    private static void alongRow3(byte[] in, int start, Weights w, int[] out) {
        switch (w.taps) {
            case 2 -> alongRow3By2(in, start, w.first, w.values, out);
            case 3 -> alongRow3By3(in, start, w.first, w.values, out);
            case 4 -> alongRow3By4(in, start, w.first, w.values, out);
            case 5 -> alongRow3By5(in, start, w.first, w.values, out);
            default -> alongRow3ByAny(in, start, w, out);
        }
    }

    // What follows is the same loop with so many taps written out, which is twice as fast as a short inner loop.

    private static void alongRow3By2(byte[] in, int start, int[] first, int[] w, int[] out) {
        for (int x = 0; x < first.length; x++) {
            int p = start + 3 * first[x], a = w[2 * x], b = w[2 * x + 1];
            out[3 * x] = HALF + a * (in[p] & 255) + b * (in[p + 3] & 255);
            out[3 * x + 1] = HALF + a * (in[p + 1] & 255) + b * (in[p + 4] & 255);
            out[3 * x + 2] = HALF + a * (in[p + 2] & 255) + b * (in[p + 5] & 255);
        }
    }

    private static void alongRow3By3(byte[] in, int start, int[] first, int[] w, int[] out) {
        for (int x = 0; x < first.length; x++) {
            int p = start + 3 * first[x], a = w[3 * x], b = w[3 * x + 1], c = w[3 * x + 2];
            out[3 * x] = HALF + a * (in[p] & 255) + b * (in[p + 3] & 255) + c * (in[p + 6] & 255);
            out[3 * x + 1] = HALF + a * (in[p + 1] & 255) + b * (in[p + 4] & 255) + c * (in[p + 7] & 255);
            out[3 * x + 2] = HALF + a * (in[p + 2] & 255) + b * (in[p + 5] & 255) + c * (in[p + 8] & 255);
        }
    }

    private static void alongRow3By4(byte[] in, int start, int[] first, int[] w, int[] out) {
        for (int x = 0; x < first.length; x++) {
            int p = start + 3 * first[x], k = 4 * x, a = w[k], b = w[k + 1], c = w[k + 2], d = w[k + 3];
            out[3 * x] =
                    HALF + a * (in[p] & 255) + b * (in[p + 3] & 255) + c * (in[p + 6] & 255) + d * (in[p + 9] & 255);
            out[3 * x + 1] = HALF
                    + a * (in[p + 1] & 255)
                    + b * (in[p + 4] & 255)
                    + c * (in[p + 7] & 255)
                    + d * (in[p + 10] & 255);
            out[3 * x + 2] = HALF
                    + a * (in[p + 2] & 255)
                    + b * (in[p + 5] & 255)
                    + c * (in[p + 8] & 255)
                    + d * (in[p + 11] & 255);
        }
    }

    private static void alongRow3By5(byte[] in, int start, int[] first, int[] w, int[] out) {
        for (int x = 0; x < first.length; x++) {
            int p = start + 3 * first[x], k = 5 * x, a = w[k], b = w[k + 1], c = w[k + 2], d = w[k + 3], e = w[k + 4];
            out[3 * x] = HALF
                    + a * (in[p] & 255)
                    + b * (in[p + 3] & 255)
                    + c * (in[p + 6] & 255)
                    + d * (in[p + 9] & 255)
                    + e * (in[p + 12] & 255);
            out[3 * x + 1] = HALF
                    + a * (in[p + 1] & 255)
                    + b * (in[p + 4] & 255)
                    + c * (in[p + 7] & 255)
                    + d * (in[p + 10] & 255)
                    + e * (in[p + 13] & 255);
            out[3 * x + 2] = HALF
                    + a * (in[p + 2] & 255)
                    + b * (in[p + 5] & 255)
                    + c * (in[p + 8] & 255)
                    + d * (in[p + 11] & 255)
                    + e * (in[p + 14] & 255);
        }
    }

    private static void alongRow3ByAny(byte[] in, int start, Weights w, int[] out) {
        for (int x = 0, at = 0; x < w.first.length; x++, at += 3) {
            int from = start + 3 * w.first[x], k = x * w.taps, end = k + w.taps;
            int r = HALF, g = HALF, b = HALF;
            for (; k < end; k++, from += 3) {
                int weight = w.values[k];
                r += weight * (in[from] & 0xff);
                g += weight * (in[from + 1] & 0xff);
                b += weight * (in[from + 2] & 0xff);
            }
            out[at] = r;
            out[at + 1] = g;
            out[at + 2] = b;
        }
    }

    private static void alongRow(byte[] in, int start, int channels, Weights w, int[] out) {
        for (int x = 0, at = 0; x < w.first.length; x++) {
            for (int c = 0; c < channels; c++, at++) {
                int from = start + channels * w.first[x] + c, k = x * w.taps, end = k + w.taps;
                int sum = HALF;
                for (; k < end; k++, from += channels) sum += w.values[k] * (in[from] & 0xff);
                out[at] = sum;
            }
        }
    }

    private void alongColumns(int[][] lines, int y, int[] sums) {
        Arrays.fill(sums, HALF);
        int taps = rows.taps, k = 0;
        for (; k + 1 < taps; k += 2) {
            int at = y * taps + k, row = rows.first[y] + k;
            add(rows.values[at], lines[row % taps], rows.values[at + 1], lines[(row + 1) % taps], sums);
        }
        if (k < taps) add(rows.values[y * taps + k], lines[(rows.first[y] + k) % taps], sums);
    }

    private static void add(int weight, int[] line, int[] sums) {
        for (int i = 0; i < sums.length; i++) sums[i] += weight * line[i];
    }

    private static void add(int weightA, int[] a, int weightB, int[] b, int[] sums) {
        for (int i = 0; i < sums.length; i++) sums[i] += weightA * a[i] + weightB * b[i];
    }

    /**
     * Which source positions each target position averages over, and their shares. All have equally many, some of them with a
     * share of 0.
     */
    private static final class Weights {
        private final int[] first;
        /** For each target position so many. */
        private final int[] values;

        private final int taps;
        /** The first source position, and the one behind the last. */
        private final int begin;

        private final int end;

        Weights(int size, double from, double length, int to, Interpolation filter) {
            double scale = length / to, wide = Math.max(1, scale), reach = filter.reach * wide;
            int most = (int) Math.ceil(reach) * 2 + 1;
            first = new int[to];
            int[] counts = new int[to], padded = new int[to * most];
            double[] shares = new double[most];
            int taps = 1, begin = size, end = 0;
            for (int i = 0; i < to; i++) {
                double centre = from + (i + 0.5) * scale;
                int at = Math.max(0, (int) (centre - reach + 0.5));
                int n = Math.min(size, (int) (centre + reach + 0.5)) - at;
                double sum = 0;
                for (int k = 0; k < n; k++) {
                    shares[k] = filter.at((at + k - centre + 0.5) / wide);
                    sum += shares[k];
                }
                first[i] = at;
                counts[i] = n;
                for (int k = 0; k < n; k++) {
                    double v = shares[k] / sum * (1 << BITS);
                    padded[i * most + k] = (int) (v < 0 ? v - 0.5 : v + 0.5);
                }
                taps = Math.max(taps, n);
                begin = Math.min(begin, at);
                end = Math.max(end, at + n);
            }
            this.taps = taps;
            this.begin = begin;
            this.end = end;
            values = new int[to * taps];
            for (int i = 0; i < to; i++) {
                // Those at the end begin earlier, so that none reads beyond it.
                int back = Math.max(0, first[i] + taps - end);
                first[i] -= back;
                System.arraycopy(padded, i * most, values, i * taps + back, counts[i]);
            }
        }
    }
}
