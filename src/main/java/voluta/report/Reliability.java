package voluta.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a network is right as often as it says: first guesses in bins of equal width by their probability.
 *
 * @param bins from 0 to 1
 * @param error the expected calibration error: the mean distance of probability and accuracy, weighted by images
 */
record Reliability(List<Bin> bins, double error) {
    private static final int BINS = 15;

    /**
     * One bin.
     *
     * @param probability the mean over its images; NaN without images
     * @param accuracy the share of its images that is right; NaN without images
     */
    record Bin(double from, double to, int images, double probability, double accuracy) {}

    static Reliability of(List<Judgements.Row> rows) {
        int[] images = new int[BINS], right = new int[BINS];
        double[] sum = new double[BINS];
        for (Judgements.Row r : rows) {
            int bin = Math.min(BINS - 1, (int) (r.probability() * BINS));
            images[bin]++;
            sum[bin] += r.probability();
            if (r.right()) right[bin]++;
        }
        List<Bin> bins = new ArrayList<>();
        double error = 0;
        for (int b = 0; b < BINS; b++) {
            double n = images[b];
            bins.add(new Bin((double) b / BINS, (b + 1.0) / BINS, images[b], sum[b] / n, right[b] / n));
            error += Math.abs(sum[b] - right[b]) / rows.size();
        }
        return new Reliability(bins, error);
    }
}
