package voluta.train;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.checkpoint.CheckpointException;
import voluta.data.ArrayShape;
import voluta.data.Dataset;
import voluta.data.Framing;
import voluta.data.ImageShape;
import voluta.graph.Graph;
import voluta.model.Network;
import voluta.nn.Mode;
import voluta.plan.Lowering;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.OutputReader;
import voluta.session.Session;
import voluta.tensor.HostTensor;

/** A checkpoint's network with its weights, ready to compute logits for batches of one size. */
final class LoadedNetwork implements AutoCloseable {
    private final TrainedNetwork trained;
    /** Of a network for signals or volumes. */
    private final Optional<ArrayShape> arrayShape;
    /** Null for arrays. */
    private final ImageShape imageShape;

    private final int batchSize;
    private final Backends.Choice choice;
    private final Session session;
    private final CompiledGraph graph;
    private final OutputReader logits;

    private LoadedNetwork(TrainedNetwork trained, int batchSize, Backends.Choice choice, Precision precision) {
        this.trained = trained;
        this.arrayShape = trained.arrayShape();
        this.imageShape = arrayShape.isPresent() ? null : trained.imageShape();
        this.batchSize = batchSize;
        this.choice = choice;
        this.session = new Session(choice.backend(), 0);
        boolean done = false;
        try {
            trained.checkClasses(trained.network().forward(Mode.INFERENCE, batchSize));
            graph = session.compile(n -> forward(n, precision), batchSize, CompileOptions.of(precision));
            logits = graph.reader(Network.LOGITS);
            done = true;
        } finally {
            if (!done) session.close();
        }
    }

    private Graph forward(int images, Precision precision) {
        return Lowering.forInference(trained.network().forward(Mode.INFERENCE, images), choice.backend(), precision);
    }

    /**
     * Opens a backend, compiles the network and fills in the weights.
     *
     * @throws CheckpointException if the file is damaged, or its weights are not those of its network
     */
    static LoadedNetwork open(Path file, String backend, BackendOptions options, Precision precision, int batchSize) {
        if (batchSize < 1) throw new TrainingException("the batch size is " + batchSize + "; use 1 or more");
        TrainedNetwork trained = TrainedNetwork.load(file);
        Backends.Choice choice = Backends.open(backend, options);
        LoadedNetwork loaded = null;
        boolean done = false;
        try {
            loaded = new LoadedNetwork(trained, batchSize, choice, precision);
            trained.fill(loaded.session, loaded.weights());
            done = true;
            return loaded;
        } finally {
            if (!done && loaded != null) loaded.close();
            else if (!done) choice.backend().close();
        }
    }

    private List<String> weights() {
        List<String> names = new ArrayList<>(session.parameters().keySet());
        names.addAll(session.state().keySet());
        return names;
    }

    Path file() {
        return trained.file();
    }

    List<String> classNames() {
        return trained.classNames();
    }

    /**
     * The images that the network takes: the channels of its training data, its own height and width.
     *
     * @throws TrainingException if it takes arrays
     */
    ImageShape imageShape() {
        if (arrayShape.isPresent()) {
            throw new TrainingException(trained.file() + " is for arrays of " + arrayShape.get()
                    + ", not for pictures; give .npy or .npz files, or a CSV file");
        }
        return imageShape;
    }

    /** How pictures were brought to that size in the training. */
    Framing framing() {
        return trained.framing();
    }

    /** The arrays that the network takes, if it does not take images. */
    Optional<ArrayShape> arrayShape() {
        return arrayShape;
    }

    /** A data set in the size of the network; arrays must have it. */
    Dataset fitted(Dataset data) {
        if (arrayShape.isEmpty() && data.arrayShape().isEmpty()) {
            return data.resized(imageShape, trained.framing());
        }
        if (arrayShape.equals(data.arrayShape())) return data;
        String there = data.arrayShape().map(s -> "arrays of " + s).orElse("images");
        throw new TrainingException(trained.file() + " is for "
                + arrayShape.map(s -> "arrays of " + s).orElse("images") + ", " + data.name() + " holds " + there
                + "; give data as those of the training with --data-dir");
    }

    /** Where the samples of a batch go. */
    ByteBuffer samples(int slot) {
        return graph.feed(arrayShape.isPresent() ? Network.X : Network.IMAGES, slot);
    }

    int batchSize() {
        return batchSize;
    }

    String backend() {
        return choice.explanation();
    }

    CompiledGraph graph() {
        return graph;
    }

    /** Runs what a slot holds and returns the logits, {@code [batch,classes]}; the same tensor each time. */
    HostTensor run(int slot) {
        graph.run(slot);
        return logits.read();
    }

    @Override
    public void close() {
        session.close();
        Backend backend = choice.backend();
        backend.close();
    }
}
