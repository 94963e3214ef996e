package voluta.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefaultRunTest {
    @TempDir
    Path folder;

    /** What happens when nothing is said: the carried data, and a network that learns them within a minute. */
    @Test
    void defaultsLearnTheCarriedData() {
        TrainingResult result =
                Training.of(TrainingConfig.DEFAULTS).output(folder).run();
        double top1 = result.bestEpoch().orElseThrow().evaluation().top1();
        assertTrue(top1 >= 0.85, "top1 " + top1);
    }
}
