package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.checkpoint.Checkpoint;

/** A hand-made filter as the first layer of a network that is trained behind it. */
class HandMadeFilterTest {
    @TempDir
    private Path folder;

    @Test
    void staysAsItIsWhileTheOthersLearn() throws Exception {
        String data = TinyData.write(folder.resolve("data")).toString();
        Path network = Files.write(
                folder.resolve("net.yaml"),
                List.of(
                        "name: edges",
                        "input: [1, 8, 8]",
                        "classes: 10",
                        "layers:",
                        "  - filter: {name: edges, matrix: horizontal_edge}",
                        "  - conv: {name: learnt, filters: 4, kernel: 3}",
                        "  - relu",
                        "  - flatten",
                        "  - linear: classes"));
        Outcome.of(
                        "train",
                        "--data-dir",
                        data,
                        "--model",
                        network.toString(),
                        "-b",
                        "8",
                        "--epochs",
                        "6",
                        "--lr",
                        "0.02",
                        "--backend",
                        "onednn",
                        "--output",
                        folder.resolve("runs").toString())
                .succeeded();
        Path run = folder.resolve("runs").resolve("train");
        // It is no weight, so nothing can have changed it; the network in the checkpoint names it.
        Checkpoint checkpoint = Checkpoint.load(run.resolve("weights").resolve("last.safetensors"));
        assertTrue(
                checkpoint.weights().containsKey("learnt.weight"),
                checkpoint.weights().keySet().toString());
        assertTrue(checkpoint.weights().keySet().stream().noneMatch(n -> n.startsWith("edges")));
        assertTrue(checkpoint.model().network().contains("horizontal_edge"));
        List<JsonNode> rows =
                Outcome.of("inspect", run.toString(), "--json").succeeded().json();
        JsonNode edges = rows.stream()
                .filter(r -> r.path("path").asText().equals("edges"))
                .findFirst()
                .orElseThrow();
        assertEquals("Convolution", edges.get("kind").asText());
        assertEquals(0, edges.get("parameters").asLong());
        // Bright above or below: what the filter shows is enough.
        JsonNode val = Outcome.of(
                        "val", "--checkpoint", run.toString(), "--data-dir", data, "--backend", "onednn", "--json")
                .succeeded()
                .lastJson();
        assertTrue(val.get("top1").asDouble() > 0.9, val.toString());
    }
}
