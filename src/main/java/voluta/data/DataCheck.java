package voluta.data;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What there is in a data set: every image is read once, in its stored size. */
public final class DataCheck {
    private final Dataset dataset;
    private final long[] counts;
    private final Map<Size, Long> sizes = new HashMap<>();
    /** The first 16 bytes of a SHA-256 of size and pixels; null for what cannot be read. */
    private final Hash[] hashes;
    // Sums of bytes by channel; of grey pictures, in all three.
    private final long[] sums = new long[3];
    private final double[] squares = new double[3];
    private long pixels;
    /** Of arrays, which have no bytes to be summed; null for images. */
    private DatasetStatistics arrays;

    private record Size(int height, int width) {}

    private record Hash(long high, long low) {}

    /** Two images with the same pixels. */
    public record Duplicate(String first, String second) {}

    private DataCheck(Dataset dataset) {
        this.dataset = dataset;
        this.counts = new long[dataset.classNames().size()];
        this.hashes = new Hash[dataset.size()];
    }

    /**
     * Reads all images.
     *
     * @param dataset should allow any share of bad pictures, and stays open
     * @param threads how many read at the same time
     */
    public static DataCheck of(Dataset dataset, int threads) {
        if (threads < 1) throw new DataException("a check needs at least 1 thread, got " + threads);
        DataCheck total = new DataCheck(dataset);
        List<DataCheck> parts = Parts.of(dataset.size(), threads, "check", (from, to) -> {
            DataCheck part = new DataCheck(dataset);
            for (int i = from; i < to; i++) part.look(i);
            return part;
        });
        parts.forEach(total::add);
        if (dataset.arrayShape().isPresent() && total.usable() > 0) {
            total.arrays = DatasetStatistics.compute(dataset, threads);
        }
        return total;
    }

    private void look(int index) {
        if (dataset.arrayShape().isPresent()) {
            lookAtArray(index);
            return;
        }
        Image image;
        try {
            image = dataset.picture(index);
        } catch (PictureException e) {
            // The data set has noted it.
            return;
        }
        counts[dataset.label(index)]++;
        ImageShape shape = image.shape();
        sizes.merge(new Size(shape.height(), shape.width()), 1L, Long::sum);
        hashes[index] = hash(shape, image.pixels());
        int channels = shape.channels();
        byte[] bytes = image.pixels();
        for (int c = 0; c < 3; c++) {
            long sum = 0, square = 0;
            for (int i = Math.min(c, channels - 1); i < bytes.length; i += channels) {
                int v = bytes[i] & 0xff;
                sum += v;
                square += v * v;
            }
            sums[c] += sum;
            squares[c] += square;
        }
        pixels += bytes.length / channels;
    }

    private void lookAtArray(int index) {
        byte[] numbers = new byte[dataset.sampleBytes()];
        try {
            dataset.read(index, ByteBuffer.wrap(numbers));
        } catch (PictureException e) {
            // The data set has noted it.
            return;
        }
        counts[dataset.label(index)]++;
        hashes[index] = hash(dataset.imageShape(), numbers);
    }

    private static Hash hash(ImageShape shape, byte[] content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(12)
                    .putInt(shape.channels())
                    .putInt(shape.height())
                    .putInt(shape.width())
                    .flip());
            ByteBuffer hash = ByteBuffer.wrap(digest.digest(content));
            return new Hash(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private void add(DataCheck part) {
        for (int c = 0; c < counts.length; c++) counts[c] += part.counts[c];
        part.sizes.forEach((size, n) -> sizes.merge(size, n, Long::sum));
        for (int i = 0; i < hashes.length; i++) if (part.hashes[i] != null) hashes[i] = part.hashes[i];
        for (int c = 0; c < 3; c++) {
            sums[c] += part.sums[c];
            squares[c] += part.squares[c];
        }
        pixels += part.pixels;
    }

    /** What was looked at. */
    public Dataset dataset() {
        return dataset;
    }

    /** Usable images of each class, by label. */
    public long[] counts() {
        return counts.clone();
    }

    /** Images that can be used. */
    public long usable() {
        return Arrays.stream(counts).sum();
    }

    /** How many sizes there are. */
    public int sizes() {
        return sizes.size();
    }

    /** The smallest and the largest height, then the smallest and the largest width. */
    public int[] sides() {
        int[] sides = {Integer.MAX_VALUE, 0, Integer.MAX_VALUE, 0};
        for (Size size : sizes.keySet()) {
            sides[0] = Math.min(sides[0], size.height);
            sides[1] = Math.max(sides[1], size.height);
            sides[2] = Math.min(sides[2], size.width);
            sides[3] = Math.max(sides[3], size.width);
        }
        return sides;
    }

    /** The mean of each channel over all pixels, 0 to 1: one for grey data, else three. */
    public double[] mean() {
        if (arrays != null) return arrays.mean();
        double[] mean = new double[Math.min(3, dataset.imageShape().channels())];
        for (int c = 0; c < mean.length; c++) mean[c] = sums[c] / (255.0 * pixels);
        return mean;
    }

    /** The standard deviation of each channel over all pixels. */
    public double[] std() {
        if (arrays != null) return arrays.std();
        double[] std = mean();
        for (int c = 0; c < std.length; c++) {
            double mean = (double) sums[c] / pixels;
            std[c] = Math.sqrt(Math.max(0, squares[c] / pixels - mean * mean)) / 255;
        }
        return std;
    }

    /** Images that are here twice, each later one with the first of its kind. */
    public List<Duplicate> duplicates() {
        return pairs(new HashMap<>(), dataset);
    }

    /** Images of another data set that are here too, each with the first of its kind here. */
    public List<Duplicate> duplicates(DataCheck other) {
        Map<Hash, String> known = new HashMap<>();
        pairs(known, dataset);
        List<Duplicate> found = new ArrayList<>();
        for (int i = 0; i < other.hashes.length; i++) {
            String first = other.hashes[i] == null ? null : known.get(other.hashes[i]);
            if (first != null) found.add(new Duplicate(first, other.dataset.describe(i)));
        }
        return found;
    }

    private List<Duplicate> pairs(Map<Hash, String> known, Dataset data) {
        List<Duplicate> found = new ArrayList<>();
        for (int i = 0; i < hashes.length; i++) {
            if (hashes[i] == null) continue;
            String first = known.putIfAbsent(hashes[i], data.describe(i));
            if (first != null) found.add(new Duplicate(first, data.describe(i)));
        }
        return found;
    }
}
