package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.checkpoint.Checkpoint;

/** The program as a process that is asked to end in the middle of a training. */
class SignalTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130"})
    @DisabledOnOs(OS.WINDOWS)
    void aSignalEndsARunAfterItsStepWithTheWeightsSaved(String signal, int code) throws Exception {
        Path err = folder.resolve("err");
        Process process = start(err);
        try {
            awaitSteps(process, err);
            assertEquals(
                    0,
                    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                            .start()
                            .waitFor());
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it did not end: " + Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(err);
        assertEquals(code, process.exitValue(), said);
        assertFalse(said.contains("\tat "), said);
        String result = Files.readString(folder.resolve("out"));
        assertTrue(result.matches("(?s)stopped after \\d+ steps, weights saved\\R.*"), result);
        Path weights = folder.resolve("runs/train/weights");
        Checkpoint saved = Checkpoint.load(weights.resolve("last.safetensors"));
        assertTrue(saved.run().step() > 0);
        try (Stream<Path> files = Files.list(weights)) {
            assertTrue(files.allMatch(f -> f.toString().endsWith(".safetensors")), "a half-written file is left");
        }
    }

    private Process start(Path err) throws IOException {
        Path data = TinyData.write(folder.resolve("data")), network = TinyData.network(folder.resolve("tiny.yaml"));
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "train",
                "--model=" + network,
                "--data-dir=" + data,
                "--output=" + folder.resolve("runs"),
                "--backend=reference",
                "--epochs=1000000",
                "--batch-size=8",
                "--log-interval=1");
        return new ProcessBuilder(command)
                .redirectError(err.toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .start();
    }

    private static void awaitSteps(Process process, Path err) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!Files.readString(err).contains("step 3/5")) {
            assertTrue(process.isAlive(), () -> "it ended: " + read(err));
            assertTrue(System.nanoTime() < end, "no steps: " + Files.readString(err));
            Thread.sleep(20);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
