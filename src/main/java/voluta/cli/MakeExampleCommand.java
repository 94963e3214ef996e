package voluta.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import voluta.data.DataException;
import voluta.data.ExampleData;
import voluta.tensor.Nearest;

/** Makes up a small data set of signals or volumes. */
@Command(
        name = "make-example",
        header = {"Make up a small data set of signals or volumes.", ""},
        description =
                "Makes up a small data set to try networks of one or three dimensions on: signal (sines, squares, saw teeth,"
                        + " chirps in noise; CSV) or volume (balls, boxes, hollow balls, crosses in noise; .npy files)."
                        + " It is the same each time.",
        footer = {
            "",
            "Examples:",
            "  voluta make-example signal datasets/signal",
            "  voluta train --data-dir datasets/signal --model docs/examples/signal.yaml",
            "  voluta make-example volume datasets/volume"
        })
final class MakeExampleCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "KIND", description = "signal or volume.")
    private String kind;

    @Parameters(index = "1", paramLabel = "FOLDER", description = "Where it goes: a new or an empty folder.")
    private Path folder;

    @Mixin
    private Output output;

    private int files;

    @Override
    public Integer call() {
        ExampleData data = data();
        checkEmpty();
        data.make((name, content) -> {
            ResultFile.write(folder.resolve(name), content);
            files++;
        });
        String network = "docs/examples/" + kind.toLowerCase(Locale.ROOT) + ".yaml";
        output.line("%,d files in %s", files, folder);
        output.note("next: voluta train --data-dir %s --model %s", folder, network);
        output.record(new JsonLine().put("folder", folder).put("files", files));
        return ExitCode.OK;
    }

    private ExampleData data() {
        for (ExampleData d : ExampleData.values()) if (d.name().equalsIgnoreCase(kind)) return d;
        throw output.usage(
                "there is no example '%s'%s",
                kind,
                Nearest.suggestion(
                        kind,
                        Arrays.stream(ExampleData.values())
                                .map(d -> d.name().toLowerCase(Locale.ROOT))
                                .toList()));
    }

    /** What lies there already is somebody's. */
    private void checkEmpty() {
        if (!Files.exists(folder)) return;
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.findAny().isEmpty()) return;
        } catch (IOException e) {
            throw new DataException(folder + " cannot be read (" + e.getMessage() + "); name a new folder", e);
        }
        throw new DataException("the folder " + folder + " is not empty; name a new one");
    }
}
