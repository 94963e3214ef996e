package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The worked examples of one and three dimensions, from the data to the prediction. */
class ArrayCommandsTest {
    private static final List<String> WRITTEN = List.of(
            "report.html",
            "results.png",
            "confusion_matrix.png",
            "train_batch0.png",
            "val_batch0_pred.png",
            "predictions.csv");

    @TempDir
    private Path folder;

    private String made(String kind) {
        Path data = folder.resolve("data");
        Outcome.of("make-example", kind, data.toString()).succeeded();
        return data.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"signal", "volume"})
    void fromTheDataToThePrediction(String kind) throws Exception {
        String data = made(kind), runs = folder.resolve("runs").toString();
        Outcome check = Outcome.of("check-data", "--data-dir", data).succeeded();
        String shape = kind.equals("signal") ? "[1, 128]" : "[1, 16, 16, 16]";
        assertTrue(check.out().contains("shape       " + shape), check.out());
        assertTrue(check.out().contains("\n0 arrays are twice in "), check.out());
        Outcome trained = Outcome.of(
                        "train",
                        "--data-dir",
                        data,
                        "--model",
                        "docs/examples/" + kind + ".yaml",
                        "-b",
                        "16",
                        "--max-steps",
                        "3",
                        "--output",
                        runs,
                        "--backend",
                        "onednn")
                .succeeded();
        String said = trained.out() + trained.err();
        assertTrue(said.contains(" samples to train on") && said.contains(" samples/s"), said);
        assertFalse(said.contains("images"), said);
        Path run = folder.resolve("runs").resolve("train");
        for (String file : WRITTEN) assertTrue(Files.size(run.resolve(file)) > 0, file);
        JsonNode val = Outcome.of("val", "--checkpoint", run.toString(), "--data-dir", data, "--json")
                .succeeded()
                .lastJson();
        assertEquals(kind.equals("signal") ? 200 : 80, val.get("images").asInt());
        String some = data + (kind.equals("signal") ? "/validation.csv" : "/validation/cross");
        List<JsonNode> guesses = Outcome.of("predict", "--checkpoint", run.toString(), some, "--json")
                .succeeded()
                .json();
        assertEquals(kind.equals("signal") ? 200 : 20, guesses.size());
        assertTrue(
                guesses.get(0).get("probability").asDouble() >= 0.25,
                guesses.get(0).toString());
        wrongData(data, run, runs, kind);
    }

    private void wrongData(String data, Path run, String runs, String kind) throws Exception {
        Outcome.of("val", "--checkpoint", run.toString()).failed(ExitCode.MODEL_OR_DATA, "classes");
        Outcome.of("train", "--data-dir", data, "--output", runs)
                .failed(ExitCode.MODEL_OR_DATA, "lenet5", "[1, 28, 28]", "holds arrays of");
        Outcome.of(
                        "train",
                        "--data-dir",
                        data,
                        "--model",
                        "docs/examples/" + kind + ".yaml",
                        "--img-size",
                        "32",
                        "--output",
                        runs)
                .failed(ExitCode.MODEL_OR_DATA, "img-size is 32", "not scaled");
        Outcome.of(
                        "train",
                        "--data-dir",
                        data,
                        "--model",
                        "docs/examples/" + kind + ".yaml",
                        "--aa",
                        "flip",
                        "--output",
                        runs)
                .failed(ExitCode.MODEL_OR_DATA, "use the augmentation none instead of flip");
        Path other = Files.writeString(folder.resolve("other.csv"), "a,b\n1,2\n");
        Outcome.of("predict", "--checkpoint", run.toString(), other.toString())
                .failed(ExitCode.MODEL_OR_DATA, "other.csv, row 2 has the shape [2], the network takes");
        Path picture = Files.write(folder.resolve("a.png"), new byte[10]);
        Outcome.of("predict", "--checkpoint", run.toString(), picture.toString())
                .failed(ExitCode.MODEL_OR_DATA, "a.png is not an array");
    }

    @Test
    void examplesGoIntoNewFoldersOnly() throws Exception {
        Files.writeString(folder.resolve("mine.txt"), "x");
        Outcome.of("make-example", "signal", folder.toString()).failed(ExitCode.MODEL_OR_DATA, "is not empty");
        Outcome.of("make-example", "signals", folder.resolve("new").toString())
                .failed(ExitCode.USAGE, "'signals'", "did you mean signal?");
    }
}
