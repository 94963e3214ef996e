package voluta.data;

import java.util.Locale;

/**
 * Prints how many images a second the loader brings from the carried data: {@code LoaderThroughput [workers]
 * [augmentation] [batch size]}. Not a test.
 */
final class LoaderThroughput {
    private LoaderThroughput() {}

    public static void main(String[] arguments) {
        int workers = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
        Augmentation augmentation = arguments.length > 1 ? Augmentation.parse(arguments[1]) : Augmentation.NONE;
        int batchSize = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 128;
        Dataset dataset = Datasets.carried(Split.TRAIN);
        LoaderOptions options = LoaderOptions.training(batchSize, 1)
                .withAugmentation(augmentation)
                .withWorkers(workers);
        try (BatchLoader loader = new BatchLoader(dataset, Samples.slots(2, batchSize, dataset), options)) {
            for (int round = 0; round < 5; round++) {
                long start = System.nanoTime();
                int batches = 4_000;
                for (int i = 0; i < batches; i++) loader.release(loader.take());
                double seconds = (System.nanoTime() - start) * 1e-9;
                System.out.printf(
                        Locale.ROOT,
                        "%d workers, %s, batch %d: %.0f images/s%n",
                        workers,
                        augmentation,
                        batchSize,
                        batches * batchSize / seconds);
            }
        }
    }
}
