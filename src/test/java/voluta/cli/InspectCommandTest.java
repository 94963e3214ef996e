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
    void batchMustBePositive() {
        Outcome.of("inspect", "lenet5", "-b", "0").failed(ExitCode.USAGE, "--batch-size is 0");
        Outcome.of("inspect").failed(ExitCode.USAGE, "MODEL");
    }
}
