package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentCommandTest {
    @TempDir
    private Path folder;

    @Test
    void writesFilesAndSaysWhatTheyHold() throws IOException {
        Path to = folder.resolve("new/clipping");
        Outcome o = Outcome.of(
                        "experiment",
                        "clipping",
                        "--quick",
                        "--steps=3",
                        "--threads=1",
                        "--output",
                        to.toString(),
                        "--json")
                .succeeded();
        List<JsonNode> records = o.json();
        JsonNode result = o.lastJson();
        assertEquals("experiment", result.get("event").asText());
        assertEquals("clipping", result.get("experiment").asText());
        List<String> csv = Files.readAllLines(to.resolve("clipping.csv"));
        assertEquals("mode,limit,seed,steps,diverged,largest_norm,clipped,accuracy", csv.get(0));
        assertEquals(csv.size(), records.size(), "a record a row, and the last one");
        assertEquals("none", records.get(0).get("mode").asText());
        assertEquals(3, records.get(0).get("steps").asInt());
        for (JsonNode file : result.get("files")) assertTrue(Files.size(Path.of(file.asText())) > 0, file.asText());
        assertTrue(ImageIO.read(to.resolve("clipping.png").toFile()).getWidth() > 900);
        String text = Files.readString(to.resolve("conclusion.txt"));
        for (JsonNode sentence : result.get("conclusion")) assertTrue(text.contains(sentence.asText()), text);
        assertTrue(o.err().contains("5/5  adaptive clipping"), o.err());
    }

    @Test
    void refusesWhatMakesNoSense() throws IOException {
        Outcome.of("experiment", "poolling").failed(ExitCode.USAGE, "no experiment poolling", "did you mean pooling?");
        Outcome.of("experiment").failed(ExitCode.USAGE, "NAME");
        Outcome.of("experiment", "1x1", "--steps=0").failed(ExitCode.USAGE, "0 steps learn nothing");
        Outcome.of("experiment", "1x1", "--seeds=-1").failed(ExitCode.USAGE, "-1 seeds give no numbers");
        Outcome.of("experiment", "1x1", "--theme=pink").failed(ExitCode.USAGE, "pink");
        Path file = Files.writeString(folder.resolve("file"), "x");
        Outcome.of("experiment", "1x1", "--quick", "--output", file.toString())
                .failed(
                        ExitCode.MODEL_OR_DATA,
                        file + " cannot be made (" + file + " is a file)",
                        "choose another one");
        Path to = folder.resolve("none");
        Outcome.of("experiment", "1x1", "--quick", "--backend=abacus", "--output", to.toString())
                .failed(ExitCode.DEVICE, "abacus");
        assertFalse(Files.exists(to.resolve("1x1.csv")));
    }
}
