package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The program in a real pseudo terminal, which {@code script} of util-linux makes. Takes a second or two for each JVM. */
@EnabledOnOs(OS.LINUX)
class PseudoTerminalTest {
    @TempDir
    private Path folder;

    @Test
    void aTrainingIsDrawnOverAndLeavesTheLinesOfItsEpochs() throws Exception {
        String sent = train(Map.of("TERM", "xterm", "LC_ALL", "C.UTF-8"));
        assertTrue(sent.contains("\u001b[36m"), "no colours in: " + sent);
        assertTrue(sent.contains("\u2591"), "no bar of blocks in: " + sent);
        // All that was sent while lines were as long as this terminal is wide.
        List<String> left = TerminalTest.screen(sent);
        assertEquals(
                2,
                left.stream()
                        .filter(l -> l.matches("epoch [12]/2  train loss .*"))
                        .count(),
                left.toString());
        assertTrue(left.stream().noneMatch(l -> l.contains("ms/step")), "a drawn line is left in " + left);
    }

    @Test
    void withoutColoursAndBlocksWhereNeitherIsWanted() throws Exception {
        String sent = train(Map.of("TERM", "xterm", "LC_ALL", "C", "NO_COLOR", "1"));
        assertFalse(sent.contains("\u001b[3") || sent.contains("\u001b[1m"), "colours in: " + sent);
        assertTrue(sent.contains(" [===="), "no bar in: " + sent);
        assertFalse(sent.matches("(?s).*[^\\x00-\\x7f].*"), "more than ASCII in: " + sent);
    }

    @Test
    void aDumbTerminalGetsLines() throws Exception {
        String sent = train(Map.of("TERM", "dumb", "LC_ALL", "C.UTF-8"));
        assertFalse(sent.contains("\u001b"), sent);
        assertTrue(sent.contains("ms/step"), sent);
    }

    @Test
    void helpIsNoWiderThanTheTerminal() throws Exception {
        String sent = run("stty cols 70; ", "train --help", Map.of("TERM", "xterm", "NO_COLOR", "1"));
        List<String> lines = sent.lines().toList();
        assertTrue(lines.size() > 200, sent);
        List<String> wide = lines.stream().filter(l -> l.length() > 70).toList();
        assertEquals(List.of(), wide);
    }

    private String train(Map<String, String> environment) throws Exception {
        Path data = TinyData.write(folder.resolve("data")), network = TinyData.network(folder.resolve("tiny.yaml"));
        return run(
                "",
                "train --model=" + network + " --data-dir=" + data + " --output=" + folder.resolve("runs")
                        + " --backend=reference --epochs=2 --batch-size=8 --log-interval=1",
                environment);
    }

    /** @param before a command of the shell, such as one that sets the size of the terminal */
    private String run(String before, String arguments, Map<String, String> environment) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script of util-linux is not installed");
        String program = String.join(
                " ",
                before + Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                "'" + System.getProperty("java.class.path") + "'",
                Main.class.getName(),
                arguments);
        Path typescript = folder.resolve("typescript");
        ProcessBuilder builder = new ProcessBuilder("/usr/bin/script", "-qefc", program, typescript.toString());
        builder.environment().remove("NO_COLOR");
        builder.environment().putAll(environment);
        Process process = builder.redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectErrorStream(true)
                .start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it did not end");
        } finally {
            process.destroyForcibly();
        }
        String sent = Files.readString(typescript, StandardCharsets.UTF_8);
        assertEquals(0, process.exitValue(), sent);
        // The first and the last line are script's own.
        return sent.substring(sent.indexOf('\n') + 1, sent.lastIndexOf("Script done"));
    }
}
