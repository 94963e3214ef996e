package voluta.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Mean and deviation of each channel over all numbers of a data set of arrays, added up sample by sample in order, so that the
 * result has the same bits each time: Chan, Golub, LeVeque, "Algorithms for computing the sample variance" (1983).
 */
final class ArraySums {
    private final Dataset dataset;
    private final double[] mean;
    /** Sums of squared distances from the mean. */
    private final double[] spread;

    private long count;

    ArraySums(Dataset dataset) {
        this.dataset = dataset;
        int channels = dataset.arrayShape().orElseThrow().channels();
        this.mean = new double[channels];
        this.spread = new double[channels];
    }

    /** @throws DataException if no sample can be used */
    DatasetStatistics statistics() {
        ByteBuffer sample = ByteBuffer.allocate(dataset.sampleBytes()).order(ByteOrder.nativeOrder());
        for (int i = 0; i < dataset.size(); i++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new DataException("computing the statistics was interrupted; start it again");
            }
            try {
                dataset.read(i, sample.clear());
            } catch (PictureException e) {
                // The data set has noted it.
                continue;
            }
            add(sample);
        }
        if (count == 0) throw new DataException(dataset.name() + " has no array that can be used");
        double[] std = new double[spread.length];
        for (int c = 0; c < std.length; c++) std[c] = Math.sqrt(spread[c] / count);
        return DatasetStatistics.of(mean, std);
    }

    private void add(ByteBuffer sample) {
        int size = dataset.arrayShape().orElseThrow().numbers() / mean.length;
        for (int c = 0; c < mean.length; c++) {
            double sum = 0, squares = 0;
            for (int i = 0; i < size; i++) sum += sample.getFloat((c * size + i) * Float.BYTES);
            double own = sum / size;
            for (int i = 0; i < size; i++) {
                double d = sample.getFloat((c * size + i) * Float.BYTES) - own;
                squares += d * d;
            }
            double delta = own - mean[c];
            mean[c] += delta * size / (count + size);
            spread[c] += squares + delta * delta * count / (count + size) * size;
        }
        count += size;
    }
}
