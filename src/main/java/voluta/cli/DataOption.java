package voluta.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;
import voluta.data.BadShare;
import voluta.data.DataException;
import voluta.data.DataOptions;
import voluta.data.Split;

/** The options that say which data a command looks at. */
final class DataOption {
    static final String CLASS_MAP =
            "Names of the classes, one a line, in the order of their labels; otherwise natural order.";

    @Option(
            names = "--data-dir",
            paramLabel = "PLACE",
            description = "Folder with the data, or a CSV file; without it, the carried subset of Fashion-MNIST.")
    private Path dataDir;

    @Option(names = "--class-map", paramLabel = "FILE", description = CLASS_MAP)
    private Path classMap;

    @Option(
            names = "--max-bad",
            paramLabel = "SHARE",
            description =
                    "Share of unreadable images, such as 1% or 0.01, above which the exit code is 3. Default: ${DEFAULT-VALUE}.")
    private String maxBad = "1%";

    /** How to open a split that the user has named. */
    DataOptions of(String split, Output output) {
        try {
            return DataOptions.of(dataDir, Split.parse(split))
                    .withClassMap(Optional.ofNullable(classMap))
                    .withMaxBad(BadShare.parse(maxBad));
        } catch (DataException e) {
            throw output.usage("%s", e.getMessage());
        }
    }
}
