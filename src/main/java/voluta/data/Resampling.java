package voluta.data;

/**
 * Scaling by a triangle filter, rows first and then columns. The filter is as wide as two source pixels, or as two target
 * pixels where the image gets smaller.
 */
final class Resampling {
    private Resampling() {}

    /** The largest centred part of {@code image} with the proportions of {@code target}, scaled to its size. */
    static byte[] cover(Image image, ImageShape target) {
        ImageShape from = image.shape();
        double scale = Math.min((double) from.height() / target.height(), (double) from.width() / target.width());
        Weights rows = new Weights(from.height(), target.height(), scale);
        Weights columns = new Weights(from.width(), target.width(), scale);
        int channels = from.channels();
        byte[] result = new byte[target.bytes()];
        float[] row = new float[from.rowBytes()];
        for (int y = 0; y < target.height(); y++) {
            sumRows(image.pixels(), rows, y, row);
            for (int x = 0; x < target.width(); x++) {
                for (int c = 0; c < channels; c++) {
                    float v = 0;
                    float[] w = columns.values[x];
                    int at = columns.first[x] * channels + c;
                    for (int k = 0; k < w.length; k++, at += channels) v += w[k] * row[at];
                    result[(y * target.width() + x) * channels + c] = (byte) Math.max(0, Math.min(255, Math.round(v)));
                }
            }
        }
        return result;
    }

    private static void sumRows(byte[] pixels, Weights rows, int y, float[] sum) {
        java.util.Arrays.fill(sum, 0);
        float[] w = rows.values[y];
        for (int k = 0; k < w.length; k++) {
            int at = (rows.first[y] + k) * sum.length;
            for (int i = 0; i < sum.length; i++) sum[i] += w[k] * (pixels[at + i] & 0xff);
        }
    }

    /** Which source positions each target position averages over, and their shares. */
    private static final class Weights {
        private final int[] first;
        private final float[][] values;

        Weights(int from, int to, double scale) {
            first = new int[to];
            values = new float[to][];
            double offset = (from - to * scale) / 2;
            double reach = Math.max(1, scale);
            for (int i = 0; i < to; i++) {
                double centre = offset + (i + 0.5) * scale;
                int begin = Math.max(0, (int) (centre - reach + 0.5));
                int end = Math.min(from, (int) (centre + reach + 0.5));
                first[i] = begin;
                values[i] = shares(begin, end, centre, reach);
            }
        }

        private static float[] shares(int begin, int end, double centre, double reach) {
            double[] w = new double[end - begin];
            double sum = 0;
            for (int k = 0; k < w.length; k++) {
                w[k] = Math.max(0, 1 - Math.abs(begin + k + 0.5 - centre) / reach);
                sum += w[k];
            }
            float[] shares = new float[w.length];
            for (int k = 0; k < w.length; k++) shares[k] = (float) (w[k] / sum);
            return shares;
        }
    }
}
