package voluta.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that names trained weights. */
final class CheckpointOption {
    @Option(
            names = "--checkpoint",
            required = true,
            paramLabel = "FILE",
            description =
                    "Trained weights: a checkpoint that a training wrote, or the folder of a run, whose best one is"
                            + " taken.")
    private Path given;

    /** The file. */
    Path file() {
        return ModelArgument.weights(given);
    }
}
