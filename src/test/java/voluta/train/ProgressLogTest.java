package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run writes for those who watch it. */
class ProgressLogTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2024-05-06T07:08:09.123456Z"), ZoneOffset.UTC);

    @TempDir
    private Path folder;

    private final List<String> notices = new ArrayList<>();

    private ProgressLog log(int largest) {
        return new ProgressLog(CLOCK, largest, notices::add);
    }

    private RunStart start(long firstStep) {
        return new RunStart(
                folder,
                TrainingConfig.DEFAULTS,
                Blobs.network(),
                "backend reference",
                1234,
                40,
                20,
                8,
                5,
                firstStep,
                40,
                0,
                4096);
    }

    private static StepReport steps(int epoch, int step, double loss) {
        return new StepReport(epoch, step, 5, (epoch - 1) * 5L + step, 40, 0.1, loss, 0.5, 1, 1, 100, 0.08, 0.25);
    }

    private static EpochReport epoch(int epoch, double top1, boolean best) {
        return new EpochReport(
                epoch,
                epoch * 5L,
                0.1,
                0.7,
                0.6,
                new Evaluation(20, 0.8, top1, 0.9, 0.1),
                1,
                2,
                0.5,
                1,
                0,
                100,
                0.25,
                0.5,
                best);
    }

    private RunProgress read() {
        RunProgress run = new RunProgress();
        RunProgress.in(folder).forEach(run::accept);
        return run;
    }

    @Test
    void whoReadsSeesWhatTheRunReported() throws IOException {
        ProgressLog log = log(ProgressLog.LARGEST);
        log.runStarted(start(0));
        assertEquals(RunProgress.Phase.STARTING, read().phase());
        log.stepsLogged(steps(1, 5, 0.75));
        log.evaluationStarted(1, 3);
        assertEquals(RunProgress.Phase.EVALUATING, read().phase());
        log.epochEnded(epoch(1, 0.7, true));
        log.epochEnded(epoch(2, 0.6, false));
        log.stepsLogged(steps(3, 2, Double.NaN));
        RunProgress run = read();
        assertEquals(RunProgress.Phase.TRAINING, run.phase());
        assertEquals("tiny", run.startText("model"));
        assertEquals(1234, run.startNumber("parameters"));
        assertEquals(3, run.epoch());
        assertEquals(2, run.stepInEpoch());
        assertEquals(12, run.step());
        assertTrue(Double.isNaN(run.latest("loss")), "NaN stays NaN");
        assertEquals(List.of(0.75), run.losses());
        assertEquals(0.6, run.lastEpoch("val_top1"));
        assertEquals(0.7, run.bestEpoch("val_top1"));
        assertEquals(0.3, run.done());
        assertEquals(28 * 0.1, run.secondsLeft(), 1e-9);
        assertFalse(run.over());
        assertFalse(run.processGone());
        assertTrue(
                Files.readString(folder.resolve("progress.jsonl")).contains("\"time\":\"2024-05-06T07:08:09.123Z\""));

        log.runEnded(new TrainingResult(
                folder, folder, Optional.empty(), List.of(), Optional.empty(), 40, TrainingResult.End.NO_IMPROVEMENT));
        assertTrue(read().over());
        assertEquals("no_improvement", read().ending());
    }

    @Test
    void aFailureIsTheLastWord() {
        ProgressLog log = log(ProgressLog.LARGEST);
        log.runFailed(new IllegalStateException("before it began: nothing is written"));
        assertFalse(Files.exists(folder.resolve("progress.jsonl")));
        log.runStarted(start(0));
        log.runFailed(new TrainingException("the loss is no number"));
        assertEquals(RunProgress.Phase.FAILED, read().phase());
        assertEquals("the loss is no number", read().failure());
    }

    /** A resumed run may step back: what it then does again is not there twice. */
    @Test
    void aRunThatGoesOnKeepsWhatCameBeforeItsStep() throws IOException {
        ProgressLog log = log(ProgressLog.LARGEST);
        log.runStarted(start(0));
        for (int step = 1; step <= 5; step++) log.stepsLogged(steps(1, step, step));
        log.epochEnded(epoch(1, 0.7, true));
        log.stepsLogged(steps(2, 1, 9));
        Files.writeString(folder.resolve("progress.jsonl"), "{\"event\":\"steps\",\"lo", StandardOpenOption.APPEND);

        log = log(ProgressLog.LARGEST);
        log.runStarted(start(5));
        log.stepsLogged(steps(2, 1, 6));
        RunProgress run = read();
        assertEquals(List.of(1.0, 2.0, 3.0, 4.0, 5.0, 6.0), run.losses());
        assertEquals(0.7, run.bestEpoch("val_top1"));
        List<Object> numbers =
                RunProgress.in(folder).stream().map(r -> r.get("n")).toList();
        assertEquals(List.copyOf(new TreeSet<>(numbers)), numbers, "numbers rise, also over the gap");
        assertEquals(10L, numbers.get(numbers.size() - 1));
    }

    @Test
    void theFileStaysSmallHoweverLongTheRun() throws IOException {
        ProgressLog log = log(40_000);
        log.runStarted(start(0));
        for (int i = 1; i <= 2_000; i++) {
            log.stepsLogged(steps(1, i, i));
            assertTrue(Files.size(folder.resolve("progress.jsonl")) <= 40_000);
        }
        List<Map<String, Object>> records = RunProgress.in(folder);
        assertEquals("run_started", records.get(0).get("event"));
        assertEquals(2_000.0, records.get(records.size() - 1).get("loss"));
        assertEquals(2_001L, records.get(records.size() - 1).get("n"));
        assertTrue(records.size() > 60, records.size() + " records are left");
        assertEquals(List.of(), notices);
    }

    @Test
    void aDiskThatRefusesIsToldOnceAndEndsNothing() throws IOException {
        ProgressLog log = log(ProgressLog.LARGEST);
        Files.createDirectory(folder.resolve("progress.jsonl"));
        log.runStarted(start(0));
        log.stepsLogged(steps(1, 1, 1));
        log.epochEnded(epoch(1, 0.5, true));
        assertEquals(1, notices.size(), notices.toString());
        assertTrue(notices.get(0).contains("progress.jsonl") && notices.get(0).contains("goes on without"));
    }

    @Test
    void linesThatAreNoRecordsAreLeftOut() throws IOException {
        Files.writeString(folder.resolve("progress.jsonl"), """
                {"event":"run_started","epochs":3,"nested":{"a":[1]},"total_steps":9}
                nonsense
                [1,2]
                {"event":"steps","step":3,
                {"event":7}
                {"event":"steps","step":3,"loss":0.5}
                {"event":"steps","step":4,"loss":0.""");
        RunProgress run = read();
        assertEquals(3, run.step());
        assertEquals(List.of(0.5), run.losses());
        assertEquals(3, run.epochs());
    }
}
