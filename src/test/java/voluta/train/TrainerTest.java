package voluta.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.BackendOptions;
import voluta.backend.Precision;
import voluta.checkpoint.Checkpoint;
import voluta.data.DataException;
import voluta.data.Image;
import voluta.data.ImageShape;
import voluta.data.MemoryDataset;
import voluta.model.NetworkDescription;
import voluta.tensor.VolutaException;

class TrainerTest {
    @TempDir
    Path folder;

    private final MemoryDataset train = Blobs.data("blobs (train)", 130, 1);
    private final MemoryDataset test = Blobs.data("blobs (test)", 41, 2);

    private Training tiny(String backend) {
        return Training.of(Blobs.network())
                .data(train, test)
                .backend(backend)
                .output(folder)
                .batchSize(16)
                .epochs(4)
                .optimizer("sgd")
                .learningRate(0.1)
                .set("threads", 2)
                .listener(new TrainingListener() {});
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void itLearnsAndLeavesACompleteRun(String backend) throws IOException {
        Recorder recorder = new Recorder();
        TrainingResult result = tiny(backend).listener(recorder).run();

        assertEquals(TrainingResult.End.COMPLETE, result.end());
        assertEquals(4 * 8, result.steps());
        List<EpochReport> epochs = result.epochs();
        assertTrue(epochs.get(3).loss() < epochs.get(0).loss() / 2, epochs.toString());
        assertTrue(result.bestEpoch().orElseThrow().evaluation().top1() > 0.9, epochs.toString());
        assertEquals(41, epochs.get(0).evaluation().images());
        assertTrue(epochs.get(0).maxGradientNorm() >= epochs.get(0).gradientNorm());
        assertEquals(folder.resolve("train"), result.folder());

        assertEquals(
                Set.of(
                        "args.yaml",
                        "model.yaml",
                        "plan.txt",
                        "progress.jsonl",
                        "results.csv",
                        "train_batch0.png",
                        "weights/best.safetensors",
                        "weights/last.safetensors",
                        "weights/step-00000024.safetensors"),
                files(result.folder()));
        List<String> rows = Files.readAllLines(result.folder().resolve("results.csv"));
        assertEquals(5, rows.size());
        assertEquals(16, rows.get(4).split(",").length, rows.get(4));
        assertEquals(rows.get(0).split(",").length, rows.get(4).split(",").length);
        assertTrue(rows.get(4).startsWith("4,32,"), rows.get(4));
        assertTrue(Files.readString(result.folder().resolve("plan.txt")).contains("evaluation step"));
        // Checkpoints are written meanwhile, so those events come when they are on the disk.
        List<String> written = recorder.events.stream()
                .filter(e -> e.startsWith("checkpointWritten"))
                .toList();
        assertEquals("checkpointWritten best.safetensors", written.get(0));
        assertEquals(
                4, written.stream().filter(e -> e.endsWith("last.safetensors")).count(), written.toString());
        recorder.events.removeAll(written);
        assertEquals(
                List.of(
                        "runStarted",
                        "notice: each epoch leaves out 2 of 130 images, others each time, since they do not fill a batch"
                                + " of 16",
                        "epochStarted 1",
                        "stepsLogged 8",
                        "evaluationStarted 3",
                        "evaluationEnded 41",
                        "epochEnded 1"),
                recorder.events.subList(0, 7));
        assertEquals("runEnded", recorder.events.get(recorder.events.size() - 1));
    }

    /** Sixteen bits, dropout, another optimizer, clipping, smoothing, another size, warm-up and a floor, all at once. */
    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void optionsWorkTogether(String backend) {
        NetworkDescription network = Blobs.network().withInput(1, 12, 10).withDropout(0.1);
        TrainingResult result = Training.of(network)
                .data(train, test)
                .backend(backend)
                .output(folder)
                .batchSize(16)
                .epochs(12)
                .optimizer("adam")
                .learningRate(0.02)
                .augmentation("shift=1:mean")
                .set("img-size", "12x10")
                .set("amp", backend.equals("onednn"))
                .set("clip-grad", 0.05)
                .set("clip-mode", "value")
                .set("smoothing", 0.1)
                .set("warmup-epochs", 1)
                .set("min-lr", 1e-4)
                .set("workers", 2)
                .listener(new TrainingListener() {})
                .run();
        EpochReport best = result.bestEpoch().orElseThrow();
        assertTrue(best.evaluation().top1() > 0.8, result.epochs().toString());
        assertTrue(result.epochs().get(0).clippedShare() > 0, result.epochs().toString());
        assertTrue(
                result.epochs().get(11).learningRate() < 2e-3, result.epochs().toString());
    }

    @Test
    void checkpointHoldsWhatUseAndResumeNeed() {
        TrainingResult result = tiny("reference").epochs(1).run();
        Checkpoint c = Checkpoint.load(result.last());
        assertEquals(Blobs.CLASSES, c.model().classNames());
        assertEquals(1, c.model().mean().size());
        assertEquals(1, c.run().epoch());
        assertEquals(8, c.run().step());
        assertEquals(42, c.run().seed());
        assertEquals("1", c.run().extra().get("best_epoch"));
        assertEquals(
                result.epochs().get(0).evaluation().top1(), c.run().metrics().get("val/top1"));
        assertTrue(c.weights().keySet().stream().anyMatch(n -> n.endsWith(".running_mean")), c.weights() + "");
        assertTrue(c.weights().keySet().stream().noneMatch(n -> n.contains("evaluation/")), c.weights() + "");
        Set<String> state = c.state(Checkpoint.OPTIMIZER).keySet();
        assertTrue(!state.isEmpty() && state.stream().allMatch(n -> n.endsWith(".momentum")), state.toString());
    }

    @Test
    void argumentsOfARunRepeatIt() {
        TrainingResult first = tiny("onednn").epochs(2).run();
        TrainingConfig again = TrainingConfig.DEFAULTS.withFile(first.folder().resolve("args.yaml"));
        TrainingResult second = Training.of(
                        again.with("model", first.folder().resolve("model.yaml").toString()))
                .data(train, test)
                .run();
        assertEquals(folder.resolve("train-2"), second.folder());
        assertSameBits(first.last(), second.last());
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void sameSeedGivesSameBitsWithAnyNumberOfWorkers(String backend) {
        Training one = tiny(backend).epochs(2).augmentation("shift=1");
        Path a = one.run().last();
        Path b = one.set("workers", 3).run().last();
        assertSameBits(a, b);
        Path c = one.seed(43).run().last();
        assertFalse(sameBits(a, c), "another seed gave the same weights");
    }

    @Test
    void earlyStoppingLeavesTheBestWeights() {
        // With a learning rate of zero nothing improves after the first epoch.
        TrainingResult result =
                tiny("reference").learningRate(0).epochs(9).set("patience", 2).run();
        assertEquals(TrainingResult.End.NO_IMPROVEMENT, result.end());
        assertEquals(3, result.epochs().size());
        assertEquals(1, result.bestEpoch().orElseThrow().epoch());
        assertEquals(1, Checkpoint.describe(result.best().orElseThrow()).run().epoch());
        assertEquals(3, Checkpoint.describe(result.last()).run().epoch());
    }

    @Test
    void theBestCheckpointIsTheBestEpochs() {
        TrainingResult result = tiny("onednn").set("eval-metric", "loss").run();
        EpochReport best = result.bestEpoch().orElseThrow();
        assertTrue(result.epochs().stream()
                .allMatch(e -> e.evaluation().loss() >= best.evaluation().loss()));
        try (Validator validator = Validator.open(result.best().orElseThrow())) {
            Validation v = validator.validate(test);
            assertEquals(best.evaluation().loss(), v.evaluation().loss(), 1e-4);
            assertEquals(best.evaluation().top1(), v.top1(), 1e-9);
        }
    }

    @Test
    void stoppingSavesTheStepItIsAt() {
        Trainer[] trainer = new Trainer[1];
        Recorder recorder = new Recorder();
        trainer[0] = tiny("reference")
                .set("log-interval", 3)
                .listener(recorder)
                .listener(new TrainingListener() {
                    @Override
                    public void stepsLogged(StepReport steps) {
                        if (steps.step() == 11) trainer[0].stop();
                    }
                })
                .trainer();
        TrainingResult result = trainer[0].run();
        assertTrue(result.stopped());
        assertEquals(11, result.steps());
        assertEquals(1, result.epochs().size());
        var run = Checkpoint.describe(result.last()).run();
        assertEquals(11, run.step());
        assertEquals(1, run.epoch());
        assertEquals(3 * 16, run.samplesIntoEpoch());
        recorder.events.removeIf(e -> e.startsWith("checkpointWritten"));
        List<String> end = recorder.events.subList(recorder.events.size() - 2, recorder.events.size());
        assertEquals(List.of("stepsLogged 3", "runEnded"), end);
    }

    @Test
    void stoppingBeforeTheFirstStepAndDuringEvaluation() {
        Trainer trainer = tiny("reference").trainer();
        trainer.stop();
        TrainingResult none = trainer.run();
        assertEquals(0, none.steps());
        assertTrue(none.best().isEmpty());
        assertEquals(0, Checkpoint.describe(none.weights()).run().step());

        Trainer[] later = new Trainer[1];
        later[0] = tiny("reference")
                .listener(new TrainingListener() {
                    @Override
                    public void evaluationStarted(int epoch, int batches) {
                        later[0].stop();
                    }
                })
                .trainer();
        TrainingResult result = later[0].run();
        assertTrue(result.stopped());
        // All of the first epoch but its evaluation.
        assertEquals(0, Checkpoint.describe(result.last()).run().epoch());
        assertEquals(128, Checkpoint.describe(result.last()).run().samplesIntoEpoch());
        assertEquals(8, result.steps());
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void aDivergedRunNamesTheLayer(String backend) {
        Recorder recorder = new Recorder();
        Training training =
                tiny(backend).learningRate(1e30).set("sched", "constant").listener(recorder);
        TrainingException e = assertThrows(TrainingException.class, training::run);
        assertTrue(
                e.getMessage()
                        .matches(
                                "the (loss|gradient norm) became (NaN|infinite) at epoch 1, step \\d+; \\S+( \\(small:\\d+\\))? (is the first (layer|op) that"
                                        + " gives|already holds) (NaN|infinity).*"),
                e.getMessage());
        assertTrue(e.getMessage().contains("no checkpoint had been written yet"), e.getMessage());
        assertTrue(e.getMessage().endsWith("try a lower --lr (now 1.0E30) or --clip-grad"), e.getMessage());
        assertEquals("runFailed", recorder.events.get(recorder.events.size() - 1));
    }

    @Test
    void checkpointsSurviveADivergence() throws IOException {
        List<Path> written = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        // One step an epoch, the first with a rate of 0.
        Training training = tiny("reference")
                .batchSize(128)
                .epochs(50)
                .learningRate(1e30)
                .set("sched", "constant")
                .set("warmup-epochs", 2)
                .listener(new TrainingListener() {
                    @Override
                    public void checkpointWritten(Path file, long step) {
                        written.add(file);
                        contents.add(read(file));
                    }
                });
        TrainingException e = assertThrows(TrainingException.class, training::run);
        Path last = folder.resolve("train/weights/last.safetensors");
        assertTrue(e.getMessage().contains("the last good weights are in " + last), e.getMessage());
        assertArrayEquals(contents.get(written.lastIndexOf(last)), read(last));
        Checkpoint kept = Checkpoint.load(last);
        kept.weights().forEach((name, tensor) -> {
            for (double v : tensor.toDoubles()) assertTrue(Double.isFinite(v), name);
        });
        Path best = folder.resolve("train/weights/best.safetensors");
        assertArrayEquals(contents.get(written.lastIndexOf(best)), read(best));
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void trainingGoesOnFromAnInitialCheckpoint() {
        TrainingResult first = tiny("onednn").run();
        TrainingResult second = tiny("onednn")
                .set("initial-checkpoint", first.last())
                .learningRate(0)
                .epochs(1)
                .run();
        double before = first.epochs().get(3).evaluation().top1();
        assertEquals(before, second.epochs().get(0).evaluation().top1(), 0.1);
        assertTrue(second.epochs().get(0).loss() < first.epochs().get(0).loss() / 2);
    }

    @Test
    void aNamedExperimentIsNeverOverwritten() throws IOException {
        Training training = tiny("reference").epochs(1).set("experiment", "mine");
        training.run();
        byte[] before = Files.readAllBytes(folder.resolve("mine/results.csv"));
        TrainingException e = assertThrows(TrainingException.class, training::run);
        assertTrue(e.getMessage().contains("mine is there already"), e.getMessage());
        assertArrayEquals(before, Files.readAllBytes(folder.resolve("mine/results.csv")));
    }

    @Test
    void anOutputThatIsNoFolderIsAnError() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        for (Path output : List.of(file, file.resolve("below"), Path.of("/proc/nowhere"))) {
            TrainingException e = assertThrows(
                    TrainingException.class,
                    () -> tiny("reference").output(output).run());
            assertTrue(e.getMessage().contains("choose another --output"), e.getMessage());
        }
        assertEquals("x", Files.readString(file));
    }

    @Test
    void badRunsLeaveNothingBehind() throws IOException {
        MemoryDataset five = new MemoryDataset(
                "five", List.of("a", "b", "c", "d", "e"), Blobs.SHAPE, new byte[64 * 20], new byte[20]);
        MemoryDataset one = new MemoryDataset("one", List.of("all"), Blobs.SHAPE, new byte[64 * 20], new byte[20]);
        MemoryDataset wide =
                new MemoryDataset("wide", Blobs.CLASSES, new ImageShape(1, 8, 9), new byte[72 * 20], new byte[20]);
        Object[][] cases = {
            {tiny("reference").batchSize(131), "the batch size is 131, but blobs (train) has 130 images"},
            {
                tiny("reference").data(one, one),
                "one has one class, 'all', so there is nothing to tell apart; put the samples of each class into"
            },
            {tiny("reference").data(five, five), "has 4 classes, five has 5; set classes to 5"},
            {tiny("reference").data(train, five), "five has the classes 'a', 'b'"},
            {tiny("reference").data(wide, wide), "takes [1, 8, 8], the images are 1x8x9; set img-size to 8x8"},
            {tiny("reference").data(train, wide), "bring them to one size with img-size"},
            {tiny("reference").set("num-classes", 7), "num-classes is 7, but blobs (train) has 4 classes"},
            {tiny("reference").optimizer("lion"), "no optimizer lion"},
            {tiny("reference").optimizer("adam").set("momentum", 0.5), "adam has no momentum"},
            {tiny("reference").optimizer("adam").set("nesterov", true), "nesterov is an option of sgd"},
            {tiny("reference").set("sched", "wavy"), "no schedule wavy"},
            {tiny("reference").set("min-lr", 5), "min-lr is 5.0, above lr"},
            {tiny("reference").set("clip-grad", 1).set("clip-mode", "soft"), "no clipping mode soft"},
            {tiny("reference").set("loss", "hinge"), "no loss hinge"},
            {tiny("reference").augmentation("shift=8"), "out of sight"},
            {tiny("abacus"), "there is no backend abacus"},
            {tiny("reference").set("initial-checkpoint", folder.resolve("none.safetensors")), "none.safetensors"},
        };
        for (Object[] c : cases) {
            VolutaException e = assertThrows(VolutaException.class, () -> ((Training) c[0]).run(), (String) c[1]);
            assertTrue(e.getMessage().contains((String) c[1]), e.getMessage());
        }
        assertEquals(Set.of(), files(folder));
    }

    @Test
    void foreignWeightsAreRefused() {
        Path other = tiny("reference").epochs(1).run().last();
        Training bigger = Training.of("lenet5")
                .data(train, test)
                .set("img-size", 28)
                .batchSize(16)
                .backend("reference")
                .output(folder)
                .set("initial-checkpoint", other);
        VolutaException e = assertThrows(VolutaException.class, bigger::run);
        assertTrue(e.getMessage().contains("which the network needs"), e.getMessage());
    }

    @Test
    void predictionsAreThoseOfTheNetwork() {
        TrainingResult result = tiny("onednn").run();
        int right = 0;
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < test.size(); i++) images.add(Image.of(test, i));
        try (Predictor one = Predictor.open(result.weights());
                Predictor many =
                        Predictor.open(result.weights(), "reference", BackendOptions.DEFAULT, Precision.F32, 16)) {
            List<Prediction> all = many.predict(images);
            assertEquals(test.size(), all.size());
            for (int i = 0; i < test.size(); i++) {
                Prediction p = one.predict(images.get(i));
                assertEquals(p.best().label(), all.get(i).best().label());
                assertEquals(p.probability(), all.get(i).probability(), 1e-4);
                double sum = p.guesses().stream()
                        .mapToDouble(Prediction.Guess::probability)
                        .sum();
                assertEquals(1, sum, 1e-9);
                if (p.className().equals(Blobs.CLASSES.get(test.label(i)))) right++;
            }
            // A larger picture in colour of the same thing.
            Image large = images.get(3).withChannels(3).fit(new ImageShape(3, 31, 40));
            assertSame(Blobs.CLASSES.size(), one.predict(large).guesses().size());
        }
        assertEquals(result.bestEpoch().orElseThrow().evaluation().top1(), right / 41.0, 1e-9);
    }

    @Test
    void validationCountsEachClass() {
        TrainingResult result = tiny("onednn").run();
        try (Validator validator = Validator.open(result.weights())) {
            Validation v = validator.validate(test);
            assertEquals(41, v.evaluation().images());
            assertEquals(
                    List.of(11L, 10L, 10L, 10L),
                    v.classes().stream().map(Validation.ClassAccuracy::images).toList());
            double right = v.classes().stream()
                    .mapToDouble(c -> c.accuracy() * c.images())
                    .sum();
            assertEquals(v.top1(), right / 41, 1e-9);
            assertEquals(1, v.evaluation().top5(), 1e-9);
            MemoryDataset five =
                    new MemoryDataset("five", List.of("a", "b", "c", "d", "e"), Blobs.SHAPE, new byte[64], new byte[1]);
            DataException e = assertThrows(DataException.class, () -> validator.validate(five));
            assertTrue(e.getMessage().contains("five has the classes 'a', 'b'"), e.getMessage());
        }
    }

    private static Set<String> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(f -> folder.relativize(f).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static void assertSameBits(Path a, Path b) {
        assertTrue(sameBits(a, b), a + " and " + b + " hold other weights");
    }

    private static boolean sameBits(Path a, Path b) {
        Checkpoint x = Checkpoint.load(a), y = Checkpoint.load(b);
        assertEquals(x.weights().keySet(), y.weights().keySet());
        return x.weights().keySet().stream()
                .allMatch(n ->
                        x.weights().get(n).bytes().equals(y.weights().get(n).bytes()));
    }

    private static final class Recorder implements TrainingListener {
        private final List<String> events = new ArrayList<>();

        @Override
        public void runStarted(RunStart run) {
            events.add("runStarted");
        }

        @Override
        public void epochStarted(int epoch) {
            events.add("epochStarted " + epoch);
        }

        @Override
        public void stepsLogged(StepReport steps) {
            events.add("stepsLogged " + steps.stepInEpoch());
        }

        @Override
        public void evaluationStarted(int epoch, int batches) {
            events.add("evaluationStarted " + batches);
        }

        @Override
        public void evaluationEnded(int epoch, Evaluation evaluation) {
            events.add("evaluationEnded " + (evaluation == null ? "-" : evaluation.images()));
        }

        @Override
        public void checkpointWritten(Path file, long step) {
            events.add("checkpointWritten " + file.getFileName());
        }

        @Override
        public void epochEnded(EpochReport epoch) {
            events.add("epochEnded " + epoch.epoch());
        }

        @Override
        public void notice(String sentence) {
            events.add("notice: " + sentence);
        }

        @Override
        public void runEnded(TrainingResult result) {
            events.add("runEnded");
        }

        @Override
        public void runFailed(Throwable failure) {
            events.add("runFailed");
        }
    }
}
