package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.backend.Precision;
import voluta.data.Augmentation;
import voluta.data.Split;
import voluta.tensor.VolutaException;

class TrainingConfigTest {
    @TempDir
    Path folder;

    @Test
    void optionsAreNamedAfterTheComponents() {
        assertTrue(
                TrainingConfig.options().contains("batch-size"),
                TrainingConfig.options().toString());
        assertEquals(
                TrainingConfig.options(),
                TrainingConfig.DEFAULTS.values().keySet().stream().toList());
    }

    @Test
    void everyKindOfValueIsRead() {
        TrainingConfig c = TrainingConfig.DEFAULTS
                .with("model", "net.yaml")
                .with("data-dir", "/data/x")
                .with("train_split", "test")
                .with("augmentation", "shift=2,flip")
                .with("max-steps", "12")
                .with("opt-betas", "0.8, 0.9")
                .with("clip-grad", "1.5")
                .with("seed", "-5")
                .with("amp", "true")
                .with("eval-metric", "loss")
                .with("patience", "3");
        assertEquals("net.yaml", c.model());
        assertEquals(Optional.of(Path.of("/data/x")), c.dataDir());
        assertEquals(Split.TEST, c.trainSplit());
        assertEquals(Augmentation.parse("shift=2,flip"), c.augmentation());
        assertEquals(Optional.of(12L), c.maxSteps());
        assertEquals(0.9, c.optBetas().orElseThrow().get(1));
        assertEquals(Optional.of(1.5), c.clipGrad());
        assertEquals(-5, c.seed());
        assertEquals(Precision.BF16, c.precision());
        assertEquals(EvalMetric.LOSS, c.evalMetric());
        assertEquals(Optional.empty(), c.with("patience", null).patience());
        assertEquals(Optional.empty(), c.with("data-dir", "null").dataDir());
    }

    @Test
    void writtenAndReadItIsEqual() throws IOException {
        TrainingConfig c = TrainingConfig.DEFAULTS
                .with("data-dir", "/data/it's here: yes, # really")
                .with("experiment", "007")
                .with("model", "true")
                .with("img-size", "32x48")
                .with("opt-betas", "0.8,0.95")
                .with("lr", "1e-4")
                .with("seed", String.valueOf(Long.MIN_VALUE));
        Path file = Files.writeString(folder.resolve("args.yaml"), c.toYaml());
        assertEquals(c, TrainingConfig.DEFAULTS.withFile(file), c.toYaml());
    }

    @Test
    void aFileChangesOnlyWhatItNames() throws IOException {
        Path file = Files.writeString(folder.resolve("small.yaml"), "# mine\nepochs: 2\nopt-betas: [0.5, 0.6]\n");
        TrainingConfig c = TrainingConfig.DEFAULTS.with("seed", "9").withFile(file);
        assertEquals(2, c.epochs());
        assertEquals(9, c.seed());
        assertEquals(0.6, c.optBetas().orElseThrow().get(1));
        assertEquals(
                TrainingConfig.DEFAULTS, TrainingConfig.DEFAULTS.withFile(Files.createFile(folder.resolve("e.yaml"))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            epochs: 2\\nepohs: 3       | :2: there is no option epohs
            epochs: many               | :1: epochs expects a whole number, got 'many'
            epochs: 0                  | :1: epochs is 0; use 1 or more
            output: "a\\0b"            | :1: output cannot be a path here (Nul character not allowed
            lr: -1                     | :1: lr is -1.0
            lr: .nan                   | :1: lr expects a number
            model:                     | :1: model needs a value
            epochs: 2\\nepochs: 3      | :2: epochs is given twice
            epochs: {a: 1}             | :1: epochs expects a word, a number or a list
            - epochs                   | a file of options has lines such as
            epochs: [2                 | this is not YAML
            amp: yes                   | :1: amp expects true or false, got 'yes'
            eval-metric: f1            | :1: there is no metric 'f1'
            augmentation: spin         | :1: the augmentation 'spin' has an unknown step
            train-split: a/b           | :1: there is no split named 'a/b'
            max-bad: much              | :1: max-bad is 'much'
            max-bad: 101%              | :1: max-bad is 1.01
            opt-betas: 0.9             | :1: opt-betas expects two numbers
            decay-milestones: 6,3      | :1: decay-milestones is [6.0, 3.0]; use epochs above 0 that ascend
            decay-milestones: 0        | :1: decay-milestones is [0.0]
            momentum: 1                | :1: momentum is 1.0; use 0 or more, below 1
            clip-grad: 0               | :1: clip-grad is 0.0
            img-size: big              | :1: img-size is 'big'
            experiment: ../x           | :1: the experiment '../x' cannot be the name of a folder
            """)
    void mistakesAreNamedWithTheirPlace(String text, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("bad.yaml"), text.replace("\\n", "\n") + "\n");
        VolutaException e = assertThrows(VolutaException.class, () -> TrainingConfig.DEFAULTS.withFile(file));
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertTrue(e.getMessage().contains("bad.yaml"), e.getMessage());
    }

    @Test
    void aMissingFileIsNamed() {
        Path file = folder.resolve("missing.yaml");
        VolutaException e = assertThrows(TrainingException.class, () -> TrainingConfig.DEFAULTS.withFile(file));
        assertTrue(e.getMessage().contains("missing.yaml does not exist"), e.getMessage());
    }
}
