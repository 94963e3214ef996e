package voluta.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;
import voluta.model.Architectures;
import voluta.model.ModelException;
import voluta.model.NetworkDescription;

/** A network given by name, by its file or by a checkpoint, with what may be changed about it. */
final class ModelArgument {
    private static final String CHECKPOINT_ENDING = ".safetensors";

    @Parameters(
            paramLabel = "MODEL",
            description = "The network: the name of a shipped one (${COMPLETION-CANDIDATES}), a YAML file,"
                    + " a checkpoint, or the folder of a training run.",
            completionCandidates = ShippedModels.class)
    private String model;

    @Option(
            names = "--img-size",
            paramLabel = "SIZE",
            description = "Size of the input, 32 or 32x48 (height x width); else that of the network.")
    private String imageSize;

    @Option(names = "--channels", paramLabel = "N", description = "Channels of the input; else those of the network.")
    private Integer channels;

    @Option(names = "--num-classes", paramLabel = "N", description = "Number of classes; else that of the network.")
    private Integer classes;

    /** The names of the shipped networks, for help. */
    static final class ShippedModels extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        ShippedModels() {
            super(Architectures.names());
        }
    }

    /** As the user wrote it. */
    String name() {
        return model;
    }

    /** The network with the changes asked for. */
    NetworkDescription network() {
        NetworkDescription network = unchanged();
        if (imageSize != null || channels != null) network = network.withInput(input(network.input()));
        return classes == null ? network : network.withClasses(classes);
    }

    private NetworkDescription unchanged() {
        return checkpoint().map(ModelArgument::of).orElseGet(() -> Architectures.find(model));
    }

    /** The checkpoint, if one is meant. */
    Optional<Path> checkpoint() {
        Path path = Path.of(model);
        if (Files.isDirectory(path)) return Optional.of(weights(path));
        return model.endsWith(CHECKPOINT_ENDING) ? Optional.of(path) : Optional.empty();
    }

    /** The network whose description a checkpoint carries. */
    static NetworkDescription of(Path checkpoint) {
        return NetworkDescription.parse(
                Checkpoint.describe(checkpoint).model().network(), checkpoint + " (its network)");
    }

    /** The checkpoint to use: the file given, or the best, else the last, of a training run's folder. */
    static Path weights(Path given) {
        if (!Files.isDirectory(given)) return given;
        for (String name : List.of("best", "last")) {
            for (Path folder : List.of(given.resolve("weights"), given)) {
                Path file = folder.resolve(name + CHECKPOINT_ENDING);
                if (Files.isRegularFile(file)) return file;
            }
        }
        throw new CheckpointException(
                given, "this folder holds no weights/best.safetensors or weights/last.safetensors; name a checkpoint");
    }

    private List<Integer> input(List<Integer> before) {
        if (before.size() != 3) {
            throw new ModelException("the network " + model + " takes " + before
                    + ", not images, so --img-size and --channels mean nothing to it; leave them out");
        }
        List<Integer> input = new ArrayList<>(before);
        if (channels != null) input.set(0, channels);
        if (imageSize != null) {
            String[] sizes = imageSize.split("x", -1);
            input.set(1, pixels(sizes[0]));
            input.set(2, pixels(sizes[sizes.length - 1]));
            if (sizes.length > 2) throw wrongSize();
        }
        return input;
    }

    private int pixels(String text) {
        try {
            int n = Integer.parseInt(text);
            if (n > 0) return n;
        } catch (NumberFormatException e) {
            // The same sentence as for a size below 1.
        }
        throw wrongSize();
    }

    private ModelException wrongSize() {
        return new ModelException("--img-size is '" + imageSize + "'; use a number of pixels such as 32, or 32x48");
    }
}
