package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Availability;
import voluta.backend.Backends;
import voluta.checkpoint.Checkpoint;
import voluta.data.MemoryDataset;
import voluta.model.Model;
import voluta.model.NetworkDescription;
import voluta.tensor.HostTensor;

/** A step of several batches is the step of the one large batch that they make up. */
class AccumulationTest {
    @TempDir
    Path folder;

    private final List<String> notices = new ArrayList<>();
    private final MemoryDataset train = Blobs.data("blobs (train)", 130, 1);
    private final MemoryDataset test = Blobs.data("blobs (test)", 41, 2);

    /** Without anything in which the samples of a batch meet; the activation has no kink at which rounding decides. */
    private static NetworkDescription apart() {
        return Model.named("apart")
                .input(1, 8, 8)
                .classes(4)
                .conv(6, 3)
                .with("padding", 1)
                .activation("silu")
                .avgPool(2)
                .flatten()
                .linear()
                .build();
    }

    private Training run(NetworkDescription network, String backend, int batch, int batches) {
        boolean works = Backends.probe().stream()
                .anyMatch(
                        c -> c.provider().name().equals(backend) && c.availability() instanceof Availability.Available);
        assumeTrue(works, backend + " does not work here");
        return Training.of(network)
                .data(train, test)
                .backend(backend)
                .output(folder)
                .set("experiment", "run-" + batch + "x" + batches)
                .batchSize(batch)
                .gradAccumSteps(batches)
                .epochs(3)
                .optimizer("sgd")
                .learningRate(0.05)
                .set("warmup-epochs", 0.5)
                .set("log-interval", 3)
                .set("threads", 1)
                .listener(new TrainingListener() {
                    @Override
                    public void notice(String sentence) {
                        notices.add(sentence);
                    }
                });
    }

    @ParameterizedTest
    @CsvSource({
        "reference, sgd, norm, 1e-9",
        "reference, adamw, agc, 1e-6",
        "onednn, sgd, norm, 1e-5",
        "onednn, nesterov, agc, 1e-5",
        "onednn, adam, value, 1e-4",
        "onednn, adamw, parameter-norm, 1e-4",
        "onednn, rmsprop, norm, 1e-4",
        "onednn, adagrad, norm, 1e-4",
        "cuda, sgd, norm, 1e-5",
        "cuda, adamw, agc, 1e-4"
    })
    void equalsTheLargeBatch(String backend, String optimizer, String clip, double tolerance) {
        TrainingResult large = recipe(run(apart(), backend, 16, 1), optimizer, clip)
                .augmentation("shift=1,flip")
                .run();
        TrainingResult small = recipe(run(apart(), backend, 4, 4), optimizer, clip)
                .augmentation("shift=1,flip")
                .run();
        same(large, small, tolerance);
        assertEquals(
                List.of("each epoch leaves out 2 of 130 images, others each time, since they do not fill a step of 4"
                        + " batches of 4"),
                notices.subList(1, notices.size()),
                "augmentation is by image, so nothing differs");
    }

    /** What few digits round does not depend on the batch, but for the gradients of the weights. */
    @ParameterizedTest
    @CsvSource({"onednn, bfloat16", "cuda, bfloat16", "cuda, float16"})
    void equalsTheLargeBatchInMixedPrecision(String backend, String type) {
        TrainingResult large = mixed(run(apart(), backend, 16, 1), type).run();
        TrainingResult small = mixed(run(apart(), backend, 4, 4), type).run();
        same(large, small, 0.02);
    }

    private static Training mixed(Training run, String type) {
        return run.set("amp", true).set("amp-dtype", type).epochs(1);
    }

    private static Training recipe(Training run, String optimizer, String clip) {
        double limit = clip.equals("norm") ? 0.5 : 0.05;
        boolean sgd = optimizer.equals("sgd") || optimizer.equals("nesterov");
        return run.optimizer(optimizer)
                .learningRate(sgd ? 0.05 : 0.003)
                .set("clip-mode", clip)
                .set("clip-grad", limit)
                .set("model-ema", 0.9);
    }

    private static void same(TrainingResult large, TrainingResult small, double tolerance) {
        assertEquals(large.steps(), small.steps());
        Checkpoint a = Checkpoint.load(large.last()), b = Checkpoint.load(small.last());
        near(a.weights(), b.weights(), tolerance);
        assertEquals(a.state().keySet(), b.state().keySet(), "between two steps there is nothing to add up");
        a.state().forEach((group, tensors) -> near(tensors, b.state(group), tolerance));
        for (int i = 0; i < large.epochs().size(); i++) {
            EpochReport x = large.epochs().get(i), y = small.epochs().get(i);
            assertEquals(x.step(), y.step());
            assertEquals(x.learningRate(), y.learningRate());
            assertEquals(x.loss(), y.loss(), tolerance * x.loss());
            assertEquals(x.gradientNorm(), y.gradientNorm(), tolerance * 10 * x.gradientNorm());
            assertEquals(x.maxGradientNorm(), y.maxGradientNorm(), tolerance * 10 * x.maxGradientNorm());
            assertEquals(x.clippedShare(), y.clippedShare(), "how many steps were clipped");
        }
    }

    /** By the relative norm of each tensor's difference. */
    private static void near(Map<String, HostTensor> a, Map<String, HostTensor> b, double tolerance) {
        assertEquals(a.keySet(), b.keySet());
        a.forEach((name, tensor) -> {
            double[] x = tensor.toDoubles(), y = b.get(name).toDoubles();
            double distance = 0, size = 0;
            for (int i = 0; i < x.length; i++) {
                distance += (x[i] - y[i]) * (x[i] - y[i]);
                size += x[i] * x[i];
            }
            double error = Math.sqrt(distance / Math.max(size, 1e-12));
            assertTrue(error <= tolerance, name + " differs by " + error);
        });
    }

    @Test
    void moreBatchesAreNotMoreSteps() {
        TrainingResult one = run(apart(), "reference", 4, 1).run();
        TrainingResult four = run(apart(), "reference", 4, 4).run();
        assertEquals(3 * 32, one.steps());
        assertEquals(3 * 8, four.steps());
        assertNotEquals(
                Checkpoint.load(one.last()).weights().get("conv1.weight").bytes(),
                Checkpoint.load(four.last()).weights().get("conv1.weight").bytes());
    }

    @Test
    void saysWhereItDiffersFromTheLargeBatch() {
        run(Blobs.network().withDropout(0.2), "onednn", 4, 4)
                .set("mixup", 0.2)
                .epochs(1)
                .run();
        assertTrue(
                notices.contains("4 batches of 4 in a step are not quite one of 16: batch normalization takes its"
                        + " statistics from each batch; dropout draws other elements; images are mixed within each"
                        + " batch"),
                notices.toString());
        notices.clear();
        run(Blobs.network().withDropout(0.2), "onednn", 16, 1).epochs(1).run();
        assertTrue(notices.stream().noneMatch(n -> n.contains("not quite")), notices.toString());
    }

    /** The activations are those of one batch; the sums take what the gradients took. */
    @ParameterizedTest
    @ValueSource(strings = {"onednn", "cuda"})
    void takesTheMemoryOfOneBatch(String backend) {
        long one = run(apart(), backend, 16, 1).trainer().rehearse().memoryBytes();
        Rehearsal four = run(apart(), backend, 16, 4).trainer().rehearse();
        long large = run(apart(), backend, 64, 1).trainer().rehearse().memoryBytes();
        assertEquals(4, four.gradAccumSteps());
        assertEquals(2, four.stepsPerEpoch());
        long parameters = 4L * (6 * 9 + 6 + 96 * 4 + 4);
        // Each tensor begins at a multiple of 256 bytes, and a layout may be padded.
        assertTrue(four.memoryBytes() <= one + 4 * parameters + 4096, four.memoryBytes() + " for four, " + one);
        assertTrue(four.memoryBytes() < large / 2, four.memoryBytes() + " for four, " + large);
        assertTrue(four.plan().contains("end of the step, "), four.plan());
    }

    @Test
    void theMemoryDecidesAboutTheBatchAlone() {
        run(apart(), "onednn", 1, 3).set("batch-size", -1).epochs(1).run();
        assertTrue(
                notices.get(0).startsWith("the batch size is 4: ")
                        && notices.get(0).endsWith("10 steps in an epoch"),
                notices.toString());
    }

    @Test
    void refusesMoreThanThereIs() {
        TrainingException e = assertThrows(
                TrainingException.class, () -> run(apart(), "onednn", 16, 9).run());
        assertEquals(
                "the batch size is 16 and a step has 9 batches, but blobs (train) has 130 images; use a batch size of at"
                        + " most 14",
                e.getMessage());
        e = assertThrows(
                TrainingException.class, () -> run(apart(), "onednn", 1, 131).run());
        assertTrue(e.getMessage().endsWith("use a smaller grad-accum-steps"), e.getMessage());
        e = assertThrows(TrainingException.class, () -> run(apart(), "onednn", 1, 0));
        assertEquals("grad-accum-steps is 0; use 1 or more", e.getMessage());
    }

    /** The sums of the gradients and of the loss, not finite by then, are not what is blamed. */
    @Test
    void namesTheStepAndTheLayerThatWentWrong() {
        TrainingException e = assertThrows(
                TrainingException.class,
                () -> run(apart(), "onednn", 4, 4)
                        .learningRate(1e30)
                        .set("warmup-epochs", 0)
                        .run());
        assertTrue(e.getMessage().contains("at epoch 1, step 2; "), e.getMessage());
        assertTrue(e.getMessage().contains("; linear1 is the first op that gives infinity; "), e.getMessage());
    }
}
