package voluta.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The short form of {@code scripts/torture.sh --fuzz}: good inputs, past findings, and some hundred damaged ones of each. */
class FuzzTest {
    private static final int DAMAGED = 300;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(FuzzTarget.class)
    void everyInputIsReadOrRefused(FuzzTarget target) {
        int accepted = 0;
        for (byte[] seed : target.seeds()) if (read(target, seed)) accepted++;
        assertTrue(accepted > 0, "no good example of " + target + " can be read: nothing is tested");
        Mutator mutator = new Mutator(target.seeds(), new Random(target.ordinal()));
        int refused = 0;
        for (int i = 0; i < DAMAGED; i++) if (!read(target, mutator.next())) refused++;
        // Its own JPEG reader swallows what it refuses, and no folder of a run is refused for its records.
        boolean refuses = target != FuzzTarget.JPEG && target != FuzzTarget.RUN_FOLDER;
        assertTrue(!refuses || refused > 20, "only " + refused + " of " + DAMAGED + " were refused");
    }

    private boolean read(FuzzTarget target, byte[] input) {
        try {
            return Assertions.assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
                Path own = Files.createTempDirectory(folder, "input");
                return target.read(input, own);
            });
        } catch (AssertionError | RuntimeException e) {
            String hex = HexFormat.of().formatHex(input, 0, Math.min(input.length, 2_000));
            throw new AssertionError(target + " fails on " + input.length + " bytes " + hex, e);
        }
    }
}
