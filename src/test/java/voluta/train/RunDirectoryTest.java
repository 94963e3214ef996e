package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
}
