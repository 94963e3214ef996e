package voluta.data;

import java.nio.file.Path;
import java.util.Locale;

/**
 * Prints how many images a second the loader brings, nothing kept in memory: {@code LoaderThroughput PLACE [workers] [steps]
 * [batch size] [img-size] [seconds]}, where PLACE may be {@code carried}. Not a test; scripts/compare-torchvision.py measures the
 * same there.
 */
final class LoaderThroughput {
    private LoaderThroughput() {}

    /** Processor time of all threads so far, which other programs on the machine change less than they do the rate. */
    private static long busy() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
    }

    public static void main(String[] arguments) {
        String place = arguments.length > 0 ? arguments[0] : "carried";
        int workers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
        Augmentation augmentation = Augmentation.parse(arguments.length > 2 ? arguments[2] : "none");
        int batchSize = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 128;
        int side = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 0;
        double seconds = arguments.length > 5 ? Double.parseDouble(arguments[5]) : 5;
        DataOptions options = DataOptions.of(place.equals("carried") ? null : Path.of(place), Split.TRAIN);
        LoaderOptions loading = LoaderOptions.training(batchSize, 1)
                .withAugmentation(augmentation)
                .withWorkers(workers);
        try (Dataset stored = Datasets.open(options.withCacheBytes(0))) {
            ImageShape shape = stored.imageShape();
            Dataset data = side == 0 ? stored : stored.resized(new ImageShape(shape.channels(), side, side));
            try (BatchLoader loader = new BatchLoader(data, Samples.slots(4, batchSize, data), loading)) {
                for (int round = 0; round < 3; round++) {
                    long start = System.nanoTime(), busy = busy();
                    int batches = 0;
                    while (System.nanoTime() - start < seconds * 1e9 / 3) {
                        loader.release(loader.take());
                        batches++;
                    }
                    double taken = (System.nanoTime() - start) * 1e-9;
                    System.out.printf(
                            Locale.ROOT,
                            "%d workers, %s, batch %d, %s: %.0f images/s, %.3f ms of processor time each%n",
                            workers,
                            augmentation,
                            batchSize,
                            data.imageShape(),
                            batches * batchSize / taken,
                            (busy() - busy) * 1e-6 / batches / batchSize);
                }
            }
        }
    }
}
