package voluta;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs the tests of native sources, which need g++ and x86-64 Linux; without these they are skipped, and say so. */
public final class NativeTests {
    /** Far above what they take (some 30 seconds of one core), for machines that are busy. */
    private static final int MINUTES = 20;

    private NativeTests() {}

    /** What the script prints; it must end well. */
    public static String run(String script, Path folder) throws Exception {
        assumeTrue(
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64"),
                script + " runs on x86-64 Linux only");
        assumeTrue(onPath("g++"), "g++ is not installed: " + script + " was not run");

        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(script)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(
                    process.waitFor(MINUTES, TimeUnit.MINUTES),
                    () -> script + " did not end within " + MINUTES + " minutes");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        String text = Files.readString(output);
        assertTrue(process.exitValue() == 0, text);
        return text;
    }

    private static boolean onPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
