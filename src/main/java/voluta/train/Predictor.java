package voluta.train;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.data.ArrayShape;
import voluta.data.Image;
import voluta.data.ImageFiles;
import voluta.data.ImageShape;
import voluta.data.NamedArray;
import voluta.tensor.HostTensor;

/**
 * Says what is on pictures, with the weights of a checkpoint.
 *
 * <pre>{@code
 * try (Predictor predictor = Predictor.open(Path.of("runs/train/weights/best.safetensors"))) {
 *     Prediction p = predictor.predict(ImageFiles.read(Path.of("shoe.png")));
 *     p.className();     // "Sneaker"
 *     p.probability();   // 0.97
 * }
 * }</pre>
 *
 * <p>Pictures may have any size; they are framed for the network's input as those of the training were, and normalised with the
 * figures of the training data, which the checkpoint holds. Used by one thread.
 */
public final class Predictor implements AutoCloseable {
    private final LoadedNetwork network;

    private Predictor(LoadedNetwork network) {
        this.network = network;
    }

    /** For one picture at a time, on the best backend there is. */
    public static Predictor open(Path checkpoint) {
        return open(checkpoint, Backends.AUTO, BackendOptions.DEFAULT, Precision.F32, 1);
    }

    /**
     * For batches.
     *
     * @param backend a backend's name, or {@code auto}
     * @param batchSize how many pictures are computed together
     * @throws voluta.checkpoint.CheckpointException if the checkpoint cannot be used
     * @throws voluta.backend.DeviceException if the backend cannot be used
     */
    public static Predictor open(
            Path checkpoint, String backend, BackendOptions options, Precision precision, int batchSize) {
        return new Predictor(LoadedNetwork.open(checkpoint, backend, options, precision, batchSize));
    }

    /** The names of the classes. */
    public List<String> classNames() {
        return network.classNames();
    }

    /** The size that pictures are brought to. */
    public ImageShape imageShape() {
        return network.imageShape();
    }

    /** One line: what computes. */
    public String backend() {
        return network.backend();
    }

    /** Says what is on a picture. */
    public Prediction predict(Image image) {
        return predict(List.of(image)).get(0);
    }

    /** Says what is on each picture. */
    public List<Prediction> predict(List<Image> images) {
        return predictImages(images.size(), images::get);
    }

    /**
     * Decodes files and says what is on each.
     *
     * @throws voluta.data.DataException naming the first file that cannot be decoded
     */
    public List<Prediction> predictFiles(List<Path> files) {
        return predictImages(files.size(), i -> ImageFiles.read(files.get(i)));
    }

    /** Says what arrays are, for a network of signals or volumes. */
    public List<Prediction> predictArrays(List<NamedArray> arrays) {
        ArrayShape shape = arrayShape()
                .orElseThrow(() -> new TrainingException(network.file() + " is for pictures of " + network.imageShape()
                        + ", not for arrays; give pictures"));
        return predict(arrays.size(), (i, input) -> arrays.get(i).copyTo(input, shape));
    }

    /** The arrays that the network takes, if it takes signals or volumes in the place of pictures. */
    public Optional<ArrayShape> arrayShape() {
        return network.arrayShape();
    }

    private List<Prediction> predictImages(int count, IntFunction<Image> images) {
        ImageShape shape = network.imageShape();
        return predict(
                count,
                (i, input) -> input.put(
                        network.framing().apply(images.apply(i), shape).pixels()));
    }

    /** What puts one sample of a prediction where it belongs. */
    @FunctionalInterface
    private interface Filling {
        void put(int sample, ByteBuffer into);
    }

    private List<Prediction> predict(int count, Filling samples) {
        List<Prediction> predictions = new ArrayList<>(count);
        ByteBuffer input = network.samples(0);
        int classes = network.classNames().size();
        for (int from = 0; from < count; from += network.batchSize()) {
            int n = Math.min(network.batchSize(), count - from);
            input.clear();
            for (int i = 0; i < n; i++) samples.put(from + i, input);
            while (input.hasRemaining()) input.put((byte) 0);
            HostTensor logits = network.run(0);
            for (int i = 0; i < n; i++) {
                predictions.add(Prediction.of(Probabilities.of(logits, i, classes), network.classNames()));
            }
        }
        return predictions;
    }

    @Override
    public void close() {
        network.close();
    }
}
