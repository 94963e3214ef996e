package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code scripts/torture.sh}: each part does its work once or a few times. */
@DisabledOnOs(OS.WINDOWS)
class TortureTest {
    @TempDir
    private Path folder;

    private Torture torture;

    @BeforeEach
    void draw() {
        torture = new Torture(folder, 20_24);
    }

    @Test
    void disksFail() throws IOException {
        assertTrue(torture.faults().contains(" 0 unreadable"));
    }

    @Test
    void runsAreStopped() throws IOException {
        assertTrue(torture.stops(0, 7).contains(" in 7 runs"));
    }

    @Test
    void signalsCome() throws Exception {
        assertTrue(torture.signals(20, 2).contains("| 2 signals"));
    }

    @Test
    void signalsComeToOthers() throws Exception {
        assertTrue(torture.signalsOfOthers(20, 3).contains("ended with 143"));
    }

    @Test
    void processesAreKilled() throws Exception {
        assertTrue(torture.kills(20, 2).contains("| 2 kills"));
    }
}
