package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Backend;
import voluta.backend.Backends;
import voluta.backend.DeviceMemoryException;
import voluta.data.MemoryDataset;
import voluta.session.CompileOptions;
import voluta.session.MemoryNeed;

/** Batches that are as large as the memory allows. */
class BatchFitTest {
    private static final long LIMIT = 400 << 10;

    @TempDir
    Path folder;

    private final MemoryDataset train = Blobs.data("blobs (train)", 2000, 1);
    private final MemoryDataset test = Blobs.data("blobs (test)", 41, 2);
    private final List<String> notices = new ArrayList<>();

    private Training run(String backend, Object batch) {
        return Training.of(Blobs.network())
                .data(train, test)
                .backend(backend)
                .output(folder)
                .set("batch-size", batch)
                .set("memory-limit", LIMIT)
                .set("threads", 1)
                .set("model-ema", 0.9)
                .epochs(1)
                .listener(new TrainingListener() {
                    @Override
                    public void notice(String sentence) {
                        notices.add(sentence);
                    }
                });
    }

    private long need(String backend, int batch) {
        TrainingConfig config = run(backend, batch).config();
        RunData data = RunData.of(config, Blobs.network(), train, test, null);
        try (Backend b = Backends.open(backend, config.backendOptions()).backend()) {
            StepGraphs g = StepGraphs.of(config, data, batch, b);
            return MemoryNeed.of(b, List.of(g.training(), g.evaluation()), CompileOptions.of(config.precision()))
                    .bytes();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1000, 99, 0, 1", "1000, 100, 0, 1", "1000, 299, 0, 2", "1000, 799, 0, 4", "1000, 1700, 0, 16",
        "1000, 79999, 0, 792", "13, 100000, 0, 8", "7, 100000, 0, 4", "1, 100000, 0, 1", "100000, 799900, 50, 7992"
    })
    void theLargestOfTheRuleThatFitsIsTaken(int most, long room, long fixed, int expected) {
        Set<Integer> planned = new TreeSet<>();
        if (room < 100) {
            assertThrows(DeviceMemoryException.class, () -> BatchFit.largest(most, room, "it", b -> fixed + 100L * b));
            return;
        }
        BatchFit fit = BatchFit.largest(most, room, "it", b -> {
            assertTrue(planned.add(b), b + " is planned twice");
            return fixed + 100L * b;
        });
        assertEquals(expected, fit.images());
        assertEquals(fixed + 100L * expected, fit.bytes());
        assertTrue(planned.size() <= 25, planned.toString());
        assertTrue(planned.stream().allMatch(b -> b <= 2 * expected), "much too much was planned: " + planned);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void aRunTakesWhatFitsAndNoMore(String backend) {
        Rehearsal r = run(backend, -1).trainer().rehearse();
        int batch = r.batchSize();
        assertTrue(batch > 8 && batch % 8 == 0 && batch < 200, Integer.toString(batch));
        assertTrue(need(backend, batch) <= LIMIT);
        assertTrue(need(backend, batch + 8) > LIMIT, "a larger batch would fit");
        assertEquals(1, notices.size());
        assertTrue(
                notices.get(0)
                        .matches("the batch size is " + batch
                                + ": training and evaluation take \\d+ KiB, within 100 % of the"
                                + " memory limit \\(400 KiB\\); " + (batch + 8) + " would take \\d+ KiB"),
                notices.get(0));
        Rehearsal half = run(backend, 0.5).trainer().rehearse();
        assertTrue(half.batchSize() < batch && need(backend, half.batchSize()) <= LIMIT / 2);
    }

    @Test
    void whatIsPlannedIsWhatIsTaken() {
        int batch = 24;
        TrainingConfig config = run("onednn", batch).config();
        RunData data = RunData.of(config, Blobs.network(), train, test, null);
        try (TrainingProgram program = new TrainingProgram(config, data);
                Backend b = Backends.open("onednn", config.backendOptions()).backend()) {
            StepGraphs g = StepGraphs.of(config, data, batch, b);
            MemoryNeed need =
                    MemoryNeed.of(b, List.of(g.training(), g.evaluation()), CompileOptions.of(config.precision()));
            assertEquals(program.session().liveBytes(), need.regions());
            // Four slots of images and labels for each step; rate, step number and the average's rate for one of them.
            assertEquals(4 * ((64 + 4) * 2 * batch + 4 + 8 + 4), need.host());
            assertEquals(LIMIT, b.available());
        }
    }

    @Test
    void aRunKeepsItsBatchWhenItGoesOn() {
        TrainingResult first = run("onednn", -1).set("max-steps", 3).run();
        TrainingConfig saved = ResumePoint.at(first.folder()).config();
        assertFalse(saved.batchSize().automatic());
        TrainingResult rest = Training.of(run("onednn", -1)
                        .set("memory-limit", 2 * LIMIT)
                        .set("max-steps", 5)
                        .config())
                .set("experiment", first.folder().getFileName())
                .data(train, test)
                .resuming(ResumePoint.at(first.folder()))
                .listener(new TrainingListener() {
                    @Override
                    public void runStarted(RunStart start) {
                        assertEquals(saved.batchSize().images(), start.batchSize());
                    }
                })
                .run();
        assertEquals(5, rest.steps());
    }

    @Test
    void tooLittleForOneImageIsRefused() {
        DeviceMemoryException e = assertThrows(
                DeviceMemoryException.class,
                () -> run("onednn", -1).set("memory-limit", "4k").run());
        assertTrue(e.getMessage().contains("a batch of 1 image needs "), e.getMessage());
        assertTrue(e.getMessage().contains("more than 100 % of the memory limit (4.00 KiB)"), e.getMessage());
    }

    @Test
    void readsNumbersAndShares() {
        for (String text : List.of("64", "-1", "0.8", "0.05")) {
            assertEquals(text, BatchSize.parse(text).toString());
            TrainingConfig c = TrainingConfig.DEFAULTS.with("batch-size", text);
            assertTrue(c.toYaml().contains("batch-size: " + text + "\n"));
        }
        for (String wrong : List.of("0", "-2", "1.0", "0.0", "1.5", "-0.5", "many", "NaN")) {
            TrainingException e =
                    assertThrows(TrainingException.class, () -> TrainingConfig.DEFAULTS.with("batch-size", wrong));
            assertTrue(e.getMessage().startsWith("batch-size is " + wrong + "; use 1 or more"), e.getMessage());
        }
    }
}
