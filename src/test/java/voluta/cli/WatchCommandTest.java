package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static voluta.cli.LiveViewTest.epoch;
import static voluta.cli.LiveViewTest.record;
import static voluta.cli.LiveViewTest.started;
import static voluta.cli.LiveViewTest.steps;
import static voluta.cli.RunFolders.ended;
import static voluta.cli.RunFolders.report;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import voluta.train.TrainingConfig;

/** Following a run from another process. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WatchCommandTest {
    @TempDir
    private Path output;

    private Path run;

    @BeforeEach
    void write() throws IOException {
        run = RunFolders.write(output.resolve("train"), TrainingConfig.DEFAULTS, 10, List.of());
    }

    private Outcome watch(String... more) {
        List<String> words = new ArrayList<>(List.of("watch", run.toString(), "--interval=0.05"));
        words.addAll(List.of(more));
        return Outcome.of(words.toArray(String[]::new));
    }

    @Test
    void aFinishedRunIsToldFromItsBeginning() throws IOException {
        report(run, 1, started(), steps(1, 156, 0.5), epoch(1, 0.8, true), ended("complete"));
        Outcome outcome = watch().succeeded();
        assertTrue(outcome.err().startsWith("watching " + run + ": tiny, 61,706 parameters, 8 epochs of 156 steps"));
        assertTrue(outcome.err().contains("epoch 1/8  train loss 0.5000"), outcome.err());
        assertTrue(outcome.out().startsWith("the run is complete\nbest     epoch 1: top1 80.00 %"), outcome.out());
    }

    /** Where the loss is scaled, and there alone: what the scale is and how many steps were skipped for it. */
    @Test
    void theLossScaleIsToldWhereThereIsOne() throws Exception {
        Map<String, Object> scaled = steps(1, 156, 0.5), skipping = epoch(1, 0.8, true);
        scaled.put("loss_scale", 32768.0);
        skipping.put("loss_scale", 16384.0);
        skipping.put("skipped_steps", 2L);
        Map<String, Object> plain = steps(2, 156, 0.4), good = epoch(2, 0.9, true);
        plain.put("loss_scale", 1.0);
        good.put("loss_scale", 1.0);
        good.put("skipped_steps", 0L);
        report(run, 1, started());
        CompletableFuture<Outcome> watching = CompletableFuture.supplyAsync(() -> watch());
        Thread.sleep(300);
        report(run, 2, scaled, skipping, plain, good, ended("complete"));
        List<String> lines =
                watching.get(30, TimeUnit.SECONDS).succeeded().err().lines().toList();
        assertTrue(lines.get(1).endsWith("  wait 3%  loss scale 32,768"), lines.get(1));
        assertTrue(lines.get(2).endsWith("  15.6 s  loss scale 16,384  skipped 2  best so far"), lines.get(2));
        assertTrue(lines.get(3).endsWith("  wait 3%"), lines.get(3));
        assertTrue(lines.get(4).endsWith("  15.6 s  best so far"), lines.get(4));
    }

    @Test
    void theNewestRunIsFoundInAFolderOfRuns() throws IOException {
        report(run, 1, started(), ended("no_improvement"));
        assertTrue(Outcome.of("watch", output.toString()).succeeded().out().contains("ended early"));
    }

    @Test
    void whatARunAddsIsShownOnceAndInOrder() throws Exception {
        report(run, 1, started(), steps(1, 20, 0.9));
        CompletableFuture<Outcome> watching = CompletableFuture.supplyAsync(() -> watch("--json"));
        Thread.sleep(300);
        report(run, 3, steps(1, 40, 0.8));
        Thread.sleep(200);
        // Replaced by a shorter file with the same numbers, as when it has grown too large.
        Files.delete(run.resolve("progress.jsonl"));
        report(run, 1, started());
        report(run, 3, steps(1, 40, 0.8), steps(1, 60, 0.7), ended("complete"));
        List<Object> events = new ArrayList<>();
        watching.get(30, TimeUnit.SECONDS)
                .succeeded()
                .json()
                .forEach(r -> events.add(r.get("n").asInt()));
        assertEquals(List.of(1, 2, 3, 4, 5), events);
    }

    @Test
    void aRunThatBeginsAnewInItsFolderIsAnotherRun() throws Exception {
        report(run, 1, started(), steps(1, 20, 0.9), steps(1, 40, 0.9), steps(1, 60, 0.9));
        CompletableFuture<Outcome> watching = CompletableFuture.supplyAsync(() -> watch());
        Thread.sleep(300);
        Files.delete(run.resolve("progress.jsonl"));
        report(run, 1, started(), epoch(1, 0.5, true), ended("complete"));
        assertTrue(watching.get(30, TimeUnit.SECONDS).succeeded().out().contains("top1 50.00 %"));
    }

    @Test
    void aRunThatFailedEndsWithOne() throws IOException {
        report(run, 1, started(), record("run_failed", "message", "the loss is NaN"));
        Outcome outcome = watch();
        assertEquals(1, outcome.code());
        assertEquals("the run failed: the loss is NaN", outcome.out().strip());
    }

    @Test
    void aStoppedRunSaysHowToGoOn() throws IOException {
        report(run, 1, started(), ended("stopped"));
        assertTrue(watch().succeeded().out().contains("voluta train --resume " + run));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aProcessThatIsGoneIsNotWaitedFor() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Map<String, Object> start = started();
        start.put("host", InetAddress.getLocalHost().getHostName());
        start.put(
                "pid_space",
                Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString());
        start.put("pid", gone.pid());
        report(run, 1, start, steps(1, 20, 0.5));
        silentFor(10);
        Outcome outcome = watch();
        assertEquals(1, outcome.code());
        assertTrue(outcome.out().contains("its process is gone"), outcome.out());
        assertTrue(outcome.out().contains("voluta train --resume " + run), outcome.out());
    }

    private void silentFor(int seconds) throws IOException {
        FileTime then = FileTime.fromMillis(System.currentTimeMillis() - 1000L * seconds);
        Files.setLastModifiedTime(run.resolve("progress.jsonl"), then);
    }

    @Test
    void silenceIsToldAndANewsEndsIt() throws Exception {
        Map<String, Object> start = started();
        start.put("host", "another-machine");
        start.put("pid", 1);
        report(run, 1, start, steps(1, 20, 0.5));
        silentFor(90);
        StringWriter err = new StringWriter();
        CompletableFuture<Integer> watching = CompletableFuture.supplyAsync(() -> Main.run(
                new PrintWriter(new StringWriter()), new PrintWriter(err), "watch", run.toString(), "--interval=0.05"));
        Pattern warning = Pattern.compile("no news for 1:3\\d; the process on another-machine may hang");
        while (!warning.matcher(err.toString()).find()) {
            assertFalse(watching.isDone(), err.toString());
            Thread.sleep(20);
        }
        report(run, 3, ended("complete"));
        assertEquals(0, watching.get(30, TimeUnit.SECONDS));
        assertEquals(1, warning.matcher(err.toString()).results().count(), "said once: " + err);
    }

    @Test
    void whatIsNoRunIsRefused() throws IOException {
        Path none = output.resolve("none");
        Outcome.of("watch", none.toString()).failed(3, "there is no folder " + none, "runs/train");
        Path empty = Files.createDirectory(output.resolve("empty"));
        Outcome.of("watch", empty.toString()).failed(3, empty + " is no folder of a run", "args.yaml");
        watch("--interval=0").failed(2, "--interval is 0.0");
        watch("--silence=-1").failed(2, "--silence is -1.0");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void interruptingEndsWatchingWithItsCode() throws Exception {
        report(run, 1, started(), steps(1, 20, 0.5));
        Process process = new ProcessBuilder(SignalTest.program("watch", run.toString()))
                .redirectError(output.resolve("err").toFile())
                .redirectOutput(output.resolve("out").toFile())
                .start();
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (!Files.readString(output.resolve("err")).contains("watching ")) {
                assertTrue(process.isAlive() && System.nanoTime() < end, Files.readString(output.resolve("err")));
                Thread.sleep(20);
            }
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                    .start()
                    .waitFor();
            assertTrue(process.waitFor(10, TimeUnit.SECONDS), "it did not end");
        } finally {
            process.destroyForcibly();
        }
        assertEquals(130, process.exitValue());
    }
}
