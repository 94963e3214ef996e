package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code train} and {@code val} leave for people to look at. */
class ReportFilesTest {
    private static final List<String> OF_IMAGES =
            List.of("report.html", "predictions.csv", "confusion_matrix.png", "val_batch0_pred.png");

    @TempDir
    private Path folder;

    @Test
    void trainAndValWriteTheSameReport() throws IOException {
        String data = TinyData.write(folder.resolve("data")).toString();
        String network = TinyData.network(folder.resolve("tiny.yaml")).toString();
        String runs = folder.resolve("runs").toString();
        Outcome train = Outcome.of(
                "train",
                "--model",
                network,
                "--data-dir",
                data,
                "-b",
                "8",
                "--epochs",
                "2",
                "--output",
                runs,
                "--json");
        Path run = folder.resolve("runs/train");
        assertEquals(
                run.resolve("report.html").toString(),
                train.succeeded().lastJson().get("report").asText());
        for (String name : OF_IMAGES) assertTrue(Files.size(run.resolve(name)) > 100, name);
        assertTrue(Files.size(run.resolve("results.png")) > 1000);
        assertTrue(Files.isDirectory(run.resolve("tensorboard")));

        Path to = folder.resolve("val/deep");
        Outcome.of("val", "--checkpoint", run.toString(), "--data-dir", data, "--output", to.toString())
                .succeeded();
        for (String name : OF_IMAGES) assertTrue(Files.size(to.resolve(name)) > 100, name);
        assertEquals(-1, Files.mismatch(run.resolve("predictions.csv"), to.resolve("predictions.csv")));

        Outcome again = Outcome.of("train", "--resume", run.toString());
        assertTrue(again.succeeded().err().contains("the run is finished"), again.err());
        assertFalse(again.err().contains("the report"), again.err());
    }
}
