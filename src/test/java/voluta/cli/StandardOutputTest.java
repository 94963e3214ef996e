package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Results that do not arrive: on a full disk that is an error, for a program that has read enough it is not. */
@EnabledOnOs(OS.LINUX)
class StandardOutputTest {
    @TempDir
    private Path folder;

    @Test
    void resultsLostOnAFullDiskAreAnError() throws Exception {
        Process process = inspect(Redirect.to(new File("/dev/full")));
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it did not end");
        assertEquals(ExitCode.INTERNAL, process.exitValue());
        assertTrue(said().contains("standard output could not be written"), said());
    }

    @Test
    void aReaderThatHasReadEnoughIsNoError() throws Exception {
        Process process = inspect(Redirect.PIPE);
        process.getInputStream().close();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it did not end");
        assertEquals(ExitCode.OK, process.exitValue(), said());
        assertEquals("", said());
    }

    private Process inspect(Redirect output) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "inspect",
                        "lenet5")
                .redirectOutput(output)
                .redirectError(folder.resolve("err").toFile())
                .start();
    }

    private String said() throws IOException {
        return Files.readString(folder.resolve("err"));
    }
}
