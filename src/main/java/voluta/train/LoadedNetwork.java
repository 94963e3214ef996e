package voluta.train;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;
import voluta.checkpoint.ModelDescription;
import voluta.data.ArrayShape;
import voluta.data.Dataset;
import voluta.data.ImageShape;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.model.Pixels;
import voluta.nn.Mode;
import voluta.plan.Lowering;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.OutputReader;
import voluta.session.Session;
import voluta.tensor.HostTensor;

/** A checkpoint's network with its weights, ready to compute logits for batches of one size. */
final class LoadedNetwork implements AutoCloseable {
    private final Path file;
    private final ModelDescription model;
    /** Of a network for signals or volumes. */
    private final Optional<ArrayShape> arrayShape;
    /** Null for arrays. */
    private final ImageShape imageShape;

    private final int batchSize;
    private final Backends.Choice choice;
    private final Session session;
    private final CompiledGraph graph;
    private final OutputReader logits;

    private LoadedNetwork(
            Path file,
            ModelDescription model,
            Network network,
            int batchSize,
            Backends.Choice choice,
            Precision precision) {
        this.file = file;
        this.model = model;
        this.arrayShape = arrayShape(network);
        this.imageShape = arrayShape.isPresent() ? null : imageShape(network);
        this.batchSize = batchSize;
        this.choice = choice;
        this.session = new Session(choice.backend(), 0);
        boolean done = false;
        try {
            Graph forward = network.forward(Mode.INFERENCE, batchSize);
            checkClasses(forward);
            Graph lowered = Lowering.forInference(forward, choice.backend(), precision);
            graph = session.compile(lowered, CompileOptions.of(precision));
            logits = graph.reader(Network.LOGITS);
            done = true;
        } finally {
            if (!done) session.close();
        }
    }

    /**
     * Opens a backend, compiles the network and fills in the weights.
     *
     * @throws CheckpointException if the file is damaged, or its weights are not those of its network
     */
    static LoadedNetwork open(Path file, String backend, BackendOptions options, Precision precision, int batchSize) {
        if (batchSize < 1) throw new TrainingException("the batch size is " + batchSize + "; use 1 or more");
        Checkpoint checkpoint = Checkpoint.load(file);
        Network network = network(file, checkpoint.model());
        Backends.Choice choice = Backends.open(backend, options);
        LoadedNetwork loaded = null;
        boolean done = false;
        try {
            loaded = new LoadedNetwork(file, checkpoint.model(), network, batchSize, choice, precision);
            writeWeights(file, checkpoint.weights(), loaded.session, loaded.weights());
            done = true;
            return loaded;
        } finally {
            if (!done && loaded != null) loaded.close();
            else if (!done) choice.backend().close();
        }
    }

    /** The network that a checkpoint describes, for data of the kind that it was trained on. */
    static Network network(Path file, ModelDescription model) {
        NetworkDescription description = NetworkDescription.parse(model.network(), file.getFileName() + " (network)");
        Network network = Network.of(description);
        return model.mean().isEmpty() ? network : network.withPixels(new Pixels(model.mean(), model.std()));
    }

    private static Optional<ArrayShape> arrayShape(Network network) {
        List<Integer> input = network.description().input();
        return input.size() == 2 || input.size() == 4 ? Optional.of(new ArrayShape(input)) : Optional.empty();
    }

    private static ImageShape imageShape(Network network) {
        List<Integer> input = network.description().input();
        if (input.size() != 3) {
            throw new TrainingException("the network " + network.description().name() + " takes an input of " + input
                    + ", which is no image; images have channels, height and width");
        }
        return new ImageShape(network.pixels().channels(), input.get(1), input.get(2));
    }

    private void checkClasses(Graph forward) {
        Value y = forward.output(Network.LOGITS);
        int names = model.classNames().size();
        if (y.type().rank() != 2 || y.type().dim(1) != names) {
            throw new CheckpointException(
                    file,
                    "its network gives " + y.type().shape() + ", but it names " + names
                            + " classes; it was put together wrongly, use the one that the training wrote");
        }
    }

    /** Sets what {@code names} says, parameters and running statistics, from tensors of the same names. */
    static void writeWeights(Path file, Map<String, HostTensor> weights, Session session, Collection<String> names) {
        for (String name : names) {
            HostTensor tensor = weights.get(name);
            if (tensor == null) {
                throw new CheckpointException(
                        file,
                        "holds no tensor " + name + ", which the network needs; it holds " + weights.keySet()
                                + "; use weights of the same network");
            }
            if (!tensor.shape().equals(session.read(name).shape())) {
                throw new CheckpointException(
                        file,
                        "has " + tensor.shape() + " for " + name + ", the network needs "
                                + session.read(name).shape() + "; use weights of the same network");
            }
            session.write(name, tensor);
        }
    }

    private List<String> weights() {
        List<String> names = new ArrayList<>(session.parameters().keySet());
        names.addAll(session.state().keySet());
        return names;
    }

    Path file() {
        return file;
    }

    List<String> classNames() {
        return model.classNames();
    }

    /**
     * The images that the network takes: the channels of its training data, its own height and width.
     *
     * @throws TrainingException if it takes arrays
     */
    ImageShape imageShape() {
        if (arrayShape.isPresent()) {
            throw new TrainingException(file + " is for arrays of " + arrayShape.get()
                    + ", not for pictures; give .npy files, or a CSV file");
        }
        return imageShape;
    }

    /** The arrays that the network takes, if it does not take images. */
    Optional<ArrayShape> arrayShape() {
        return arrayShape;
    }

    /** A data set in the size of the network; arrays must have it. */
    Dataset fitted(Dataset data) {
        if (arrayShape.isEmpty() && data.arrayShape().isEmpty()) return data.resized(imageShape);
        if (arrayShape.equals(data.arrayShape())) return data;
        String there = data.arrayShape().map(s -> "arrays of " + s).orElse("images");
        throw new TrainingException(
                file + " is for " + arrayShape.map(s -> "arrays of " + s).orElse("images") + ", " + data.name()
                        + " holds " + there + "; give data as those of the training with --data-dir");
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
