package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.data.TestPictures;

/** Folders of pictures through the whole program. */
class TrainOnPicturesTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void pictures() {
        for (int i = 0; i < 40; i++) {
            TestPictures.png(folder.resolve("data/train/dark/" + i + ".png"), 8, 8, i);
            TestPictures.png(folder.resolve("data/train/light/" + i + ".png"), 8, 8, 255 - i);
        }
        for (int i = 0; i < 10; i++) TestPictures.png(folder.resolve("data/val/light/" + i + ".png"), 8, 8, 250 - i);
    }

    private Outcome train(String... options) {
        List<String> all = new java.util.ArrayList<>(
                List.of("train", "--data-dir", folder.resolve("data").toString()));
        all.addAll(List.of(
                "--model",
                "mlp",
                "--epochs",
                "4",
                "-b",
                "8",
                "--output",
                folder.resolve("runs").toString()));
        all.addAll(List.of(options));
        return Outcome.of(all.toArray(String[]::new));
    }

    /** A class that the validation folder lacks would shift the labels of the others, and this accuracy would be 0. */
    @Test
    void classesAreMatchedByNameFromTrainingToPrediction() {
        train().succeeded();
        String run = folder.resolve("runs/train").toString();
        Outcome val = Outcome.of(
                "val", "--checkpoint", run, "--data-dir", folder.resolve("data").toString(), "--json");
        assertEquals(1.0, val.succeeded().lastJson().get("top1").asDouble());
        Outcome predict = Outcome.of(
                "predict",
                "--checkpoint",
                run,
                folder.resolve("data/train/dark/3.png").toString());
        assertTrue(predict.succeeded().out().contains("dark"), predict.out());
        TestPictures.png(folder.resolve("data/val/odd/1.png"), 8, 8, 3);
        train().failed(ExitCode.MODEL_OR_DATA, "'odd'");
    }

    @Test
    void badPicturesAreListedAndTooManyEndTheRun() throws IOException {
        Files.write(folder.resolve("data/train/dark/7.png"), new byte[50]);
        train().failed(ExitCode.MODEL_OR_DATA, "1 of 80", "--max-bad");
        train("--max-bad", "2%").succeeded();
        List<String> lines = Files.readAllLines(folder.resolve("runs/train/skipped.csv"));
        assertEquals(2, lines.size());
        assertTrue(lines.get(1).contains("7.png"), lines.get(1));
    }
}
