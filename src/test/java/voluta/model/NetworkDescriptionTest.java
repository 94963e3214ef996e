package voluta.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.graph.Value;
import voluta.nn.Initialization;
import voluta.nn.Mode;
import voluta.tensor.VolutaException;

class NetworkDescriptionTest {
    private static final String HEAD = "name: net\ninput: [3, 8, 8]\nclasses: 4\nlayers:\n";

    private static Arguments bad(String yaml, String message) {
        return Arguments.of(yaml, message);
    }

    private static Arguments badLayer(String layer, String message) {
        return bad(HEAD + "  - relu\n  - " + layer + "\n", "net.yaml:6: " + message);
    }

    /** Each fault with the beginning of its message. */
    static Stream<Arguments> faults() {
        return Stream.of(
                bad("", "net.yaml: the file is empty"),
                bad("- relu", "net.yaml:1: a network description is a mapping with the keys"),
                bad("input: [1, 2", "net.yaml:1: not valid YAML: "),
                bad("a: b\n c: d", "net.yaml:2: not valid YAML: "),
                bad("input: [1]\n", "net.yaml:1: the key layers is missing: a list of layers"),
                bad("layers: [relu]\n", "net.yaml:1: the key input is missing: a list [channels, height, width]"),
                bad("input: [3]\nlayer: [relu]", "net.yaml:2: unknown key layer; did you mean layers?"),
                bad("input: [3]\n\nlayers: []", "net.yaml:3: layers expects a list of layers, got []"),
                bad("input: 3\nlayers: [relu]", "net.yaml:1: input expects a list [channels"),
                bad("input: [3, 0]\nlayers: [relu]", "net.yaml:1: input expects a list [channels"),
                bad("input: [1, 1, 1, 1, 1]\nlayers: [relu]", "net.yaml:1: input expects a list [channels"),
                bad(
                        "input: [3]\nclasses: 0\nlayers: [relu]",
                        "net.yaml:2: classes expects an integer of at least 1, got 0"),
                bad(
                        "input: [3]\nclasses: ten\nlayers: [relu]",
                        "net.yaml:2: classes expects an integer of at least 1, got \"ten\""),
                bad("input: [3]\ninit: he\nlayers: [relu]", "net.yaml:2: init expects one of default, he_normal"),
                bad("name: ''\ninput: [3]\nlayers: [relu]", "net.yaml:1: name expects a text, got \"\""),
                bad("name: 5\ninput: [3]\nlayers: [relu]", "net.yaml:1: name expects a text, got 5"),
                bad("input: [3]\ninput: [4]\nlayers: [relu]", "net.yaml:2: the key input is given twice"),
                bad("input: &a [3]\nlayers: [relu]", "net.yaml:1: anchors and aliases are not supported"),
                bad("input: [3]\nlayers: [!!java.net.URL [x]]", "net.yaml:2: "),
                bad("input: [3]\nlayers: [!thing relu]", "net.yaml:2: the tag !thing is not supported"),
                bad(
                        "input: [99999999999999999999]\nlayers: [relu]",
                        "net.yaml:1: the number 99999999999999999999 is too large"),
                bad("? [a]\n: b\n", "net.yaml:1: a key must be a word"),
                badLayer("convolution: 3", "unknown layer convolution; there are conv, conv_transpose"),
                badLayer("con: 3", "unknown layer con; did you mean conv?"),
                badLayer("maxpool: 2", "unknown layer maxpool; did you mean max_pool?"),
                badLayer("ReLU", "unknown layer ReLU; did you mean relu?"),
                badLayer("leakyrelu", "unknown layer leakyrelu; did you mean leaky_relu?"),
                badLayer("[relu]", "a layer is a word or a mapping with one key"),
                badLayer(
                        "{relu: , tanh: }",
                        "a layer is a word or a mapping with one key, as in - conv: {filters: 32, kernel: 3};"
                                + " got the keys relu, tanh"),
                badLayer("{}", "a layer is a word or a mapping with one key"),
                badLayer("conv", "conv needs filters: an integer of at least 1 or the word classes"),
                badLayer("conv: {kernel: 3}", "conv needs filters"),
                badLayer(
                        "conv: {filters: 0}",
                        "conv: filters expects an integer of at least 1 or the word classes, got 0"),
                badLayer("conv: {filters: 2.5}", "conv: filters expects an integer of at least 1"),
                badLayer(
                        "conv: {filters: class}",
                        "conv: filters expects an integer of at least 1 or the word classes, got \"class\";"
                                + " did you mean classes?"),
                badLayer("conv: {filters: 8, strides: 2}", "conv has no attribute strides; did you mean stride?"),
                badLayer("conv: {filters: 8, pad: 2}", "conv has no attribute pad; there are name, from, filters"),
                badLayer(
                        "conv: {filters: 8, kernel: [3, -1]}",
                        "conv: kernel expects an integer of at least 1 or a list with one"
                                + " for each spatial dimension, got [3, -1]"),
                badLayer("conv: {filters: 8, kernel: three}", "conv: kernel expects"),
                badLayer("conv: {filters: 8, padding: smae}", "conv: padding expects same, an integer of at least 0"),
                badLayer("conv: {filters: 8, padding: [[1, 2, 3]]}", "conv: padding expects"),
                badLayer(
                        "conv: {filters: 8, padding_mode: mirror}",
                        "conv: padding_mode expects one of zeros, constant, reflect"),
                badLayer(
                        "conv: {filters: 8, padding: 1, padding_value: 2}",
                        "conv: padding_value is for padding_mode constant, got padding_mode zeros"),
                badLayer("conv: {filters: 8, bias: 1}", "conv: bias expects true or false, got 1"),
                badLayer(
                        "conv: {filters: 8, groups: 0}",
                        "conv: groups expects an integer of at least 1 or the word channels"),
                badLayer("conv: {filters: 8, init: {normal: 1}}", "conv: init expects one of default"),
                badLayer("conv: {filters: 8, init: {normal: [0, -1]}}", "conv: init expects one of default"),
                badLayer(
                        "conv: {filters: 8, init: {uniform: [1, 0]}}",
                        "conv: init expects one of default, he_normal, he_uniform, he_normal_fan_out, he_uniform_fan_out,"
                                + " xavier_normal, xavier_uniform, zeros, ones, constant, normal, uniform, where constant"
                                + " takes a number, normal [mean, deviation] and uniform [low, high], as in"
                                + " {normal: [0, 0.01]}, got {uniform: [1, 0]}"),
                badLayer(
                        "conv: {filters: 8, name: a/b}",
                        "conv: name expects a name of letters, digits, _ and -, got \"a/b\""),
                badLayer(
                        "conv_transpose: {filters: 8, padding: same}",
                        "conv_transpose: a transposed convolution needs its padding" + " as numbers"),
                badLayer("relu: 3", "relu expects its attributes as a mapping {name, from}, got 3"),
                badLayer("dropout: 1", "dropout: rate expects a number of at least 0 and below 1, got 1"),
                badLayer("dropout: .nan", "dropout: rate expects a number of at least 0 and below 1, got NaN"),
                badLayer("batch_norm: {epsilon: 0}", "batch_norm: epsilon expects a number from"),
                badLayer("leaky_relu: .inf", "leaky_relu: slope expects a number up to 3.4e38, got Infinity"),
                badLayer("leaky_relu: .NaN", "leaky_relu: slope expects a number up to 3.4e38, got NaN"),
                badLayer("leaky_relu: 1e39", "leaky_relu: slope expects a number up to 3.4e38, got 1.0E39"),
                badLayer("filter: [[-3.5e38]]", "filter: matrix expects one of"),
                badLayer(
                        "conv: {filters: 8, bias: !!bool maybe}",
                        "the tag tag:yaml.org,2002:bool is not supported for maybe"),
                badLayer("relu: {name: step}", "a layer at the top cannot be named step, which is what training"),
                badLayer(
                        "sequential: {layers: [{sequential: {layers: [relu, tanh], repeat: 1000}}], repeat: 1000}",
                        "with this sequential, a network has more than 100,000 layers; repeat fewer"),
                bad(
                        "input: [65536, 65536, 65536]\nlayers: [relu]",
                        "net.yaml:1: an input of [65536, 65536, 65536] has 281,474,976,710,656 numbers a sample"),
                badLayer("reshape: [0]", "reshape: a dimension is at least 1, or -1 for what is left, once; got [0]"),
                badLayer("reshape: [-1, -1]", "reshape: a dimension is at least 1"),
                badLayer("transpose: [1, 0]", "transpose: the samples stay the first dimension"),
                badLayer("filter: sobel", "filter: matrix expects one of horizontal_edge"),
                badLayer("filter: [[1, 2], [3, 4]]", "filter: matrix expects one of horizontal_edge"),
                badLayer("add", "add needs with: the name of an earlier layer or a list of such"),
                badLayer("sequential: [bogus]", "unknown layer bogus; there are"),
                badLayer("residual: {body: relu}", "residual: body expects a list of layers, got \"relu\""),
                badLayer("basic_block: {width: 8, activation: reul}", "basic_block: activation expects one of relu"),
                badLayer(
                        "basic_block: {width: 8, repeat: 0}",
                        "basic_block: repeat expects an integer from 1 to 1000, got 0"),
                badLayer("relu: {name: relu1}", "two layers of one list are named relu1"),
                bad(
                        "input: [3, 8, 8]\nlayers:\n  - conv: classes\n",
                        "net.yaml:3: conv: filters is \"classes\", but the network" + " has no classes"),
                bad(
                        HEAD + "  - residual:\n      body:\n        - relu\n        - conv: {fliters: 3}\n",
                        "net.yaml:8: conv has no" + " attribute fliters; did you mean filters?"),
                bad(
                        "input: [3]\nlayers: " + "[sequential: ".repeat(60) + "relu" + "]".repeat(60),
                        "net.yaml:2: nested too deeply"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void faultsHavePlaceAndRemedy(String yaml, String message) {
        ModelException e = assertThrows(ModelException.class, () -> NetworkDescription.parse(yaml, "net.yaml"));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
    }

    /** Faults that only show when shapes are known. */
    static Stream<Arguments> misfits() {
        return Stream.of(
                bad(HEAD + "  - linear: 4\n", "linear1 (net.yaml:5): linear expects [N,features], got [2,3,8,8]"),
                bad(
                        HEAD + "  - conv: {filters: 4, kernel: [3, 3, 3]}\n",
                        "conv1 (net.yaml:5): kernel expects one number, or one"
                                + " for each of the 2 spatial dimensions, got [3, 3, 3]"),
                bad(
                        HEAD + "  - conv: {filters: 4, groups: 2}\n",
                        "conv1 (net.yaml:5): convolution in 2 groups expects"),
                bad(HEAD + "  - flatten\n  - conv: 4\n", "conv1 (net.yaml:6): convolution expects an input [N,C,...]"),
                bad(HEAD + "  - add: nobody\n", "add1 (net.yaml:5): no earlier layer is named nobody; there are []"),
                bad(HEAD + "  - relu\n  - conv: 4\n  - add: relu1\n", "add1 (net.yaml:7): "),
                bad(
                        HEAD + "  - residual: [conv: 4]\n",
                        "residual1 (net.yaml:5): a residual block expects its body and its shortcut"
                                + " to give one shape, got [2,4,6,6] and [2,3,8,8]"),
                bad(
                        HEAD + "  - relu: {from: later}\n  - tanh: {name: later}\n",
                        "relu1 (net.yaml:5): no earlier layer is named later"),
                bad(
                        HEAD
                                + "  - sequential:\n      name: s\n      layers:\n        - conv: {filters: 2, kernel: 9}\n",
                        "s/0 (net.yaml:8): "),
                bad(
                        HEAD + "  - reshape: [7, -1]\n",
                        "reshape1 (net.yaml:5): reshape to [N,7,-1] does not fit [2,3,8,8], which has"
                                + " 192 elements a sample"),
                bad(
                        HEAD + "  - reshape: [65536, 65536, 65536, 65536, -1]\n",
                        "reshape1 (net.yaml:5): reshape to [N,65536,65536,65536,65536,-1] does not fit"),
                bad(
                        HEAD + "  - reshape: [192, 65536, 65536, 65536, 65536]\n",
                        "reshape1 (net.yaml:5): reshape to [N,192,65536,65536,65536,65536] does not fit"),
                bad(HEAD + "  - slice: {axis: 2, begin: 5, end: 5}\n", "slice1 (net.yaml:5): "));
    }

    @ParameterizedTest
    @MethodSource("misfits")
    void misfitsNameTheLayer(String yaml, String message) {
        Network n = Network.of(NetworkDescription.parse(yaml, "net.yaml"));
        VolutaException e = assertThrows(VolutaException.class, () -> n.forward(Mode.INFERENCE, 2));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
    }

    static List<String> architectures() {
        return Architectures.names();
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void shippedNetworksReadBack(String name) {
        NetworkDescription d = Architectures.named(name);
        assertEquals(d, NetworkDescription.parse(d.yaml(), "written.yaml"), d.yaml());
        assertEquals(
                d.yaml(), NetworkDescription.parse(d.yaml(), "written.yaml").yaml());
    }

    @Test
    void equalityIsByMeaning() {
        NetworkDescription a = NetworkDescription.parse(HEAD + "  - conv: 8\n", "a.yaml");
        NetworkDescription b = NetworkDescription.parse(
                HEAD + "\n\n  - conv: {stride: 1, filters: 0x8, bias: true, kernel: 3}\n", "b.yaml");
        assertEquals(a, b);
        assertEquals(a.hashCode(), b.hashCode());
        assertNotEquals(a, a.withClasses(5));
        assertNotEquals(a, a.withInit(Initialization.constant(1)));
    }

    @Test
    void javaAndYamlSayTheSame() {
        NetworkDescription java = Model.named("my net: \"quoted\"")
                .input(1, 28, 28)
                .classes(10)
                .init(Initialization.normal(0, 0.05))
                .conv(32, 3)
                .with("padding", List.of(List.of(0, 1), List.of(1, 0)))
                .as("stem")
                .batchNorm()
                .relu()
                .maxPool(2)
                .residual(Model.block().conv(32, 1).batchNorm(), Model.block().conv(32, 1))
                .with("activation", "relu")
                .basicBlock(32, 1)
                .repeat(2)
                .groupNorm(4)
                .activation("gelu")
                .concat("max_pool1")
                .flatten()
                .dropout(0.5)
                .linear()
                .build();
        assertEquals("""
                name: "my net: \\"quoted\\""
                input: [1, 28, 28]
                classes: 10
                init: {normal: [0.0, 0.05]}
                layers:
                  - conv: {name: stem, filters: 32, padding: [[0, 1], [1, 0]]}
                  - batch_norm
                  - relu
                  - max_pool: 2
                  - residual:
                      body:
                        - conv: {filters: 32, kernel: 1}
                        - batch_norm
                      shortcut:
                        - conv: {filters: 32, kernel: 1}
                      activation: relu
                  - basic_block: {width: 32, repeat: 2}
                  - group_norm: 4
                  - gelu
                  - concat: [max_pool1]
                  - flatten
                  - dropout
                  - linear: classes
                """, java.yaml());
        assertEquals(java, NetworkDescription.parse(java.yaml(), "x"));
        Network.of(java).forward(Mode.TRAINING, 2);
    }

    @Test
    void javaFaultsAreFoundAtTheCall() {
        Model m = Model.named("net").input(3, 8, 8);
        assertThrows(ModelException.class, () -> m.conv(0, 3));
        assertThrows(ModelException.class, () -> m.relu().with("slope", 1));
        assertThrows(ModelException.class, () -> m.activation("rleu"));
        assertThrows(ModelException.class, () -> m.classes(0));
        assertThrows(ModelException.class, () -> Model.named("net").conv(1, 1).build());
        assertThrows(ModelException.class, () -> Model.named("net").input(1).build());
        assertThrows(ModelException.class, () -> Model.named("net").with("a", 1));
        assertThrows(ModelException.class, () -> Model.named(" "));
        assertEquals(
                List.of("relu"),
                m.build().layers().stream().map(LayerDescription::kind).toList(),
                "refused is not lost");
        assertThrows(ModelException.class, () -> m.conv(2, 3).as("labels").build());
    }

    @Test
    void sizesMayBeArraysAndShortNumbers() {
        Model m = Model.named("net").input(3, 8, 8).conv(4, 3);
        assertEquals(
                m.with("kernel", List.of(3, 5)).with("stride", 2).build(),
                m.with("kernel", new int[] {3, 5}).with("stride", (short) 2).build());
    }

    @Test
    void namesWithinBlocksAreIndicesAndRepetitionUnrolls() {
        NetworkDescription d = NetworkDescription.parse("""
                input: [3, 8, 8]
                layers:
                  - sequential:
                      name: s
                      layers:
                        - conv: 4
                        - sequential: {layers: [conv: {filters: 4, kernel: 1}], repeat: 2}
                        - conv: {name: last, filters: 2}
                        - relu
                  - basic_block: {width: 2, stride: 2, repeat: 2}
                """, "net.yaml");
        String names = Network.of(d).forward(Mode.INFERENCE, 1).parameters().stream()
                .map(Value::name)
                .filter(n -> n.endsWith(".weight") && !n.contains("bn"))
                .collect(Collectors.joining(" "));
        assertEquals(
                "s/0.weight s/1/0.weight s/2/0.weight s/last.weight basic_block1/0/conv1.weight basic_block1/0/conv2.weight"
                        + " basic_block1/0/downsample/0.weight basic_block1/0/downsample/1.weight"
                        + " basic_block1/1/conv1.weight basic_block1/1/conv2.weight",
                names);
    }

    @Test
    void dropoutIsSetOrPutBeforeTheLastLinear() {
        NetworkDescription mobile = Architectures.named("mobilenet_v2").withDropout(0.7);
        assertTrue(mobile.yaml().contains("- dropout: 0.7"), mobile.yaml());
        NetworkDescription resnet = Architectures.named("resnet18").withDropout(0.3);
        List<LayerDescription> layers = resnet.layers();
        assertEquals("dropout {rate=0.3}", layers.get(layers.size() - 2).toString());
        assertEquals(
                Map.of("name", "fc", "units", "classes", "init", "default"),
                layers.get(layers.size() - 1).attributes());
        assertEquals(resnet, resnet.withDropout(0.3));
        NetworkDescription named = Model.named("named")
                .input(8)
                .classes(2)
                .linear(4)
                .as("body")
                .relu()
                .linear()
                .from("body")
                .build()
                .withDropout(0.3);
        String graph = Network.of(named).forward(Mode.TRAINING, 2).dump();
        assertTrue(graph.lines().anyMatch(l -> l.startsWith("dropout1") && l.contains("(body,")), graph);
        assertTrue(graph.lines().anyMatch(l -> l.startsWith("linear2") && l.contains("(dropout1,")), graph);
        NetworkDescription convolutions = NetworkDescription.parse(
                "{name: tiny, input: [1, 8, 8], classes: 2, layers: [{conv: {filters: classes, kernel: 8}}, flatten]}",
                "tiny.yaml");
        ModelException e = assertThrows(ModelException.class, () -> convolutions.withDropout(0.5));
        assertTrue(e.getMessage().contains("tiny has no dropout layer"), e.getMessage());
    }

    @Test
    void filesThatCannotBeRead(@TempDir Path folder) throws IOException {
        assertThrows(ModelException.class, () -> NetworkDescription.read(folder.resolve("none.yaml")));
        Path binary = Files.write(folder.resolve("binary.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThrows(ModelException.class, () -> NetworkDescription.read(binary));
        Path control = Files.write(folder.resolve("control.yaml"), "name: \u0001".getBytes(StandardCharsets.UTF_8));
        assertThrows(ModelException.class, () -> NetworkDescription.read(control));
        Path deep = Files.writeString(folder.resolve("deep.yaml"), "[".repeat(100_000));
        assertThrows(ModelException.class, () -> NetworkDescription.read(deep));
    }
}
