package voluta.train;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;
import voluta.checkpoint.ModelDescription;
import voluta.data.ArrayShape;
import voluta.data.DataException;
import voluta.data.Framing;
import voluta.data.ImageShape;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.model.Pixels;
import voluta.session.Session;
import voluta.tensor.HostTensor;

/**
 * What a checkpoint holds, ready to make graphs of: its network for data of the kind that it was trained on, and its weights.
 *
 * @param framing how pictures were brought to the network's size in the training
 * @param weights parameters and running statistics by name
 */
public record TrainedNetwork(
        Path file, Network network, List<String> classNames, Framing framing, Map<String, HostTensor> weights) {
    /**
     * Reads a checkpoint.
     *
     * @throws CheckpointException if the file is missing, damaged or none of ours
     */
    public static TrainedNetwork load(Path file) {
        Checkpoint checkpoint = Checkpoint.load(file);
        ModelDescription model = checkpoint.model();
        return new TrainedNetwork(
                file, network(file, model), model.classNames(), framing(file, model), checkpoint.weights());
    }

    /** The network that a checkpoint describes, for data of the kind that it was trained on. */
    static Network network(Path file, ModelDescription model) {
        NetworkDescription description = NetworkDescription.parse(model.network(), file.getFileName() + " (network)");
        Network network = Network.of(description);
        return model.mean().isEmpty() ? network : network.withPixels(new Pixels(model.mean(), model.std()));
    }

    private static Framing framing(Path file, ModelDescription model) {
        try {
            return Framing.parse(model.framing());
        } catch (DataException e) {
            throw new CheckpointException(
                    file, "says that pictures are framed '" + model.framing() + "', but " + e.getMessage(), e);
        }
    }

    /** The arrays that the network takes, if it does not take images. */
    public Optional<ArrayShape> arrayShape() {
        List<Integer> input = network.description().input();
        return input.size() == 2 || input.size() == 4 ? Optional.of(new ArrayShape(input)) : Optional.empty();
    }

    /**
     * The images that the network takes: the channels of its training data, its own height and width.
     *
     * @throws TrainingException if it takes no images
     */
    public ImageShape imageShape() {
        List<Integer> input = network.description().input();
        if (input.size() != 3) {
            throw new TrainingException("the network " + network.description().name() + " takes an input of " + input
                    + ", which is no image; images have channels, height and width");
        }
        return new ImageShape(network.pixels().channels(), input.get(1), input.get(2));
    }

    /**
     * Refuses a network whose outputs are not the classes that the checkpoint names.
     *
     * @param forward a graph with the output {@link Network#LOGITS}
     */
    public void checkClasses(Graph forward) {
        Value y = forward.output(Network.LOGITS);
        int names = classNames.size();
        if (y.type().rank() != 2 || y.type().dim(1) != names) {
            throw new CheckpointException(
                    file,
                    "its network gives " + y.type().shape() + ", but it names " + names
                            + " classes; it was put together wrongly, use the one that the training wrote");
        }
    }

    /** Sets what {@code names} says, parameters and running statistics, to what the checkpoint holds. */
    public void fill(Session session, Collection<String> names) {
        writeWeights(file, weights, session, names);
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
}
