package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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
            kill(signal, process);
            assertTrue(process.waitFor(10, TimeUnit.SECONDS), "it did not end: " + Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(err);
        assertEquals(code, process.exitValue(), said);
        assertFalse(said.contains("\tat "), said);
        String result = Files.readString(folder.resolve("out"));
        Path run = folder.resolve("runs/train");
        assertTrue(
                result.matches("(?s)stopped after \\d+ steps, weights saved\\Rgo on    voluta train --resume " + run
                        + "\\R.*"),
                result);
        Path weights = run.resolve("weights");
        Checkpoint saved = Checkpoint.load(weights.resolve("last.safetensors"));
        assertTrue(saved.run().step() > 0);
        try (Stream<Path> files = Files.list(weights)) {
            assertTrue(files.allMatch(f -> f.toString().endsWith(".safetensors")), "a half-written file is left");
        }
    }

    /** A step that takes long cannot be hurried, but whoever asks twice need not wait for it. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aSecondSignalEndsItAtOnce() throws Exception {
        Path err = folder.resolve("err");
        Process process = start(
                err,
                "train",
                "--model=vgg-small",
                "--backend=reference",
                "-b=512",
                "--output=" + folder.resolve("runs"));
        try {
            await(process, err, "writing to ");
            Thread.sleep(200);
            kill("TERM", process);
            await(process, err, "again to end at once");
            kill("TERM", process);
            assertTrue(process.waitFor(5, TimeUnit.SECONDS), "it did not end: " + Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
        assertEquals(143, process.exitValue());
    }

    /** Where nothing has been trained there is nothing to save: while data and networks are opened, or speed is measured. */
    @ParameterizedTest
    @CsvSource({"train, TERM, 143", "train, INT, 130", "bench, TERM, 143"})
    @DisabledOnOs(OS.WINDOWS)
    void aSignalEndsWhatHasNothingToSaveAtOnce(String command, String signal, int code) throws Exception {
        // Whoever opens a pipe to read waits until someone writes.
        Path pipe = folder.resolve("pipe.yaml"), err = folder.resolve("err");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Process process = command.equals("train")
                ? start(err, "train", "--verbose", "--model=" + pipe, "--output=" + folder.resolve("runs"))
                : start(err, "bench", "vgg-small", "--backend=reference", "-b=128");
        try {
            Thread.sleep(1500);
            assertTrue(process.isAlive(), () -> "it ended: " + read(err));
            kill(signal, process);
            assertTrue(process.waitFor(10, TimeUnit.SECONDS), "it did not end: " + Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
        assertEquals(code, process.exitValue(), Files.readString(err));
        assertFalse(Files.exists(folder.resolve("runs")));
    }

    /** An experiment writes when all is done; a signal before that leaves an empty folder. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aSignalEndsAnExperimentWithNothingWritten() throws Exception {
        Path err = folder.resolve("err"), to = folder.resolve("experiment");
        Process process = start(err, "experiment", "pooling", "--quick", "--steps=10000000", "--output=" + to);
        try {
            await(process, err, "What do max pooling");
            Thread.sleep(1500);
            kill("TERM", process);
            assertTrue(process.waitFor(20, TimeUnit.SECONDS), "it did not end: " + Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(err);
        assertEquals(143, process.exitValue(), said);
        assertTrue(said.contains("stopped; nothing was written"), said);
        try (Stream<Path> files = Files.list(to)) {
            assertEquals(0, files.count());
        }
    }

    /** The program as a command that SIGINT reaches, also where the tests run in the background and the shell ignores it for them. */
    static List<String> program(String... words) throws IOException {
        List<String> command = new ArrayList<>();
        if (ignoresInterruption()) command.addAll(List.of("env", "--default-signal=INT"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(words));
        return command;
    }

    /** Linux says which signals a process ignores, which its children inherit; SIGINT is the second lowest bit. */
    private static boolean ignoresInterruption() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) return false;
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(l -> l.startsWith("SigIgn:"))
                    .anyMatch(l -> (Long.parseUnsignedLong(l.substring(7).strip(), 16) & 2) != 0);
        }
    }

    private static void kill(String signal, Process process) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertEquals(0, kill.waitFor());
    }

    private Process start(Path err) throws IOException {
        Path data = TinyData.write(folder.resolve("data")), network = TinyData.network(folder.resolve("tiny.yaml"));
        return start(
                err,
                "train",
                "--model=" + network,
                "--data-dir=" + data,
                "--output=" + folder.resolve("runs"),
                "--backend=reference",
                "--epochs=1000000",
                "--batch-size=8",
                "--log-interval=1");
    }

    private Process start(Path err, String... words) throws IOException {
        return new ProcessBuilder(program(words))
                .redirectError(err.toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .start();
    }

    private static void awaitSteps(Process process, Path err) throws Exception {
        await(process, err, "step 3/5");
    }

    private static void await(Process process, Path err, String words) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!Files.readString(err).contains(words)) {
            assertTrue(process.isAlive(), () -> "it ended: " + read(err));
            assertTrue(System.nanoTime() < end, "not '" + words + "': " + Files.readString(err));
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
