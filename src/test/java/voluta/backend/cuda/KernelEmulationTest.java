package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.NativeTests;

/** The CUDA kernels, compiled for the CPU with sanitizers, compute what their ops say; no GPU takes part. */
class KernelEmulationTest {
    @TempDir
    Path folder;

    @Test
    void kernelsPassTheirTestsOnTheCpu() throws Exception {
        String text = NativeTests.run("scripts/test-kernels.sh", folder);
        Matcher counts = Pattern.compile("(\\d+) passed, (\\d+) failed").matcher(text);
        assertTrue(counts.find(), text);
        assertEquals("0", counts.group(2), text);
        assertTrue(Integer.parseInt(counts.group(1)) >= 200, () -> "only " + counts.group(1) + " tests ran");
    }
}
