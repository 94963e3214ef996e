package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The CUDA kernels, compiled for the CPU with sanitizers, compute what their ops say; no GPU takes part. */
class KernelEmulationTest {
    /** Far above what it takes (some 30 seconds of one core), for machines that are busy. */
    private static final int MINUTES = 20;

    @TempDir
    Path folder;

    @Test
    void kernelsPassTheirTestsOnTheCpu() throws Exception {
        assumeTrue(
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64"),
                "the emulation of kernels runs on x86-64 Linux only");
        assumeTrue(onPath("g++"), "g++ is not installed: the kernels were not run");

        Path output = folder.resolve("output");
        Process process = new ProcessBuilder("scripts/test-kernels.sh")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(
                    process.waitFor(MINUTES, TimeUnit.MINUTES),
                    () -> "scripts/test-kernels.sh did not end within " + MINUTES + " minutes");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        String text = Files.readString(output);
        Matcher counts = Pattern.compile("(\\d+) passed, (\\d+) failed").matcher(text);
        assertTrue(counts.find() && process.exitValue() == 0, text);
        assertEquals("0", counts.group(2), text);
        assertTrue(
                Integer.parseInt(counts.group(1)) >= 200,
                () -> String.format(Locale.ROOT, "only %s tests ran", counts.group(1)));
    }

    private static boolean onPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
