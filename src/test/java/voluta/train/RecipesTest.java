package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.checkpoint.Checkpoint;
import voluta.data.MemoryDataset;
import voluta.model.ModelException;
import voluta.optim.Clipping;
import voluta.tensor.HostTensor;

/** Options that people bring along from other programs do here what they do there. */
class RecipesTest {
    @TempDir
    Path folder;

    private final List<String> notices = new ArrayList<>();
    private final MemoryDataset train = Blobs.data("blobs (train)", 130, 1);
    private final MemoryDataset test = Blobs.data("blobs (test)", 41, 2);

    private Training run(String name) {
        return Blobs.training(folder, name, "onednn", train, test, notices);
    }

    private static Map<String, HostTensor> weights(TrainingResult result) {
        return Checkpoint.load(result.last()).weights();
    }

    @Test
    void aRunEndsWhenItsTimeIsUpAndGoesOn() {
        TrainingResult first = run("run").epochs(1_000_000).set("time", "2s").run();
        assertEquals(TrainingResult.End.TIME, first.end());
        assertFalse(first.stopped());
        assertTrue(first.steps() > 0 && first.steps() < 1_000_000);
        TrainingResult rest = Training.resume(ResumePoint.at(first.folder()))
                .data(train, test)
                .listener(new TrainingListener() {})
                .epochs(first.epochs().size() + 1)
                .set("time", "1h")
                .run();
        assertEquals(TrainingResult.End.COMPLETE, rest.end());
        assertEquals(8L * (first.epochs().size() + 1), rest.steps());
        for (String wrong : List.of("soon", "0", "-1h", "1d", "1e3")) {
            TrainingException e = assertThrows(TrainingException.class, () -> run("x").set("time", wrong));
            assertTrue(e.getMessage().startsWith("time is '" + wrong), e.getMessage());
        }
        assertEquals(5_400_000_000_000L, TrainingConfig.nanos("1.5"));
        assertEquals(90_000_000_000L, TrainingConfig.nanos("90s"));
        assertEquals(TrainingConfig.nanos("0.5h"), TrainingConfig.nanos("30m"));
    }

    @Test
    void aFractionOfTheImagesIsTrainedOnAndAllAreEvaluated() {
        RunStart[] start = new RunStart[1];
        TrainingResult result = run("part")
                .set("fraction", 0.25)
                .batchSize(8)
                .listener(new TrainingListener() {
                    @Override
                    public void runStarted(RunStart run) {
                        start[0] = run;
                    }
                })
                .run();
        // A quarter of 33, 33, 32 and 32, each rounded up.
        assertEquals(9 + 9 + 8 + 8, start[0].trainingImages());
        assertEquals(41, start[0].evaluationImages());
        assertEquals(2 * (34 / 8), result.steps());
        for (double wrong : new double[] {0, -1, 1.01}) {
            TrainingException e = assertThrows(TrainingException.class, () -> run("x").set("fraction", wrong));
            assertEquals("fraction is " + wrong + "; use a share above 0, up to 1", e.getMessage());
        }
    }

    /** Measured or not, in one batch or several: the same weights; and the kernels' times are those of a step. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aProfileChangesNoBitAndCountsEveryKernel(int batches) {
        StepProfile[] told = new StepProfile[1];
        Map<String, HostTensor> plain = weights(
                run("plain").gradAccumSteps(batches).batchSize(16 / batches).run());
        Training measured =
                run("measured").gradAccumSteps(batches).batchSize(16 / batches).profile();
        Map<String, HostTensor> same = weights(measured.listener(new TrainingListener() {
                    @Override
                    public void profiled(StepProfile profile) {
                        told[0] = profile;
                    }
                })
                .run());
        plain.forEach(
                (name, tensor) -> assertEquals(tensor.bytes(), same.get(name).bytes(), name));
        StepProfile p = told[0];
        assertEquals(16 - 3, p.measured(), "all but the first");
        assertTrue(p.stepSeconds() > p.waitSeconds() && p.waitSeconds() >= 0);
        for (StepProfile.Kernel k : p.kernels()) {
            boolean ofUpdate = k.step().kind().equals("SgdStep");
            if (ofUpdate) assertEquals(1, k.runs());
            if (k.step().kind().startsWith("Linear")) assertEquals(batches, k.runs());
            assertTrue(k.nanos() > 0, k.step().path());
        }
        assertTrue(p.kernels().stream().anyMatch(k -> k.step().kind().equals("SgdStep")));
    }

    @Test
    void fewStepsAreMeasuredInALongRun() {
        TrainingConfig config =
                TrainingConfig.DEFAULTS.with("backend", "onednn").with("batch-size", "16");
        RunData data = RunData.of(config, Blobs.network(), train, test, null);
        try (TrainingProgram program = new TrainingProgram(config, data)) {
            StepProfiler profiler = new StepProfiler(program, 1, 100, 10_100);
            List<Long> measured = new ArrayList<>();
            for (long step = 100; step < 10_100; step++) {
                profiler.begin(step);
                if (profiler.measures()) measured.add(step);
                profiler.end();
            }
            assertEquals(StepProfiler.SAMPLES, measured.size());
            assertEquals(103, measured.get(0));
            assertTrue(measured.get(measured.size() - 1) > 9_800, "to the end: " + measured);
        }
    }

    @Test
    void everyWayOfClippingSaysHowOftenItDid() {
        for (String mode : Clipping.MODES) {
            for (double limit : new double[] {1e-6, 1e6}) {
                TrainingResult r = run(mode + limit)
                        .set("clip-mode", mode)
                        .set("clip-grad", limit)
                        .epochs(1)
                        .run();
                EpochReport e = r.epochs().get(0);
                assertEquals(limit < 1 ? 1 : 0, e.clippedShare(), mode);
                assertTrue(e.gradientNorm() > 1e-3, "the norm is that before clipping");
            }
        }
    }

    @Test
    void frozenLayersKeepWeightsAndStatistics() {
        Map<String, HostTensor> drawn = weights(run("none")
                .learningRate(0)
                .set("freeze", "batch_norm1")
                .epochs(1)
                .run());
        Map<String, HostTensor> after =
                weights(run("frozen").set("freeze", "conv*, batch_norm1").run());
        Map<String, HostTensor> free = weights(run("free").run());
        List<String> kept = new ArrayList<>(), changed = new ArrayList<>();
        after.forEach((name, tensor) -> (tensor.bytes().equals(drawn.get(name).bytes()) ? kept : changed).add(name));
        assertTrue(changed.stream().allMatch(n -> n.startsWith("linear")) && !changed.isEmpty(), changed + "; " + kept);
        assertTrue(kept.stream().anyMatch(n -> n.startsWith("conv1")), kept.toString());
        assertTrue(free.keySet().containsAll(after.keySet()));
        TrainingException e = assertThrows(
                TrainingException.class, () -> run("x").set("freeze", "head").run());
        assertTrue(e.getMessage().contains("freeze names head, but no layer"), e.getMessage());
        assertThrows(ModelException.class, () -> run("x").set("freeze", "*").run());
        assertThrows(TrainingException.class, () -> run("x").set("freeze", "conv1,,"));
    }

    @Test
    void dropoutIsPartOfTheNetworkThatIsTrained() {
        TrainingResult result = run("dropped").set("drop", 0.4).epochs(1).run();
        assertTrue(Checkpoint.load(result.last()).model().network().contains("- dropout: 0.4"));
        assertFalse(weights(result).equals(weights(run("plain").epochs(1).run())));
        ResumePoint point = ResumePoint.at(result.last());
        TrainingResult on =
                run("dropped").set("drop", 0.4).epochs(2).resuming(point).run();
        assertTrue(Checkpoint.load(on.last()).model().network().contains("- dropout: 0.4"));
        Training other = run("dropped").set("drop", 0.2).resuming(ResumePoint.at(on.last()));
        TrainingException e = assertThrows(TrainingException.class, other::run);
        assertTrue(e.getMessage().contains("drop was 0.4 and is now 0.2"), e.getMessage());
        assertThrows(TrainingException.class, () -> run("x").set("drop", 1));
    }

    @Test
    void weightsForOtherClassesKeepAllButTheHead() {
        TrainingResult four = run("four").run();
        byte[] labels = new byte[130];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) (i % 3);
        byte[] pixels = new byte[130 * 64];
        MemoryDataset three = new MemoryDataset("three", List.of("a", "b", "c"), Blobs.SHAPE, pixels, labels);
        TrainingResult result = Training.of(Blobs.network().withClasses(3))
                .data(three, three)
                .backend("onednn")
                .output(folder)
                .batchSize(16)
                .epochs(1)
                .learningRate(0)
                .set("freeze", "conv1")
                .set("initial-checkpoint", four.last())
                .listener(new TrainingListener() {
                    @Override
                    public void notice(String sentence) {
                        notices.add(sentence);
                    }
                })
                .run();
        assertTrue(
                notices.stream()
                        .anyMatch(n -> n.startsWith(four.last()
                                        + " is for another number of classes than the 3 of the data, so linear")
                                && n.endsWith(".weight and linear1.bias begin anew")),
                notices.toString());
        assertEquals(
                weights(four).get("conv1.weight").bytes(),
                weights(result).get("conv1.weight").bytes());
        assertEquals(3, weights(result).get("linear1.weight").shape().dim(0));
    }

    /** What is evaluated and saved is the average of all weights so far, computed here from those of each step. */
    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void theAverageOfTheWeightsIsWhatIsUsed(String backend) {
        Map<String, double[]> average = new HashMap<>();
        double decay = 0.7;
        Training training = run("ema").backend(backend).set("model-ema", decay).set("recovery-interval", 1);
        TrainingResult result = training.listener(new TrainingListener() {
                    @Override
                    public void checkpointWritten(Path file, long step) {
                        if (!file.endsWith("last.safetensors")) return;
                        Checkpoint c = Checkpoint.load(file);
                        double rate = 1 - Math.min(decay, (1.0 + step) / (10 + step));
                        c.state("trained").forEach((name, now) -> {
                            double[] all = average.computeIfAbsent(name, n -> firstContent(backend, n));
                            for (int i = 0; i < all.length; i++) all[i] += rate * (now.get(i) - all[i]);
                            for (int i = 0; i < all.length; i++) {
                                assertEquals(all[i], c.weights().get(name).get(i), 1e-5, name + " at step " + step);
                            }
                        });
                    }
                })
                .run();
        assertEquals(8, average.size(), average.keySet().toString());
        assertFalse(sameBits(
                Checkpoint.load(result.last()).state("trained"),
                Checkpoint.load(result.last()).weights()));
        EpochReport best = result.bestEpoch().orElseThrow();
        try (Validator validator = Validator.open(result.best().orElseThrow())) {
            Evaluation again = validator.validate(test).evaluation();
            assertEquals(best.evaluation().loss(), again.loss(), 1e-4);
            assertEquals(best.evaluation().top1(), again.top1(), 1e-9);
        }
    }

    private double[] firstContent(String backend, String name) {
        Trainer none = run("first-" + backend + "-" + name).backend(backend).trainer();
        none.stop();
        return Checkpoint.load(none.run().last()).weights().get(name).toDoubles();
    }

    private static boolean sameBits(Map<String, HostTensor> a, Map<String, HostTensor> b) {
        return a.keySet().stream()
                .allMatch(n -> Arrays.equals(a.get(n).toDoubles(), b.get(n).toDoubles()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void aRunWithAnAverageGoesOnWithTheSameBits(String backend) {
        TrainingResult whole =
                run("whole").backend(backend).set("model-ema", 0.9).run();
        ResumeTest.stopAfter(run("part").backend(backend).set("model-ema", 0.9), 11);
        TrainingResult rest = Training.resume(ResumePoint.at(folder.resolve("part")))
                .data(train, test)
                .listener(new TrainingListener() {})
                .run();
        ResumeTest.assertSameBits(whole.last(), rest.last());
    }
}
