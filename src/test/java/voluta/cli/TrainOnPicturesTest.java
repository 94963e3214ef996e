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

    /** IDX files have numbers, which the map names: what is trained with names is measured with them. */
    @Test
    void aClassMapNamesTheNumbersOfIdxFilesForEveryCommand() throws IOException {
        Path data = TinyData.write(folder.resolve("idx")), network = TinyData.network(folder.resolve("net.yaml"));
        Path map = Files.writeString(folder.resolve("map.txt"), "low\nhigh\nc\nd\ne\nf\ng\nh\ni\nj\n");
        Outcome train = Outcome.of(
                        "train",
                        "--data-dir=" + data,
                        "--val-split=test",
                        "--max-bad=2%",
                        "--class-map=" + map,
                        "--model=" + network,
                        "-b=8",
                        "--epochs=3",
                        "--output=" + folder.resolve("runs"))
                .succeeded();
        String next = " --data-dir " + data + " --split test --class-map " + map + " --max-bad 2%";
        assertTrue(train.out().lines().anyMatch(l -> l.startsWith("next ") && l.endsWith(next)), train.out());
        String run = "--checkpoint=" + folder.resolve("runs/train");
        Outcome val = Outcome.of("val", run, "--data-dir=" + data, "--class-map=" + map, "--json");
        assertEquals(1.0, val.succeeded().lastJson().get("top1").asDouble());
        assertEquals("low", val.json().get(0).get("class").asText());
        // Without it they are numbers, which the network does not know.
        Outcome.of("val", run, "--data-dir=" + data).failed(ExitCode.MODEL_OR_DATA, "'0', '1'", "--class-map");
        Outcome.of("val", run, "--data-dir=" + data, "--class-map=" + folder.resolve("none.txt"))
                .failed(ExitCode.MODEL_OR_DATA, "none.txt");
    }

    @Test
    void valSkipsAsManyPicturesAsItIsTold() throws IOException {
        train().succeeded();
        Files.write(folder.resolve("data/val/light/3.png"), new byte[0]);
        String run = "--checkpoint=" + folder.resolve("runs/train"), data = "--data-dir=" + folder.resolve("data");
        Outcome.of("val", run, data).failed(ExitCode.MODEL_OR_DATA, "1 of 10", "3.png is empty", "--max-bad");
        assertEquals(
                9,
                Outcome.of("val", run, data, "--max-bad=10%", "--json")
                        .succeeded()
                        .lastJson()
                        .get("images")
                        .asInt());
        Outcome.of("val", run, data, "--max-bad=many").failed(ExitCode.USAGE, "max-bad is 'many'");
    }
}
