package voluta.checkpoint;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A few of the kills of {@code scripts/torture.sh --kills 1000}. */
class CheckpointKillTest {
    private static final int KILLS = 30;

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void theFileIsAlwaysWholeAndNoAcknowledgedSaveIsLost() throws Exception {
        KillTour.Outcome outcome = KillTour.run(folder, KILLS, System.nanoTime(), List.of());
        assertTrue(outcome.inside() > 0, "none of " + KILLS + " kills came inside a save: the test has shown nothing");
    }
}
