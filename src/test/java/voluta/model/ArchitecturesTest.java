package voluta.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.nn.Mode;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;

class ArchitecturesTest {
    static List<String> names() {
        return Architectures.names();
    }

    /** Figures of torchvision, of He and others, and of the same networks built in PyTorch. */
    @ParameterizedTest
    @CsvSource({
        "mlp, 235146",
        "lenet5, 61706",
        "vgg-small, 1148874",
        "resnet20, 272474",
        "resnet32, 466906",
        "resnet56, 855770",
        "resnet18, 11689512",
        "resnet50, 25557032",
        "mobilenet_v2, 3504872",
    })
    void parameterCounts(String name, long expected) {
        Graph g = Network.of(Architectures.named(name)).forward(Mode.INFERENCE, 2);
        assertEquals(
                expected,
                g.parameters().stream().mapToLong(p -> p.type().elements()).sum());
    }

    @ParameterizedTest
    @MethodSource("names")
    void parametersAreTheSameInBothModesAndLogitsFit(String name) {
        Network n = Network.of(Architectures.named(name));
        Graph train = n.forward(Mode.TRAINING, 3), infer = n.forward(Mode.INFERENCE, 2);
        assertEquals(describe(infer), describe(train));
        assertEquals(
                TensorType.f32(2, n.description().classes()),
                infer.output(Network.LOGITS).type());
    }

    private static List<String> describe(Graph g) {
        return g.sources().stream()
                .filter(v -> v.kind() == Value.Kind.PARAMETER || v.kind() == Value.Kind.STATE)
                .map(Value::toString)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("names")
    void otherInputsAndClasses(String name) {
        NetworkDescription d = Architectures.named(name).withInput(3, 40, 56).withClasses(7);
        Graph g = Network.of(d).forward(Mode.TRAINING, 2);
        assertEquals(TensorType.f32(2, 7), g.output(Network.LOGITS).type());
    }

    @Test
    void namesAreThoseOfTorchvision() {
        List<String> resnet = parameterNames("resnet50");
        assertTrue(resnet.containsAll(List.of(
                "conv1.weight",
                "bn1.weight",
                "layer1/0/conv1.weight",
                "layer1/0/downsample/0.weight",
                "layer4/2/bn3.bias",
                "fc.bias")));
        List<String> mobilenet = parameterNames("mobilenet_v2");
        assertTrue(mobilenet.containsAll(List.of(
                "features/0/0.weight",
                "features/1/conv/0/0.weight",
                "features/1/conv/1.weight",
                "features/2/conv/0/0.weight",
                "features/2/conv/2.weight",
                "features/17/conv/3.bias",
                "features/18/1.weight",
                "classifier/1.weight")));
    }

    private static List<String> parameterNames(String network) {
        Graph g = Network.of(Architectures.named(network)).forward(Mode.INFERENCE, 1);
        return g.parameters().stream().map(Value::name).collect(Collectors.toList());
    }

    @Test
    void inputThatIsTooSmallNamesTheLayer() {
        NetworkDescription d = Architectures.named("lenet5").withInput(1, 8, 8);
        VolutaException e =
                assertThrows(VolutaException.class, () -> Network.of(d).forward(Mode.INFERENCE, 1));
        assertTrue(e.getMessage().startsWith("conv2 (lenet5.yaml:9): "), e.getMessage());
        assertTrue(e.getMessage().contains("5") && e.getMessage().contains("4"), e.getMessage());
    }

    @Test
    void unknownNamesAreSuggested() {
        VolutaException e = assertThrows(ModelException.class, () -> Architectures.named("resnet-50"));
        assertTrue(e.getMessage().contains("did you mean resnet50?"), e.getMessage());
    }

    @Test
    void filesAreFoundByPath(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("mine.yaml");
        Files.writeString(file, Architectures.named("lenet5").yaml());
        assertEquals(Architectures.named("lenet5"), Architectures.find(file.toString()));
        assertEquals("mine.yaml", Architectures.find(file.toString()).source());
        assertThrows(
                ModelException.class,
                () -> Architectures.find(folder.resolve("other.yaml").toString()));
    }
}
