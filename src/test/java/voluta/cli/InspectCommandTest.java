package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    @TempDir
    private Path folder;

    @Test
    void countsAreThoseOfTheBooks() {
        JsonNode total = Outcome.of("inspect", "lenet5", "--json").succeeded().lastJson();
        assertEquals(61_706, total.get("parameters").asLong());
        assertEquals(416_520, total.get("multiply_adds").asLong());
        String table = Outcome.of("inspect", "lenet5").succeeded().out();
        assertTrue(table.contains("61,706 parameters"), table);
    }

    @Test
    void inputAndClassesCanBeChanged() {
        JsonNode total = Outcome.of(
                        "inspect",
                        "vgg-small",
                        "--json",
                        "--img-size",
                        "64x32",
                        "--channels",
                        "1",
                        "--num-classes",
                        "7")
                .succeeded()
                .lastJson();
        assertEquals("[1,64,32]", total.get("input").toString());
        assertEquals(7, total.get("classes").asInt());
    }

    @Test
    void planHasKernelsAndMemoryByRegion() {
        String[] arguments = {"inspect", "mlp", "--plan", "--backend", "reference", "-b", "3"};
        String train = Outcome.of(arguments).succeeded().out();
        assertTrue(train.contains("SgdStep") && train.contains("gradients"), train);
        JsonNode infer = Outcome.of("inspect", "mlp", "--plan", "--json", "--backend", "reference", "--task", "infer")
                .succeeded()
                .lastJson();
        assertEquals("infer", infer.get("task").asText());
        long sum = 0;
        for (JsonNode bytes : infer.get("regions")) sum += bytes.asLong();
        assertEquals(infer.get("bytes").asLong(), sum);
    }

    @Test
    void unknownNetworkIsAnsweredWithTheNearest() {
        Outcome.of("inspect", "restnet18").failed(ExitCode.MODEL_OR_DATA, "restnet18", "did you mean resnet18?");
        Outcome.of("inspect", folder.resolve("none.yaml").toString()).failed(ExitCode.MODEL_OR_DATA, "none.yaml");
    }

    @Test
    void shapesThatCannotBeNameTheLayer() {
        Outcome.of("inspect", "lenet5", "--img-size", "4").failed(ExitCode.MODEL_OR_DATA, "conv2", "lenet5.yaml:");
        Outcome.of("inspect", "lenet5", "--img-size", "big").failed(ExitCode.MODEL_OR_DATA, "--img-size", "big");
        Outcome.of("inspect", "lenet5", "--img-size", "1x2x3").failed(ExitCode.MODEL_OR_DATA, "--img-size");
    }

    @Test
    void faultsOfAFileNameItsLine() throws IOException {
        Path net = Files.write(
                folder.resolve("net.yaml"), List.of("name: net", "input: [1, 8, 8]", "layers:", "  - convv: 3"));
        Outcome.of("inspect", net.toString()).failed(ExitCode.MODEL_OR_DATA, "net.yaml:4", "convv");
    }

    @Test
    void damagedCheckpointIsAnErrorOfItsOwn() throws IOException {
        Path file = Files.write(folder.resolve("w.safetensors"), new byte[100]);
        Outcome.of("inspect", file.toString()).failed(ExitCode.CHECKPOINT, "w.safetensors");
        Outcome.of("inspect", folder.toString()).failed(ExitCode.CHECKPOINT, "weights/best.safetensors");
    }

    @Test
    void remarksByThePracticalGuide() {
        Outcome text = Outcome.of("inspect", "lenet5").succeeded();
        assertTrue(text.out().contains("conv2 (lenet5.yaml:9): turns 14x14 into 10x10; set padding: 2"), text.out());
        List<JsonNode> guide = Outcome.of("inspect", "resnet18", "--json").succeeded().json().stream()
                .filter(r -> r.get("section").asText().equals("guide"))
                .toList();
        assertEquals(2, guide.size(), guide.toString());
        assertEquals("filter_size", guide.get(0).get("rule").asText());
        assertEquals("pooling", guide.get(1).get("rule").asText());
        assertTrue(Outcome.of("inspect", "vgg-small").succeeded().out().contains("nothing to remark"));
    }

    @Test
    void gridOfALayerStandsBesideItsReceptiveField() {
        JsonNode pool = Outcome.of("inspect", "lenet5", "--json").succeeded().json().stream()
                .filter(r -> r.path("path").asText().equals("max_pool2"))
                .findFirst()
                .orElseThrow();
        // Unit 0 sees -2 to 13.
        assertEquals("16x16", pool.get("receptive_field").asText());
        assertEquals("4x4", pool.get("jump").asText());
        assertEquals("-2,-2", pool.get("start").asText());
        assertEquals("5.50,5.50", pool.get("offset").asText());
    }

    @Test
    void convolutionsBesideFullyConnectedLayers() {
        Outcome o = Outcome.of("inspect", "lenet5", "--compare-mlp").succeeded();
        // 28x28 in, 28x28x6 out: 784 * 4704 weights and a bias for each output.
        assertTrue(o.out().replaceAll(" +", " ").contains("3,692,640 3,687,936 23,671"), o.out());
        JsonNode first = Outcome.of("inspect", "lenet5", "--compare-mlp", "--json").succeeded().json().stream()
                .filter(r -> r.get("section").asText().equals("compare_mlp"))
                .findFirst()
                .orElseThrow();
        assertEquals(3_692_640, first.get("dense_parameters").asLong());
    }

    @Test
    void diagramIsWritten() throws IOException {
        Path file = folder.resolve("drawn").resolve("net.svg");
        Outcome drawn = Outcome.of("inspect", "lenet5", "--diagram", file.toString(), "--theme", "dark", "--json");
        assertEquals(
                file.toString(), drawn.succeeded().json().get(0).get("file").asText());
        assertTrue(Files.readString(file).contains(">max pool 2\u00d72, stride 2<"));
        Outcome.of("inspect", "lenet5", "--theme", "dark").failed(ExitCode.USAGE, "--diagram");
        Outcome.of("inspect", "lenet5", "--diagram", file.resolve("x.svg").toString())
                .failed(ExitCode.MODEL_OR_DATA, "drawn", "choose another one, where you may write");
    }

    @Test
    void batchMustBePositive() {
        Outcome.of("inspect", "lenet5", "-b", "0").failed(ExitCode.USAGE, "--batch-size is 0");
        Outcome.of("inspect").failed(ExitCode.USAGE, "MODEL");
    }

    @Test
    void aNetworkThatDoesNotClassifyHasNoClasses() {
        String out = Outcome.of("inspect", "docs/examples/one-by-one.yaml")
                .succeeded()
                .out();
        assertTrue(out.startsWith("one-by-one, input [192, 64, 64]" + System.lineSeparator()), out);
    }
}
