package voluta.train;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.data.BatchLoader;
import voluta.data.BatchSlot;
import voluta.data.Dataset;
import voluta.data.LoaderOptions;
import voluta.tensor.HostTensor;

/**
 * Tries a checkpoint on a data set.
 *
 * <pre>{@code
 * try (Validator validator = Validator.open(file)) {
 *     validator.validate(Datasets.open(null, Split.TEST)).top1();
 * }
 * }</pre>
 *
 * <p>Losses are cross-entropies without smoothing, whatever the training used. Used by one thread.
 */
public final class Validator implements AutoCloseable {
    /** Images that are computed together where nothing else is said. */
    public static final int BATCH_SIZE = 64;

    private static final int SLOTS = 2;

    private final LoadedNetwork network;
    private volatile boolean stopped;

    private Validator(LoadedNetwork network) {
        this.network = network;
    }

    /** On the best backend there is. */
    public static Validator open(Path checkpoint) {
        return open(checkpoint, Backends.AUTO, BackendOptions.DEFAULT, Precision.F32, BATCH_SIZE);
    }

    /**
     * On a backend of choice.
     *
     * @throws voluta.checkpoint.CheckpointException if the checkpoint cannot be used
     * @throws voluta.backend.DeviceException if the backend cannot be used
     */
    public static Validator open(
            Path checkpoint, String backend, BackendOptions options, Precision precision, int batchSize) {
        return new Validator(LoadedNetwork.open(checkpoint, backend, options, precision, batchSize));
    }

    /** The names of the classes. */
    public List<String> classNames() {
        return network.classNames();
    }

    /** One line: what computes. */
    public String backend() {
        return network.backend();
    }

    /** Lets {@link #validate} end after the batch it is at. From any thread. */
    public void stop() {
        stopped = true;
    }

    /**
     * Computes every image once, {@linkplain voluta.data.Framing framed} as in the training. Classes are matched by name; data
     * of some of the network's classes will do.
     *
     * @throws voluta.data.DataException if the data has a class that the network does not know
     */
    public Validation validate(Dataset data) {
        return validate(data, image -> {});
    }

    /**
     * The same, telling of each image what the network says about it, in the order of the data set.
     *
     * @throws voluta.data.DataException if the data has a class that the network does not know
     */
    public Validation validate(Dataset data, Consumer<Judgement> each) {
        long start = System.nanoTime();
        Dataset fitted = network.fitted(data.withClasses(classNames()));
        int classes = classNames().size();
        Tally tally = new Tally(classes);
        LoaderOptions options = LoaderOptions.evaluation(network.batchSize());
        try (BatchLoader loader = new BatchLoader(fitted, slots(), options)) {
            for (int b = 0; b < loader.batchesPerEpoch() && !stopped; b++) {
                BatchSlot slot = loader.take();
                tally.add(network.run(slot.index()), slot, fitted, each);
                loader.release(slot);
            }
        }
        return tally.validation(classNames(), (System.nanoTime() - start) / 1e9);
    }

    private List<BatchSlot> slots() {
        List<BatchSlot> slots = new ArrayList<>();
        for (int s = 0; s < SLOTS; s++) {
            // Labels stay on the host.
            slots.add(new BatchSlot(
                    s, network.samples(s), ByteBuffer.allocateDirect(network.batchSize() * Integer.BYTES)));
        }
        return slots;
    }

    @Override
    public void close() {
        network.close();
    }

    /** What has been counted so far. */
    private static final class Tally {
        private final int classes;
        private final long[][] confusion;
        private long images;
        private double loss;
        private long top1;
        private long top5;

        Tally(int classes) {
            this.classes = classes;
            this.confusion = new long[classes][classes];
        }

        void add(HostTensor logits, BatchSlot slot, Dataset data, Consumer<Judgement> each) {
            for (int i = 0; i < slot.count(); i++) {
                int label = slot.labels().getInt(i * Integer.BYTES);
                // A picture that cannot be read.
                if (label < 0) continue;
                images++;
                int rank = Probabilities.rank(logits, i, classes, label);
                int predicted = Probabilities.best(logits, i, classes);
                double imageLoss = Probabilities.loss(logits, i, classes, label);
                confusion[label][predicted]++;
                loss += imageLoss;
                if (rank < 1) top1++;
                if (rank < 5) top5++;
                double[] probabilities = Probabilities.of(logits, i, classes);
                each.accept(new Judgement(data, slot, i, probabilities, predicted, imageLoss));
            }
        }

        Validation validation(List<String> names, double seconds) {
            double n = images;
            return new Validation(new Evaluation(images, loss / n, top1 / n, top5 / n, seconds), names, confusion);
        }
    }
}
