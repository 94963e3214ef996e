package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.ModelDescription;
import voluta.data.TestPictures;
import voluta.model.Model;

/** Mean and deviation of the pixels are computed when a run begins, and not again while the pictures are what they were. */
class StatisticsOfARunTest {
    private static final List<Double> MEAN = List.of(0.25, 0.5, 0.75), STD = List.of(1.0, 2.0, 3.0);

    @TempDir
    Path folder;

    /** With a cache, which knows without waiting that files have not changed. */
    private Training training() {
        for (int i = 0; i < 12; i++) picture(i, 60 * i);
        return Training.of(Model.named("tiny")
                        .input(3, 8, 8)
                        .classes(2)
                        .conv(2, 3)
                        .flatten()
                        .linear()
                        .build())
                .data(folder.resolve("data"))
                .set("cache-dir", folder.resolve("cache").toString())
                .set("experiment", "run")
                .backend("reference")
                .output(folder)
                .batchSize(4)
                .epochs(1)
                .listener(new TrainingListener() {});
    }

    private void picture(int number, int seed) {
        String split = number < 8 ? "train" : "val";
        Path file = folder.resolve("data/" + split + "/" + (number % 2 == 0 ? "even/" : "odd/") + number + ".png");
        TestPictures.write(file, TestPictures.photo(8, 8, seed), "png");
    }

    private RunData data(ResumePoint point) {
        return RunData.open(point.config(), point.network(point.config(), null), point);
    }

    @Test
    void theyAreTakenFromTheCheckpointUntilAPictureChanges() {
        TrainingResult result = training().run();
        Checkpoint last = Checkpoint.load(result.last());
        assertEquals(
                last.model().mean(),
                data(ResumePoint.at(result.folder())).pixels().mean());
        // Other figures in the checkpoint: proof that they are taken, not computed.
        ModelDescription m = last.model();
        ModelDescription other =
                new ModelDescription(m.network(), m.classNames(), m.inputShape(), MEAN, STD, m.framing());
        new Checkpoint(other, last.run(), last.weights(), last.state()).save(result.last());
        ResumePoint point = ResumePoint.at(result.folder());
        RunData data = data(point);
        assertEquals(MEAN, data.pixels().mean());
        assertEquals(STD, data.pixels().std());
        point.check(data);

        picture(3, 7);
        assertEquals(Optional.empty(), point.statistics(data(point).training()));
        TrainingException e = assertThrows(TrainingException.class, () -> point.check(data(point)));
        assertTrue(e.getMessage().contains("pixels of mean [0.25"), e.getMessage());
    }
}
