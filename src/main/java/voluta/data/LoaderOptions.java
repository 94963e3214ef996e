package voluta.data;

import java.util.Optional;

/**
 * How a {@link BatchLoader} goes through a data set. Everything but {@code workers} decides what the batches contain.
 *
 * @param batchSize images in a batch
 * @param shuffle whether each epoch has its own random order; otherwise that of the data set
 * @param dropLast whether the last batch of an epoch is left out if it is not full; otherwise it is padded
 * @param seed what the order and the augmentation are drawn from
 * @param augmentation how images are changed
 * @param statistics needed where the augmentation fills with the mean colour
 * @param workers threads that read and augment, at least 1
 * @param mixing how images are mixed in pairs; needs slots with room for targets
 * @param together batches that belong together: those at the end of an epoch that are fewer are left out, as a partial batch
 *     is
 */
public record LoaderOptions(
        int batchSize,
        boolean shuffle,
        boolean dropLast,
        long seed,
        Augmentation augmentation,
        Optional<DatasetStatistics> statistics,
        int workers,
        Mixing mixing,
        int together) {
    public LoaderOptions {
        if (batchSize < 1) throw new DataException("the batch size is " + batchSize + "; use 1 or more");
        if (workers < 1) throw new DataException("the number of loader threads is " + workers + "; use 1 or more");
        if (together < 1) throw new DataException(together + " batches cannot belong together; use 1 or more");
        if (augmentation.needsMean() && statistics.isEmpty()) {
            throw new DataException("the augmentation " + augmentation
                    + " fills with the mean colour, which is not known; give the statistics of the data set");
        }
    }

    /** For training: shuffled, the last partial batch left out, one worker, no augmentation. */
    public static LoaderOptions training(int batchSize, long seed) {
        return new LoaderOptions(batchSize, true, true, seed, Augmentation.NONE, Optional.empty(), 1, Mixing.NONE, 1);
    }

    /** For evaluation: every image once in the order of the data set, the last batch padded, one worker. */
    public static LoaderOptions evaluation(int batchSize) {
        return new LoaderOptions(batchSize, false, false, 0, Augmentation.NONE, Optional.empty(), 1, Mixing.NONE, 1);
    }

    /** The same with this augmentation; {@code statistics} is used only by one that fills with the mean colour. */
    public LoaderOptions withAugmentation(Augmentation augmentation, DatasetStatistics statistics) {
        return new LoaderOptions(
                batchSize, shuffle, dropLast, seed, augmentation, Optional.of(statistics), workers, mixing, together);
    }

    /** The same with this augmentation, which must not need the mean colour. */
    public LoaderOptions withAugmentation(Augmentation augmentation) {
        return new LoaderOptions(
                batchSize, shuffle, dropLast, seed, augmentation, statistics, workers, mixing, together);
    }

    /** The same with so many threads. */
    public LoaderOptions withWorkers(int workers) {
        return new LoaderOptions(
                batchSize, shuffle, dropLast, seed, augmentation, statistics, workers, mixing, together);
    }

    /** The same with images mixed. */
    public LoaderOptions withMixing(Mixing mixing) {
        return new LoaderOptions(
                batchSize, shuffle, dropLast, seed, augmentation, statistics, workers, mixing, together);
    }

    /** The same with so many batches that belong together. */
    public LoaderOptions withTogether(int batches) {
        return new LoaderOptions(
                batchSize, shuffle, dropLast, seed, augmentation, statistics, workers, mixing, batches);
    }

    /** Batches in an epoch over so many images. */
    int batchesPerEpoch(int images) {
        if (dropLast) return images / batchSize / together * together;
        return (int) (((long) images + batchSize - 1) / batchSize);
    }
}
