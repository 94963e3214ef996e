package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;
import voluta.data.Dataset;
import voluta.data.ImageShape;
import voluta.data.MemoryDataset;

/** A run that is asked to end saves and ends, whatever it waits for; one that cannot save says so. */
class StoppingTest {
    private static final Duration PROMISED = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private Training run(Dataset train, Dataset test) {
        return Training.of(Blobs.network())
                .data(train, test)
                .backend("reference")
                .output(folder)
                .batchSize(16)
                .epochs(3)
                .set("threads", 1)
                .listener(new TrainingListener() {});
    }

    /** Images up to some read come at once; then reading hangs, and an interrupt does not help, as on a dead file server. */
    private static final class Hanging implements Dataset {
        private final Dataset images;
        private final AtomicInteger left;
        private final CountDownLatch hangs = new CountDownLatch(1);
        private final CountDownLatch release = new CountDownLatch(1);

        Hanging(Dataset images, int good) {
            this.images = images;
            this.left = new AtomicInteger(good);
        }

        @Override
        public String name() {
            return images.name();
        }

        @Override
        public int size() {
            return images.size();
        }

        @Override
        public ImageShape imageShape() {
            return images.imageShape();
        }

        @Override
        public List<String> classNames() {
            return images.classNames();
        }

        @Override
        public int label(int index) {
            return images.label(index);
        }

        @Override
        public void read(int index, ByteBuffer target) {
            while (left.decrementAndGet() < 0 && release.getCount() > 0) {
                hangs.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    // As the kernel does with a read from a server that does not answer.
                }
            }
            images.read(index, target);
        }

        @Override
        public void close() {}
    }

    /** Stops a run once reading hangs; how it ended, as told before the data are closed. */
    private static TrainingResult stopWhenItHangs(Training training, Hanging data) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<TrainingResult> result = new AtomicReference<>();
        Trainer trainer = training.listener(new TrainingListener() {
                    @Override
                    public void runEnded(TrainingResult r) {
                        result.set(r);
                        ended.countDown();
                    }
                })
                .trainer();
        Thread thread = new Thread(trainer::run);
        thread.start();
        try {
            assertTrue(data.hangs.await(60, TimeUnit.SECONDS), "reading never hung");
            while (thread.getState() != Thread.State.TIMED_WAITING) Thread.sleep(1); // it waits for data too
            Thread.sleep(200); // not for a moment only
            trainer.stop();
            assertTrue(ended.await(PROMISED.toSeconds(), TimeUnit.SECONDS), "it waits for the data");
        } finally {
            data.release.countDown();
            thread.join();
        }
        return result.get();
    }

    @Test
    void whileWaitingForTrainingData() throws InterruptedException {
        // The statistics take 130 reads and a picture of the first batch some; then come those of the steps.
        Hanging data = new Hanging(Blobs.data("train", 130, 1), 130 + 16 + 128 + 40);
        TrainingResult result = stopWhenItHangs(run(data, Blobs.data("test", 41, 2)), data);
        assertTrue(result.stopped());
        assertTrue(result.steps() > 0 && result.steps() < 16, result.steps() + " steps");
        assertEquals(result.steps(), Checkpoint.load(result.last()).run().step());
    }

    /** What the batches of a step that has begun added up is kept, and the run that goes on ends with the same bits. */
    @ParameterizedTest
    @CsvSource({"1, 1", "1, 2", "4, 3", "5, 4", "9, 6", "23, 3"})
    void whileWaitingForABatchWithinAStep(int steps, int batches) throws InterruptedException {
        MemoryDataset train = Blobs.data("train", 130, 1), test = Blobs.data("test", 41, 2);
        TrainingResult whole =
                accumulating(train, test).set("experiment", "whole").run();
        Path folder = accumulating(train, test).set("max-steps", steps).run().folder();
        // The statistics take 130 reads.
        Hanging data = new Hanging(train, 130 + 4 * batches + 2);
        TrainingResult part = stopWhenItHangs(goOn(folder, data, test), data);
        Checkpoint stopped = Checkpoint.load(part.last());
        assertTrue(part.stopped());
        assertEquals(steps + batches / 4, part.steps());
        assertEquals(16 * (steps % 8) + 4 * batches, stopped.run().samplesIntoEpoch());
        assertEquals(batches % 4 == 0, stopped.state("accumulated").isEmpty());
        TrainingResult rest = goOn(folder, train, test).run();
        ResumeTest.assertSameBits(whole.last(), rest.last(), false);
        assertEquals(24, rest.steps());
    }

    private static Training goOn(Path folder, Dataset train, Dataset test) {
        return Training.resume(ResumePoint.at(folder))
                .data(train, test)
                .set("max-steps", 24)
                .listener(new TrainingListener() {});
    }

    /** With dropout, batch statistics, mixing and an average of the weights: everything that a batch draws or changes. */
    private Training accumulating(Dataset train, Dataset test) {
        return Training.of(Blobs.network().withDropout(0.2))
                .data(train, test)
                .backend("onednn")
                .output(folder)
                .batchSize(4)
                .gradAccumSteps(4)
                .epochs(3)
                .optimizer("adamw")
                .augmentation("shift=1,flip")
                .set("mixup", 0.5)
                .set("clip-grad", 1)
                .set("model-ema", 0.9)
                .set("sched", "constant")
                .set("threads", 1)
                .listener(new TrainingListener() {});
    }

    /** As where a device is not waited for: the steps that are looked at are fine, one before them was not. */
    @Test
    void aStepThatWasNotLookedAtShowsInTheSums() {
        MemoryDataset train = Blobs.data("train", 130, 1), test = Blobs.data("test", 41, 2);
        Path last = run(train, test).set("max-steps", 3).run().last();
        Checkpoint written = Checkpoint.load(last);
        written.state("sums").get("training/loss_sum").fill(Double.NaN);
        written.save(last);
        TrainingException e = assertThrows(
                TrainingException.class,
                () -> Training.resume(ResumePoint.at(last))
                        .data(train, test)
                        .set("max-steps", 6)
                        .listener(new TrainingListener() {})
                        .run());
        assertTrue(
                e.getMessage()
                        .startsWith(
                                "the loss stopped being a number at epoch 1, within the 20 steps or fewer before step 6;"
                                        + " the last good weights are in " + last),
                e.getMessage());
    }

    @Test
    void whileWaitingForEvaluationData() throws InterruptedException {
        Hanging data = new Hanging(Blobs.data("test", 41, 2), 20);
        TrainingResult result = stopWhenItHangs(run(Blobs.data("train", 130, 1), data), data);
        assertEquals(8, result.steps());
        assertEquals(128, Checkpoint.load(result.last()).run().samplesIntoEpoch());
        TrainingResult rest = Training.resume(ResumePoint.at(result.last()))
                .data(Blobs.data("train", 130, 1), Blobs.data("test", 41, 2))
                .listener(new TrainingListener() {})
                .run();
        assertEquals(3, rest.epochs().size());
    }

    @Test
    void aCheckpointThatCannotBeWrittenEndsTheRunAtTheNextStep() throws IOException {
        Path kept = folder.resolve("kept");
        CheckpointException e = assertThrows(
                CheckpointException.class,
                () -> run(Blobs.data("train", 130, 1), Blobs.data("test", 41, 2))
                        .epochs(100_000)
                        .listener(new TrainingListener() {
                            @Override
                            public void checkpointWritten(Path file, long step) {
                                if (step != 16 || !file.endsWith("last.safetensors")) return;
                                try {
                                    Files.move(file.getParent(), kept);
                                    Files.createFile(file.getParent());
                                } catch (IOException problem) {
                                    throw new AssertionError(problem);
                                }
                            }
                        })
                        .run());
        assertTrue(e.getMessage().contains("Not a directory"), e.getMessage());
        assertTrue(e.getMessage().contains("the last good one is "), e.getMessage());
        assertTrue(e.getMessage().matches(".*, of step \\d+; go on from it with --resume \\S+"), e.getMessage());
        assertFalse(e.getMessage().contains("no checkpoint had been written"), e.getMessage());
        assertTrue(Checkpoint.load(kept.resolve("last.safetensors")).run().step() >= 16);
    }
}
