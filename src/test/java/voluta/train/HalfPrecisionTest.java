package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.DeviceException;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.checkpoint.Checkpoint;
import voluta.data.MemoryDataset;
import voluta.optim.LossScale;
import voluta.tensor.HostTensor;

/** Training in f16 with a loss scale: skipped steps, resuming, what ends it. */
class HalfPrecisionTest {
    @TempDir
    Path folder;

    private final MemoryDataset train = Blobs.data("blobs (train)", 130, 1);
    private final MemoryDataset test = Blobs.data("blobs (test)", 41, 2);

    private Training run(String name, String backend) {
        return Training.of(Blobs.network())
                .data(train, test)
                .backend(backend)
                .output(folder)
                .set("experiment", name)
                .set("amp", true)
                .set("amp-dtype", "float16")
                .batchSize(16)
                .epochs(2)
                .optimizer("adam")
                .learningRate(0.01)
                .set("clip-grad", 1)
                .set("model-ema", 0.9)
                .set("log-interval", 1)
                .set("deterministic", true)
                .set("threads", 1)
                .listener(new TrainingListener() {});
    }

    /** So high that the first steps overflow, and again after every few good ones. */
    private static Training overflowing(Training run) {
        return run.set("loss-scale", 0x1p22).set("loss-scale-interval", 3);
    }

    private static long skipped(TrainingResult result) {
        return result.epochs().stream().mapToLong(EpochReport::skippedSteps).sum();
    }

    @Test
    void learnsAsInF32() {
        SimulatedDevice.assume();
        TrainingResult exact = run("f32", "cuda").set("amp", false).run();
        TrainingResult half = run("f16", "cuda").run();
        for (int e = 0; e < 2; e++) {
            double loss = exact.epochs().get(e).loss();
            assertEquals(loss, half.epochs().get(e).loss(), 0.02 * loss, "epoch " + (e + 1));
        }
        assertEquals(0, skipped(half));
        assertEquals(65536, half.epochs().get(1).lossScale());
        assertEquals(1, exact.epochs().get(1).lossScale());
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cuda"})
    void goesOnWithTheSameBitsAlsoRightAfterASkippedStep(String backend) throws IOException {
        if (backend.equals("cuda")) SimulatedDevice.assume();
        TrainingResult whole = overflowing(run("whole", backend)).run();
        long all = skipped(whole);
        // the reference computes in double, where nothing overflows: there the scale is only doubled
        boolean some = backend.equals("cuda") ? all > 1 && all < whole.steps() - 4 : all == 0;
        assertTrue(some, all + " of " + whole.steps() + " steps were skipped");
        Training parts = overflowing(run("parts", backend));
        for (int step : new int[] {1, 2, 7, 12}) { // the first and the second step are skipped
            ResumeTest.stopAfter(parts, step);
            parts = Training.resume(ResumePoint.at(folder.resolve("parts"))).data(train, test);
        }
        TrainingResult last = parts.listener(new TrainingListener() {}).run();
        same(Checkpoint.load(whole.last()), Checkpoint.load(last.last()));
        for (int e = 0; e < 2; e++) {
            EpochReport x = whole.epochs().get(e), y = last.epochs().get(e);
            assertEquals(x.skippedSteps(), y.skippedSteps());
            assertEquals(x.lossScale(), y.lossScale());
            assertEquals(x.gradientNorm(), y.gradientNorm());
            assertEquals(x.loss(), y.loss());
        }
        List<String> rows = Files.readAllLines(last.folder().resolve("results.csv"));
        int column = List.of(rows.get(0).split(",")).indexOf("skipped_steps");
        assertEquals(
                Long.toString(whole.epochs().get(0).skippedSteps()), rows.get(1).split(",")[column]);
    }

    private static void same(Checkpoint a, Checkpoint b) {
        same(a.weights(), b.weights());
        assertEquals(a.state().keySet(), b.state().keySet());
        assertTrue(a.state(Checkpoint.OPTIMIZER).keySet().containsAll(LossScale.STATES));
        a.state().forEach((group, tensors) -> same(tensors, b.state(group)));
    }

    private static void same(Map<String, HostTensor> a, Map<String, HostTensor> b) {
        assertEquals(a.keySet(), b.keySet());
        a.forEach((name, tensor) -> assertEquals(tensor.bytes(), b.get(name).bytes(), name));
    }

    /** A new run with the weights of another begins with a scale of its own. */
    @Test
    void weightsBringNoScale() {
        TrainingResult first =
                run("first", "reference").set("loss-scale", 1024).epochs(1).run();
        assertEquals(1024, first.epochs().get(0).lossScale());
        TrainingResult second = run("second", "reference")
                .set("initial-checkpoint", first.last())
                .epochs(1)
                .run();
        assertEquals(65536, second.epochs().get(0).lossScale());
        Map<String, HostTensor> state = Checkpoint.load(second.last()).state(Checkpoint.OPTIMIZER);
        assertEquals(second.steps(), (long) state.get(LossScale.APPLIED).scalar());
    }

    /** What was saved in another precision cannot go on in this one: its bits would not be those of one run. */
    @Test
    void aRunKeepsItsPrecision() {
        ResumeTest.stopAfter(run("run", "reference"), 3);
        TrainingException e = assertThrows(
                TrainingException.class,
                () -> Training.resume(ResumePoint.at(folder.resolve("run")))
                        .data(train, test)
                        .set("amp-dtype", "bfloat16")
                        .run());
        assertTrue(e.getMessage().contains("amp-dtype was float16 and is now bfloat16"), e.getMessage());
    }

    @Test
    void isRefusedWhereItDoesNotWork() {
        DeviceException e =
                assertThrows(DeviceException.class, () -> run("run", "onednn").run());
        assertEquals(
                "the backend onednn stores activations in f32 or bf16, not in f16; choose one of these, or --backend"
                        + " cuda, which has them all",
                e.getMessage());
        assertEquals(
                "there is no mixed precision with float8; --amp-dtype is bfloat16 or float16",
                assertThrows(TrainingException.class, () -> run("run", "cuda").set("amp-dtype", "float8"))
                        .getMessage());
    }

    /** The run begins below the floor, to which a few dozen steps in a row without a finite gradient would lead. */
    @Test
    void endsWhereNoScaleHelps() {
        TrainingException e = assertThrows(
                TrainingException.class,
                () -> run("run", "reference")
                        .set("loss-scale", LossScale.LEAST / 2)
                        .run());
        assertEquals(
                "the loss scale fell to 6.1035156E-5 at epoch 1, step 1: the gradients were NaN or infinite whatever it"
                        + " was, and 0 steps of the run changed nothing; no checkpoint had been written yet; try"
                        + " --amp-dtype bfloat16, or a lower --lr",
                e.getMessage());
    }
}
