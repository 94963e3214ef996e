package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.data.TestPictures;

class CheckDataCommandTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void pictures() {
        for (int i = 0; i < 6; i++) TestPictures.png(folder.resolve("train/cat/" + i + ".png"), 8, 6, 10 * i);
        TestPictures.png(folder.resolve("train/ant/1.png"), 8, 9, 255);
        TestPictures.png(folder.resolve("train/ant/2.png"), 8, 9, 255);
        TestPictures.png(folder.resolve("val/cat/x.png"), 8, 6, 30);
    }

    /** What was found is printed all the same. */
    private static void assertFault(Outcome outcome, String words) {
        assertEquals(ExitCode.MODEL_OR_DATA, outcome.code(), outcome.err());
        assertTrue(outcome.err().contains(words), outcome.err());
        assertTrue(outcome.out().contains("8 images"), outcome.out());
    }

    private Outcome check(String... options) {
        String[] all = new String[options.length + 5];
        System.arraycopy(new String[] {"check-data", "--data-dir", folder.toString(), "-j", "2"}, 0, all, 0, 5);
        System.arraycopy(options, 0, all, 5, options.length);
        return Outcome.of(all);
    }

    @Test
    void countsSizesAndDoubles() {
        Outcome outcome = check();
        outcome.succeeded();
        String text = outcome.out();
        for (String part : new String[] {
            "(train): 8 images, 2 classes",
            "2 different, height 6 to 9, width 8 to 8",
            "(validation) has no images of [ant]",
            "1 images are twice in",
            "1 images of",
            "3.png"
        }) {
            assertTrue(text.contains(part), part + " is not in\n" + text);
        }
    }

    @Test
    void jsonHasItAll() {
        String json = check("--json").out();
        for (String part :
                new String[] {"\"classes\":{\"ant\":2,\"cat\":6}", "\"in_both_splits\":[[", "\"mean\":[0."}) {
            assertTrue(json.contains(part), part + " is not in\n" + json);
        }
    }

    @Test
    void faultsGiveAnExitCode() throws IOException {
        Files.write(folder.resolve("train/cat/2.png"), new byte[20]);
        assertFault(check(), "1 of 8 images cannot be used, more than 1%");
        assertTrue(check("--max-bad", "20%").succeeded().out().contains("2.png"));
        TestPictures.png(folder.resolve("val/dog/x.png"), 8, 6, 30);
        assertFault(check("--max-bad", "20%"), "dog");
        assertFault(check("--val-split", "none"), "none");
        check("--max-bad", "lots").failed(ExitCode.USAGE, "lots");
    }
}
