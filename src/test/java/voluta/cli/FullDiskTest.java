package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import voluta.checkpoint.Checkpoint;

/** The program as a process under a limit on the size of a file: checkpoints grow with each epoch until one does not fit. */
@DisabledOnOs(OS.WINDOWS)
class FullDiskTest {
    @TempDir
    private Path folder;

    @Test
    void theRunEndsAndNamesTheLastGoodCheckpoint() throws Exception {
        List<String> words = List.of(
                "train",
                "--model=" + TinyData.network(folder.resolve("tiny.yaml")),
                "--data-dir=" + TinyData.write(folder.resolve("data")),
                "--backend=reference",
                "--batch-size=8",
                "--output=" + folder.resolve("runs"));
        List<String> first =
                Stream.concat(words.stream(), Stream.of("--max-steps=5")).toList();
        Outcome.of(first.toArray(String[]::new)).succeeded();
        long size = Files.size(folder.resolve("runs/train/weights/last.safetensors"));

        Process process = limited(size / 1024 + 3, words);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it did not end");
        String said = Files.readString(folder.resolve("err"));
        assertEquals(ExitCode.CHECKPOINT, process.exitValue(), said);
        Matcher good = Pattern.compile("the last good one is (\\S+), of step (\\d+); go on from it with --resume \\1")
                .matcher(said);
        assertTrue(said.contains("could not write") && good.find(), said);
        Checkpoint checkpoint = Checkpoint.load(Path.of(good.group(1)));
        assertEquals(good.group(2), Long.toString(checkpoint.run().step()));
        try (Stream<Path> files = Files.list(folder.resolve("runs/train-2/weights"))) {
            assertTrue(files.allMatch(f -> f.toString().endsWith(".safetensors")), "a half-written file is left");
        }
        Outcome.of("train", "--resume", good.group(1), "--epochs=1").succeeded();
    }

    private Process limited(long kibibytes, List<String> words) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = Stream.concat(
                        Stream.of(
                                "sh",
                                "-c",
                                "ulimit -f " + 2 * kibibytes + "; exec \"$@\"",
                                "sh",
                                java,
                                "-XX:TieredStopAtLevel=1",
                                "-XX:-UsePerfData",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()),
                        Stream.concat(words.stream(), Stream.of("--epochs=1000")))
                .toList();
        return new ProcessBuilder(command)
                .redirectError(folder.resolve("err").toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .start();
    }
}
