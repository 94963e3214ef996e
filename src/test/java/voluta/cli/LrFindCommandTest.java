package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LrFindCommandTest {
    @TempDir
    Path folder;

    @Test
    void tablePictureAndSuggestion() throws IOException {
        String data = TinyData.write(folder.resolve("data")).toString();
        String network = TinyData.network(folder.resolve("tiny.yaml")).toString();
        String[] arguments = {
            "lr-find",
            "--model",
            network,
            "--data-dir",
            data,
            "-b",
            "8",
            "--opt",
            "sgd",
            "--steps",
            "60",
            "--first-lr",
            "1e-4",
            "--last-lr",
            "1000",
            "--output",
            folder.resolve("runs").toString(),
            "--json"
        };
        List<JsonNode> records = Outcome.of(arguments).succeeded().json();
        JsonNode result = records.get(records.size() - 1);
        assertEquals("lr_find", result.get("event").asText());
        assertEquals(records.size() - 1, result.get("steps").asInt());
        Path written = folder.resolve("runs").resolve("lr-find");
        assertEquals(
                records.size(),
                Files.readAllLines(written.resolve("lr_find.csv")).size());
        BufferedImage picture = ImageIO.read(written.resolve("lr_find.png").toFile());
        assertEquals(960, picture.getWidth());
        arguments[arguments.length - 1] = "--verbose";
        Outcome o = Outcome.of(arguments).succeeded();
        assertTrue(o.out().contains("suggestion  --lr ") || o.out().contains("no suggestion"), o.out());
        assertTrue(o.out().contains("lr_find.png"), o.out());
    }

    @Test
    void refusesRangesAndOptionsThatAreNone() {
        Outcome.of("lr-find", "--steps", "3").failed(ExitCode.USAGE, "a test of 3 steps says nothing");
        Outcome.of("lr-find", "--first-lr", "1", "--last-lr", "0.1").failed(ExitCode.USAGE, "larger last one");
        Outcome.of("lr-find", "--lr", "fast").failed(ExitCode.USAGE, "lr expects a number");
    }
}
