package voluta.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;
import voluta.data.ImageShape;
import voluta.data.MemoryDataset;
import voluta.model.NetworkDescription;
import voluta.tensor.HostTensor;

/** A run that was stopped and goes on ends with the bits of the one that never stopped. */
class ResumeTest {
    private static final int STEPS = 3 * 8;

    @TempDir
    Path folder;

    private final MemoryDataset train = Blobs.data("blobs (train)", 130, 1);
    private final MemoryDataset test = Blobs.data("blobs (test)", 41, 2);

    /** With dropout, augmentation, mixup, clipping, warm-up and a schedule: everything that a step draws or counts. */
    private Training run(String name) {
        NetworkDescription network = Blobs.network().withDropout(0.2);
        return Training.of(network)
                .data(train, test)
                .backend("reference")
                .output(folder)
                .set("experiment", name)
                .batchSize(16)
                .epochs(3)
                .optimizer("sgd")
                .learningRate(0.02)
                .augmentation("shift=1,flip")
                .set("mixup", 0.5)
                .set("clip-grad", 1)
                .set("warmup-epochs", 0.5)
                .set("log-interval", 3)
                .set("threads", 1)
                .listener(new TrainingListener() {});
    }

    private static Training quiet(Training training) {
        return training.listener(new TrainingListener() {});
    }

    /** Ends a run after a step, wherever that is. */
    static TrainingResult stopAfter(Training training, long step) {
        Trainer[] trainer = new Trainer[1];
        trainer[0] = training.set("recovery-interval", 1)
                .listener(new TrainingListener() {
                    @Override
                    public void checkpointWritten(Path file, long written) {
                        if (written >= step - 1) trainer[0].stop();
                    }
                })
                .trainer();
        return trainer[0].run();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sgd", "nesterov", "adam", "adamw", "rmsprop", "adagrad"})
    void theSameBitsWithEveryOptimizer(String optimizer) throws IOException {
        TrainingResult whole = run("whole").optimizer(optimizer).run();
        Random random = new Random(optimizer.hashCode());
        long first = 1 + random.nextInt(STEPS / 2);
        stopAfter(run("parts").optimizer(optimizer), first);
        stopAfter(resumed("parts"), first + 1 + random.nextInt(STEPS / 3));
        TrainingResult parts = resumed("parts").run();
        assertSame(whole, parts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void theSameBitsWhereGradientsAreAccumulated(String backend) throws IOException {
        TrainingResult whole = accumulating("whole", backend).run();
        stopAfter(accumulating("parts", backend), 3);
        stopAfter(resumed("parts"), 13);
        TrainingResult parts = resumed("parts").run();
        assertEquals(STEPS, parts.steps());
        assertSame(whole, parts);
    }

    /** On the simulated device, which runs what cuDNN calls non-deterministic in another order each time. */
    @Test
    void theSameBitsOnCudaWhereThatIsAskedFor() throws IOException {
        SimulatedDevice.assume();
        TrainingResult whole = deterministic("whole").run();
        assertSame(whole, deterministic("again").run());
        stopAfter(deterministic("parts"), 11);
        assertSame(whole, resumed("parts").run());
    }

    private Training deterministic(String name) {
        // each step is looked at: where reading waits for a device, gradient norms in between are not in the rows
        return run(name).backend("cuda").set("deterministic", true).set("log-interval", 1);
    }

    private Training accumulating(String name, String backend) {
        return run(name).backend(backend).batchSize(4).gradAccumSteps(4).set("model-ema", 0.9);
    }

    private Training resumed(String name) {
        return quiet(Training.resume(ResumePoint.at(folder.resolve(name))).data(train, test));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 16, 23, 24})
    void theSameBitsFromEveryKindOfStep(int step) throws IOException {
        TrainingResult whole = run("whole")
                .backend("onednn")
                .set("workers", 2)
                .set("log-interval", 1)
                .run();
        Trainer[] trainer = new Trainer[1];
        Training part = run("part").backend("onednn").set("log-interval", 1);
        trainer[0] = part.listener(new TrainingListener() {
                    @Override
                    public void stepsLogged(StepReport steps) {
                        if (steps.step() == step) trainer[0].stop();
                    }
                })
                .trainer();
        if (step == 0) trainer[0].stop();
        TrainingResult stopped = trainer[0].run();
        assertTrue(stopped.stopped());
        assertEquals(step, stopped.steps());
        TrainingResult rest = resumed("part").run();
        assertSameBits(whole.last(), rest.last());
        assertEquals(3, rest.epochs().size());
        assertFalse(rest.stopped());
    }

    @Test
    void stoppingInTheLastEvaluationLosesNoRow() throws IOException {
        TrainingResult whole = run("whole").run();
        Trainer[] trainer = new Trainer[1];
        trainer[0] = run("part")
                .listener(new TrainingListener() {
                    @Override
                    public void evaluationStarted(int epoch, int batches) {
                        if (epoch == 3) trainer[0].stop();
                    }
                })
                .trainer();
        assertEquals(STEPS, trainer[0].run().steps());
        assertSame(whole, resumed("part").run());
    }

    /** Weights, state and sums bit for bit; rows but for their times; the best epoch and its weights. */
    private static void assertSame(TrainingResult a, TrainingResult b) throws IOException {
        assertSameBits(a.last(), b.last());
        assertSameBits(a.best().orElseThrow(), b.best().orElseThrow());
        assertEquals(
                a.bestEpoch().orElseThrow().epoch(), b.bestEpoch().orElseThrow().epoch());
        assertEquals(rows(a), rows(b));
        assertEquals(a.steps(), b.steps());
        assertEquals(a.end(), b.end());
    }

    private static List<String> rows(TrainingResult result) throws IOException {
        return Files.readAllLines(result.folder().resolve("results.csv")).stream()
                .map(row -> String.join(",", Arrays.asList(row.split(",")).subList(0, 11)))
                .toList();
    }

    static void assertSameBits(Path a, Path b) {
        assertSameBits(a, b, true);
    }

    static void assertSameBits(Path a, Path b, boolean metrics) {
        Checkpoint x = Checkpoint.load(a), y = Checkpoint.load(b);
        assertSameBits(x.weights(), y.weights());
        assertEquals(x.state().keySet(), y.state().keySet());
        x.state().forEach((group, tensors) -> assertSameBits(tensors, y.state(group)));
        assertEquals(x.run().step(), y.run().step());
        assertEquals(x.run().epoch(), y.run().epoch());
        if (metrics) assertEquals(x.run().metrics(), y.run().metrics());
    }

    private static void assertSameBits(Map<String, HostTensor> a, Map<String, HostTensor> b) {
        assertEquals(a.keySet(), b.keySet());
        a.forEach((name, tensor) -> assertEquals(tensor.bytes(), b.get(name).bytes(), () -> name + " has other bits"));
    }

    @Test
    void aFinishedRunSaysSoAndMoreEpochsGoOnWithIt() throws IOException {
        TrainingResult first = run("run").set("sched", "constant").run();
        byte[] before = Files.readAllBytes(first.last());
        TrainingResult again = resumed("run").run();
        assertEquals(first.steps(), again.steps());
        assertEquals(first.epochs(), again.epochs());
        assertEquals(first.best().orElseThrow(), again.best().orElseThrow());
        assertArrayEquals(before, Files.readAllBytes(first.last()));

        TrainingResult longer = resumed("run").epochs(5).run();
        assertEquals(5 * 8, longer.steps());
        // With a rate that does not depend on the length, it is as if there had been so many epochs from the beginning.
        assertSame(run("longer").set("sched", "constant").epochs(5).run(), longer);
        assertEquals(TrainingResult.End.COMPLETE, resumed("run").epochs(2).run().end());
    }

    @Test
    void theLimitOfStepsMayGrowInMidEpoch() throws IOException {
        run("part").set("sched", "constant").set("max-steps", 11).run();
        TrainingResult rest = resumed("part").set("max-steps", STEPS).run();
        TrainingResult whole = run("whole").set("sched", "constant").run();
        assertSameBits(whole.last(), rest.last(), false);
        assertEquals(3, rest.epochs().size());
        assertEquals(rows(whole).size(), rows(rest).size());
    }

    @Test
    void patienceIsRemembered() {
        Training training = run("run").learningRate(0).epochs(9).set("patience", 4);
        stopAfter(training, 20);
        TrainingResult result = resumed("run").run();
        assertEquals(TrainingResult.End.NO_IMPROVEMENT, result.end());
        assertEquals(5, result.epochs().size());
        assertEquals(1, result.bestEpoch().orElseThrow().epoch());
        assertEquals(TrainingResult.End.NO_IMPROVEMENT, resumed("run").run().end(), "it is over");
    }

    @Test
    void anEpochThatGoesOnAfterAllCountsOnceForPatience() {
        run("run").learningRate(0).epochs(9).set("max-steps", 11).run();
        TrainingResult result =
                resumed("run").set("patience", 4).set("max-steps", 9 * 8).run();
        assertEquals(TrainingResult.End.NO_IMPROVEMENT, result.end());
        assertEquals(5, result.epochs().size());
    }

    /** The epoch that ended early was the best, and now has not been. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theBestWeightsAreThoseOfTheBestEpoch(int kept) {
        TrainingResult early = run("run")
                .set("eval-metric", "loss")
                .set("max-steps", 11)
                .set("checkpoint-hist", kept)
                .run();
        assertEquals(2, early.bestEpoch().orElseThrow().epoch(), "of no use to this test otherwise");
        List<String> notices = new ArrayList<>();
        TrainingResult stopped = stopAtOnce(resumed("run").set("max-steps", STEPS), notices);
        assertEquals(1, stopped.bestEpoch().orElseThrow().epoch());
        assertEquals(kept == 1 ? 11 : 8, step(stopped.best().orElseThrow()));
        String sentence = "the weights of epoch 1, the best so far, are not there any more; "
                + stopped.best().orElseThrow() + " has other weights until an epoch is better";
        assertEquals(
                kept == 1 ? List.of(sentence) : List.of(),
                notices.stream().filter(n -> n.contains("best so far")).toList());
    }

    @Test
    void theBestWeightsOfStepsThatWillNotHaveBeenAreNotTheBest() throws IOException {
        TrainingResult whole = run("run").set("eval-metric", "loss").run();
        assertEquals(3, whole.bestEpoch().orElseThrow().epoch(), "of no use to this test otherwise");
        Path earlier = whole.last().resolveSibling("step-00000016.safetensors");
        Training again = quiet(Training.resume(ResumePoint.at(earlier)).data(train, test));
        TrainingResult stopped = stopAtOnce(again, new ArrayList<>());
        assertEquals(16, stopped.bestEpoch().orElseThrow().step());
        assertEquals(16, step(stopped.best().orElseThrow()));

        Path alone = Files.copy(stopped.last(), folder.resolve("mine.safetensors"));
        List<String> notices = new ArrayList<>();
        Training elsewhere =
                Training.resume(ResumePoint.at(alone)).data(train, test).set("experiment", "elsewhere");
        TrainingResult there = stopAtOnce(elsewhere, notices);
        assertEquals(16, step(there.best().orElseThrow()));
    }

    private static long step(Path checkpoint) {
        return Checkpoint.load(checkpoint).run().step();
    }

    private static TrainingResult stopAtOnce(Training training, List<String> notices) {
        Trainer trainer = training.listener(new TrainingListener() {
                    @Override
                    public void notice(String sentence) {
                        notices.add(sentence);
                    }
                })
                .trainer();
        trainer.stop();
        return trainer.run();
    }

    @Test
    void otherOptionsAreRefusedWithBothValues() {
        run("run").epochs(1).run();
        Object[][] cases = {
            {"batch-size", 8, "batch-size was 16 and is now 8"},
            {"grad-accum-steps", 2, "grad-accum-steps was 1 and is now 2"},
            {"lr", 0.5, "lr was 0.02 and is now 0.5"},
            {"seed", 1, "seed was 42 and is now 1"},
            {"opt", "adam", "opt was sgd and is now adam"},
            {"weight-decay", 0.1, "weight-decay was not set and is now 0.1"},
            {"augmentation", "none", "augmentation was shift=1,flip and is now none"},
            {"model", "mlp", "model was lenet5 and is now mlp"},
        };
        for (Object[] c : cases) {
            TrainingException e = assertThrows(
                    TrainingException.class,
                    () -> resumed("run").set((String) c[0], c[1]).run());
            assertTrue(e.getMessage().contains((String) c[2]), e.getMessage());
            assertTrue(e.getMessage().contains("--initial-checkpoint "), e.getMessage());
        }
        NetworkDescription other = Blobs.network().withDropout(0.3);
        ResumePoint point = ResumePoint.at(folder.resolve("run"));
        TrainingException e = assertThrows(
                TrainingException.class,
                () -> quiet(Training.of(other).data(train, test))
                        .set("experiment", "run")
                        .output(folder)
                        .resuming(
                                new Object() {
                                    ResumePoint same() {
                                        return point;
                                    }
                                }.same())
                        .run());
        assertTrue(e.getMessage().contains("cannot go on with other options"), e.getMessage());
    }

    @Test
    void otherDataAreRefused() {
        run("run").epochs(1).run();
        MemoryDataset more = Blobs.data("more", 131, 1), other = Blobs.data("other", 130, 3);
        MemoryDataset five =
                new MemoryDataset("five", List.of("a", "b", "c", "d"), Blobs.SHAPE, new byte[64 * 130], new byte[130]);
        MemoryDataset wide =
                new MemoryDataset("wide", Blobs.CLASSES, new ImageShape(1, 8, 9), new byte[72 * 130], new byte[130]);
        Map<MemoryDataset, String> cases = Map.of(
                more,
                "130 images, more has 131",
                other,
                "pixels of mean",
                five,
                "the classes [upper left",
                wide,
                "8x9");
        cases.forEach((data, words) -> {
            TrainingException e = assertThrows(
                    TrainingException.class,
                    () -> quiet(Training.resume(ResumePoint.at(folder.resolve("run"))))
                            .data(data, data)
                            .epochs(2)
                            .run());
            assertTrue(e.getMessage().contains(words), e.getMessage());
        });
    }

    @Test
    void aDamagedCheckpointIsNamedWithTheOneBeforeIt() throws IOException {
        TrainingResult whole = run("whole").run();
        TrainingResult run = run("run").run();
        byte[] bytes = Files.readAllBytes(run.last());
        bytes[bytes.length - 5] ^= 4;
        Files.write(run.last(), bytes);
        CheckpointException e = assertThrows(CheckpointException.class, () -> ResumePoint.at(folder.resolve("run")));
        Path before = run.last().resolveSibling("step-00000016.safetensors");
        assertTrue(e.getMessage().startsWith(run.last() + ": "), e.getMessage());
        assertTrue(e.getMessage().endsWith("go on from step 16 with --resume " + before), e.getMessage());

        TrainingResult rest =
                quiet(Training.resume(ResumePoint.at(before)).data(train, test)).run();
        assertEquals(run.folder(), rest.folder());
        assertSame(whole, rest);

        for (Path file : List.of(run.last(), before)) Files.write(file, new byte[100]);
        e = assertThrows(CheckpointException.class, () -> ResumePoint.at(folder.resolve("run")));
        assertTrue(e.getMessage().contains("best.safetensors") || e.getMessage().endsWith("can be read"), e + "");
    }

    @Test
    void soManyCheckpointsAreKept() throws IOException {
        run("run").set("checkpoint-hist", 3).set("recovery-interval", 3).run();
        Path weights = folder.resolve("run/weights");
        try (Stream<Path> all = Files.list(weights)) {
            assertEquals(
                    List.of(
                            "best.safetensors",
                            "last.safetensors",
                            "step-00000018.safetensors",
                            "step-00000021.safetensors"),
                    all.map(f -> f.getFileName().toString()).sorted().toList());
        }
        assertEquals(
                24, Checkpoint.load(weights.resolve("last.safetensors")).run().step());
        assertEquals(
                21,
                Checkpoint.load(weights.resolve("step-00000021.safetensors"))
                        .run()
                        .step());
    }

    @Test
    void aRunThatWasMovedGoesOnWhereItIs() throws IOException {
        TrainingResult whole = run("whole").run();
        stopAfter(run("run"), 10);
        Path moved = Files.createDirectory(folder.resolve("elsewhere")).resolve("mine");
        Files.move(folder.resolve("run"), moved, StandardCopyOption.ATOMIC_MOVE);
        TrainingResult rest =
                quiet(Training.resume(ResumePoint.at(moved)).data(train, test)).run();
        assertEquals(moved, rest.folder());
        assertSame(whole, rest);
    }

    @Test
    void aCheckpointOutsideARunGoesOnInANewFolder() throws IOException {
        TrainingResult whole = run("whole").run();
        TrainingResult stopped = stopAfter(run("run"), 10);
        Path alone = Files.copy(stopped.last(), folder.resolve("mine.safetensors"));
        TrainingResult rest = quiet(Training.resume(ResumePoint.at(alone)).data(train, test))
                .set("experiment", "new")
                .run();
        assertEquals(folder.resolve("new"), rest.folder());
        assertSame(whole, rest);
    }

    @Test
    void theNewestRunGoesOnAndWithoutOneANewOneBegins() throws IOException {
        TrainingResult first = stopAfter(run("run").resumingNewest(), 10);
        assertEquals(folder.resolve("run"), first.folder());
        TrainingResult rest =
                run("run").set("recovery-interval", 1).resumingNewest().run();
        assertEquals(folder.resolve("run"), rest.folder());
        assertSameBits(run("whole").run().last(), rest.last());
    }

    @Test
    void aRunThatIsGoingOnIsLeftAlone() {
        Path[] running = new Path[1];
        String[] said = new String[1];
        run("run")
                .listener(new TrainingListener() {
                    @Override
                    public void runStarted(RunStart run) {
                        running[0] = run.folder();
                    }

                    @Override
                    public void epochStarted(int epoch) {
                        if (epoch != 3) return;
                        TrainingException e = assertThrows(
                                TrainingException.class, () -> resumed("run").run());
                        said[0] = e.getMessage();
                    }
                })
                .run();
        assertTrue(said[0].contains("is training in " + running[0]), said[0]);
    }
}
