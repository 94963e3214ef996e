package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small trained network through {@code convert}, and what comes out through the commands that use it. */
class ConvertCommandTest {
    @TempDir
    private static Path folder;

    private static String data;
    private static String run;

    @BeforeAll
    static void train() throws IOException {
        data = TinyData.write(folder.resolve("data")).toString();
        Path network = TinyData.network(folder.resolve("net.yaml"));
        Outcome.of(
                        "train",
                        "--data-dir",
                        data,
                        "--model",
                        network.toString(),
                        "-b",
                        "8",
                        "--epochs",
                        "1",
                        "--backend",
                        "reference",
                        "--output",
                        folder.resolve("runs").toString())
                .succeeded();
        run = folder.resolve("runs").resolve("train").toString();
    }

    private static Outcome convert(String... options) {
        List<String> all = new ArrayList<>(List.of("convert", run, "--backend", "reference"));
        all.addAll(List.of(options));
        return Outcome.of(all.toArray(String[]::new));
    }

    private static double loss(String checkpoint) {
        return Outcome.of("val", "--checkpoint", checkpoint, "--data-dir", data, "--backend", "reference", "--json")
                .succeeded()
                .lastJson()
                .get("loss")
                .asDouble();
    }

    private static List<String> kinds(String checkpoint) {
        return Outcome.of("inspect", checkpoint, "--json").succeeded().json().stream()
                .filter(r -> r.get("section").asText().equals("layers"))
                .map(r -> r.get("kind").asText())
                .toList();
    }

    @Test
    void fullyConnectedLayersBecomeConvolutionsAndTheLossStays() {
        String file = folder.resolve("conv.safetensors").toString();
        Outcome text = convert("--to", "conv", "-o", file).succeeded();
        assertTrue(text.out().contains("converted [linear1]") && text.out().contains("written to " + file), text.out());
        assertFalse(kinds(file).contains("Linear"), kinds(file).toString());
        assertEquals(loss(run), loss(file), 1e-6);
        JsonNode json =
                convert("--to", "conv", "-o", file, "--json").succeeded().lastJson();
        assertTrue(
                json.get("same").asBoolean() && json.get("largest_difference").asDouble() < 1e-5, json.toString());
        assertEquals("linear1", json.get("converted").get(0).asText());
    }

    @Test
    void convolutionsBecomeFullyConnectedLayersAndTheLossStays() {
        String file = folder.resolve("dense.safetensors").toString();
        JsonNode json = convert("--to", "linear", "--layer", "conv1", "-o", file, "--json")
                .succeeded()
                .lastJson();
        assertEquals("conv1", json.get("converted").get(0).asText());
        assertFalse(kinds(file).contains("Convolution"), kinds(file).toString());
        assertEquals(loss(run), loss(file), 1e-6);
    }

    @Test
    void convertedNetworksTakeLargerImages() {
        String file = folder.resolve("large.safetensors").toString();
        convert("--to", "conv", "--img-size", "12", "-o", file).succeeded();
        JsonNode total = Outcome.of("inspect", file, "--json").succeeded().lastJson();
        assertEquals("[1,12,12]", total.get("input").toString());
        // Small images are scaled up to the network's size: another loss, but one.
        assertTrue(loss(file) > 0);
        String map = folder.resolve("map.safetensors").toString();
        convert("--to", "conv", "--img-size", "12", "--map", "-o", map).succeeded();
        List<JsonNode> rows = Outcome.of("inspect", map, "--json").succeeded().json().stream()
                .filter(r -> r.get("section").asText().equals("layers"))
                .toList();
        assertEquals("[1,10,5,5]", rows.get(rows.size() - 1).get("output_shape").toString());
        Outcome.of("val", "--checkpoint", map, "--data-dir", data, "--backend", "reference")
                .failed(ExitCode.CHECKPOINT, "its network gives", "classes");
    }

    @Test
    void whatCannotBeIsSaidAndNothingIsWritten() {
        Path file = folder.resolve("none.safetensors");
        String out = file.toString();
        convert("--to", "linear", "--layer", "conv9", "-o", out).failed(ExitCode.MODEL_OR_DATA, "conv9");
        convert("--to", "linear", "--map", "-o", out).failed(ExitCode.USAGE, "--map");
        convert("--to", "conv", "--layer", "conv1", "-o", out).failed(ExitCode.USAGE, "--layer is for --to linear");
        convert("--to", "conv", "--img-size", "0", "-o", out).failed(ExitCode.USAGE, "--img-size is 0");
        convert("--to", "conv", "--img-size", "2", "-o", out).failed(ExitCode.MODEL_OR_DATA, "conv1");
        convert("--to", "square", "-o", out).failed(ExitCode.USAGE, "square");
        Outcome.of("convert", folder.resolve("missing.safetensors").toString(), "--to", "conv", "-o", out)
                .failed(ExitCode.CHECKPOINT, "missing.safetensors");
        assertFalse(Files.exists(file));
    }
}
