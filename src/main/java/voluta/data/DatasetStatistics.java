package voluta.data;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Mean and standard deviation of every channel over all pixels of a data set, in units where a byte of 255 is 1: what
 * the network's first step subtracts and divides by. Of arrays, over all numbers, as they are.
 *
 * <p>Sums are kept as integers, so the result is exact but for one rounding at the end, and the same for any number of
 * threads.
 */
public final class DatasetStatistics {
    private final double[] mean;
    private final double[] std;

    private DatasetStatistics(double[] mean, double[] std) {
        this.mean = mean;
        this.std = std;
    }

    /** Known figures, for instance those stored with a checkpoint; the arrays are copied. */
    public static DatasetStatistics of(double[] mean, double[] std) {
        if (mean.length == 0 || mean.length != std.length) {
            throw new DataException("statistics have " + mean.length + " means and " + std.length
                    + " standard deviations; give one of each for every channel");
        }
        return new DatasetStatistics(mean.clone(), std.clone());
    }

    /** So many pictures are enough where each has to be decoded: the mean is then known to a part in a thousand. */
    private static final int DECODED = 20_000;

    /**
     * Those that the cache of the data set holds, or else computed, and kept in the cache if there is one and it can be
     * written to.
     *
     * @throws DataException as {@link #compute}
     */
    public static DatasetStatistics of(Dataset dataset, int threads) {
        Optional<Path> place = StoredStatistics.place(dataset);
        return place.flatMap(
                        file -> StoredStatistics.read(file, dataset.imageShape().channels()))
                .orElseGet(() -> {
                    DatasetStatistics computed = compute(dataset, threads);
                    place.ifPresent(file -> StoredStatistics.write(file, computed));
                    return computed;
                });
    }

    /**
     * Reads every image once; of pictures that have to be decoded, at most 20,000, evenly spread. Those that cannot be used
     * are left out.
     *
     * @param threads how many read at the same time, at least 1
     * @throws DataException if an image cannot be read
     */
    public static DatasetStatistics compute(Dataset dataset, int threads) {
        if (threads < 1) throw new DataException("statistics need at least 1 thread, got " + threads);
        if (dataset.arrayShape().isPresent()) {
            return new ArraySums(dataset).statistics();
        }
        int images = dataset.decodes() ? Math.min(DECODED, dataset.size()) : dataset.size();
        Sums total = new Sums(dataset.imageShape().channels());
        Parts.of(images, threads, "statistics", (from, to) -> sums(dataset, images, from, to))
                .forEach(total::add);
        if (total.images == 0) throw new DataException(dataset.name() + " has no picture that can be used");
        return total.statistics(total.images
                * dataset.imageShape().height()
                * dataset.imageShape().width());
    }

    private static Sums sums(Dataset dataset, int images, int from, int to) {
        Sums sums = new Sums(dataset.imageShape().channels());
        byte[] image = new byte[dataset.imageShape().bytes()];
        ByteBuffer buffer = ByteBuffer.wrap(image);
        for (int i = from; i < to; i++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new DataException("computing the statistics was interrupted; start it again");
            }
            try {
                dataset.read((int) ((long) i * dataset.size() / images), buffer.clear());
            } catch (PictureException e) {
                // The data set has noted it.
                continue;
            }
            sums.add(image);
        }
        return sums;
    }

    /** The number of channels. */
    public int channels() {
        return mean.length;
    }

    /** A copy of the means, one for each channel, 0 to 1. */
    public double[] mean() {
        return mean.clone();
    }

    /** A copy of the standard deviations (of the population), one for each channel; 0 where all pixels are equal. */
    public double[] std() {
        return std.clone();
    }

    /** The mean colour, a byte for each channel. */
    public byte[] meanPixel() {
        byte[] pixel = new byte[mean.length];
        for (int c = 0; c < pixel.length; c++) pixel[c] = (byte) Math.round(255 * mean[c]);
        return pixel;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof DatasetStatistics s && Arrays.equals(mean, s.mean) && Arrays.equals(std, s.std);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(mean) + Arrays.hashCode(std);
    }

    @Override
    public String toString() {
        return "mean " + Arrays.toString(mean) + ", std " + Arrays.toString(std);
    }

    /** Sums of bytes and of their squares; a long holds the latter for 10^14 pixels. */
    private static final class Sums {
        private final long[] sum;
        private final long[] squares;
        private long images;

        Sums(int channels) {
            sum = new long[channels];
            squares = new long[channels];
        }

        void add(byte[] image) {
            images++;
            for (int c = 0; c < sum.length; c++) {
                long s = 0;
                long q = 0;
                for (int i = c; i < image.length; i += sum.length) {
                    int v = image[i] & 0xff;
                    s += v;
                    q += v * v;
                }
                sum[c] += s;
                squares[c] += q;
            }
        }

        void add(Sums other) {
            images += other.images;
            for (int c = 0; c < sum.length; c++) {
                sum[c] += other.sum[c];
                squares[c] += other.squares[c];
            }
        }

        DatasetStatistics statistics(long n) {
            double[] mean = new double[sum.length];
            double[] std = new double[sum.length];
            for (int c = 0; c < sum.length; c++) {
                mean[c] = sum[c] / (255.0 * n);
                // n * sum(v^2) - sum(v)^2 without the cancellation that doubles would suffer.
                BigInteger spread = BigInteger.valueOf(n)
                        .multiply(BigInteger.valueOf(squares[c]))
                        .subtract(BigInteger.valueOf(sum[c]).pow(2));
                std[c] = Math.sqrt(spread.doubleValue()) / (255.0 * n);
            }
            return new DatasetStatistics(mean, std);
        }
    }
}
