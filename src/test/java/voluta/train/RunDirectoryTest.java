package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder of a run. */
class RunDirectoryTest {
    @TempDir
    Path output;

    /** What cannot be written for want of room or rights comes out before the run is announced. */
    @Test
    void everythingWrittenBeforeTheFirstStepIsWrittenAtOnce() throws IOException {
        TrainingConfig config = TrainingConfig.DEFAULTS.with("output", output.toString());
        RunDirectory run = RunDirectory.create(config, "name: n\n", "plan\n", false);
        try (Stream<Path> files = Files.list(run.folder())) {
            assertEquals(
                    List.of("args.yaml", "model.yaml", "plan.txt", "results.csv", "weights"),
                    files.map(f -> f.getFileName().toString()).sorted().toList());
        }
        assertEquals(ResultsWriter.HEADER, Files.readString(run.results()));
    }

    @Test
    void theNewestRunIsTheOneWrittenToLast() throws IOException {
        assertEquals(Optional.empty(), RunDirectory.newest(output.resolve("none"), Optional.empty()));
        assertEquals(Optional.empty(), RunDirectory.newest(output, Optional.empty()));
        String[] names = {"train", "train-2", "train-10", "trainer", "train-x"};
        int[] seconds = {300, 100, 200, 400, 500};
        for (int i = 0; i < names.length; i++) {
            Path weights = Files.createDirectories(output.resolve(names[i]).resolve("weights"));
            Files.setLastModifiedTime(weights, FileTime.from(seconds[i], TimeUnit.SECONDS));
        }
        assertEquals(Optional.of(output.resolve("train")), RunDirectory.newest(output, Optional.empty()));
        assertEquals(Optional.of(output.resolve("trainer")), RunDirectory.newest(output, Optional.of("trainer")));
        for (String name : names) {
            Files.setLastModifiedTime(output.resolve(name).resolve("weights"), FileTime.from(1, TimeUnit.SECONDS));
        }
        assertEquals(Optional.of(output.resolve("train-10")), RunDirectory.newest(output, Optional.empty()));
    }
}
