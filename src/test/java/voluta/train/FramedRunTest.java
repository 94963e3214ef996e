package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;
import voluta.checkpoint.ModelDescription;
import voluta.data.Dataset;
import voluta.data.Datasets;
import voluta.data.Split;
import voluta.data.TestPictures;
import voluta.model.Model;
import voluta.tensor.VolutaException;

/** {@code crop-pct} and {@code interpolation}: what was chosen for the training counts wherever its checkpoint is used. */
class FramedRunTest {
    @TempDir
    Path folder;

    private Training run() {
        for (int i = 0; i < 12; i++) {
            String split = i < 8 ? "train" : "val";
            Path file = folder.resolve("data/" + split + "/" + (i % 2 == 0 ? "even/" : "odd/") + i + ".png");
            TestPictures.write(file, TestPictures.photo(20 + i, 34 - i, 60 * i), "png");
        }
        return Training.of(Model.named("tiny")
                        .input(3, 8, 8)
                        .classes(2)
                        .conv(4, 3)
                        .relu()
                        .flatten()
                        .linear()
                        .build())
                .data(folder.resolve("data"))
                .backend("reference")
                .output(folder)
                .batchSize(4)
                .epochs(2)
                .augmentation("crop=0.5-1,flip")
                .set("img-size", "8")
                .set("crop-pct", "0.5")
                .set("interpolation", "bicubic");
    }

    private static double probability(Path checkpoint, Path picture) {
        try (Predictor predictor = Predictor.open(checkpoint)) {
            return predictor.predictFiles(List.of(picture)).get(0).guesses().stream()
                    .filter(g -> g.label() == 0)
                    .findFirst()
                    .orElseThrow()
                    .probability();
        }
    }

    @Test
    void theCheckpointFramesAsTheTrainingDid() {
        TrainingResult result = run().run();
        Checkpoint last = Checkpoint.load(result.last());
        assertEquals("0.5 bicubic", last.model().framing());
        double loss = result.epochs().get(1).evaluation().loss();
        Path picture = folder.resolve("data/val/even/8.png");
        try (Dataset data = Datasets.open(folder.resolve("data"), Split.VALIDATION);
                Validator validator = Validator.open(result.last())) {
            List<Judgement> judgements = new ArrayList<>();
            List<Double> probabilities = new ArrayList<>();
            Validation validation = validator.validate(data, j -> {
                judgements.add(j);
                probabilities.add(j.probability(0));
            });
            assertEquals(loss, validation.evaluation().loss(), 1e-6);
            assertEquals(picture.toString(), data.describe(0));
            assertEquals(probabilities.get(0), probability(result.last(), picture), 1e-6);
        }
        ModelDescription m = last.model();
        for (String other : List.of("", "0.5 bilinear", "0.7 bicubic")) {
            Path file = folder.resolve("other.safetensors");
            ModelDescription changed =
                    new ModelDescription(m.network(), m.classNames(), m.inputShape(), m.mean(), m.std(), other);
            new Checkpoint(changed, last.run(), last.weights(), last.state()).save(file);
            double before = probability(result.last(), picture), now = probability(file, picture);
            assertTrue(Math.abs(before - now) > 1e-7, other + " makes no difference: " + now);
        }
        Path file = folder.resolve("bad.safetensors");
        ModelDescription bad =
                new ModelDescription(m.network(), m.classNames(), m.inputShape(), m.mean(), m.std(), "0.5 blurred");
        new Checkpoint(bad, last.run(), last.weights(), last.state()).save(file);
        String message = assertThrows(CheckpointException.class, () -> probability(file, picture))
                .getMessage();
        assertTrue(message.contains("'0.5 blurred'") && message.contains("bilinear, bicubic or lanczos"), message);
    }

    /** A run that goes on frames as it began. */
    @Test
    void aRunGoesOnAsItBegan() {
        TrainingResult result = run().epochs(1).run();
        VolutaException e = assertThrows(
                VolutaException.class,
                () -> Training.resume(ResumePoint.at(result.folder()))
                        .set("crop-pct", "0.9")
                        .epochs(2)
                        .run());
        assertTrue(e.getMessage().contains("crop-pct"), e.getMessage());
        assertTrue(Files.exists(result.last()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "crop-pct      | 0       | a crop-pct of 0.0 is not possible",
                "crop-pct      | 87.5    | a crop-pct of 87.5 is not possible",
                "crop-pct      | NaN     | a crop-pct of NaN is not possible",
                "crop-pct      | most    | expects a number",
                "interpolation | nearest | the interpolation 'nearest' is unknown; use bilinear, bicubic or lanczos",
            })
    void whatCannotBeIsRefused(String option, String value, String part) {
        VolutaException e = assertThrows(VolutaException.class, () -> TrainingConfig.DEFAULTS.with(option, value));
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
