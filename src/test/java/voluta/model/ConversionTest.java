package voluta.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.Value;
import voluta.nn.Mode;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Converted networks give the numbers of those that they were made of. */
class ConversionTest {
    private static final List<String> MODES = List.of("zeros", "constant", "reflect", "replicate", "circular");

    /** Weights drawn from the network's own initialization, biases and running statistics too. */
    private static Map<String, HostTensor> weights(NetworkDescription d, long seed) {
        Map<String, HostTensor> weights = new HashMap<>();
        Random random = new Random(seed);
        try (Backend b = Backends.open("reference", BackendOptions.DEFAULT).backend();
                Session session = new Session(b, seed)) {
            session.compile(Network.of(d).forwardFloat(Mode.INFERENCE, 1), CompileOptions.of(Precision.F32));
            for (var all : List.of(session.parameters(), session.state())) {
                for (String name : all.keySet()) {
                    HostTensor t = session.read(name);
                    boolean variance = name.endsWith("running_var");
                    if (t.shape().rank() == 1) {
                        for (long i = 0; i < t.type().elements(); i++)
                            t.set(i, variance ? 0.5 + random.nextDouble() : random.nextGaussian());
                    }
                    weights.put(name, t);
                }
            }
        }
        return weights;
    }

    private static double[] scores(NetworkDescription d, Map<String, HostTensor> weights, HostTensor... given) {
        try (Backend b = Backends.open("auto", BackendOptions.DEFAULT).backend();
                Session session = new Session(b, 0)) {
            CompiledGraph g =
                    session.compile(Network.of(d).forwardFloat(Mode.INFERENCE, 2), CompileOptions.of(Precision.F32));
            weights.forEach(session::write);
            HostTensor x =
                    HostTensor.zeros(g.graph().sources(Value.Kind.INPUT).get(0).type());
            Random random = new Random(7);
            for (long i = 0; i < x.type().elements(); i++) x.set(i, random.nextGaussian());
            g.feed(Network.X, 0, given.length > 0 ? given[0] : x);
            g.run(0);
            return g.read(Network.LOGITS).toDoubles();
        }
    }

    private static void same(double[] expected, double[] actual) {
        assertEquals(expected.length, actual.length);
        double most = 0;
        for (double v : expected) most = Math.max(most, Math.abs(v));
        assertTrue(most > 0.01, "scores that are all zero prove nothing");
        for (int i = 0; i < expected.length; i++) assertEquals(expected[i], actual[i], 2e-6 * Math.max(1, most) * 5);
    }

    /** A convolution with drawn settings, pooling, and two or three fully connected layers; images, signals, volumes. */
    private static NetworkDescription drawn(long seed) {
        Random r = new Random(seed);
        int dims = 1 + r.nextInt(3), side = 6 + r.nextInt(4), groups = 1 + r.nextInt(2);
        Integer[] input = new Integer[dims + 1];
        input[0] = 2;
        for (int d = 1; d <= dims; d++) input[d] = side + r.nextInt(2);
        String mode = MODES.get(r.nextInt(MODES.size()));
        Model m = Model.named("drawn").input(input).classes(3).conv(4, 1 + r.nextInt(3));
        m.with("stride", 1 + r.nextInt(2)).with("dilation", 1 + r.nextInt(2)).with("groups", groups);
        m.with("padding", r.nextInt(3)).with("padding_mode", mode).with("bias", r.nextBoolean());
        if (mode.equals("constant")) m.with("padding_value", 0.5);
        m.relu();
        if (r.nextBoolean()) m.maxPool(2);
        m.flatten().linear(5).with("bias", r.nextBoolean()).batchNorm().relu().layer("dropout", Map.of("rate", 0.5));
        if (r.nextBoolean()) m.linear(4).as("middle").relu();
        return m.linear().build();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void randomNetworksBothWays(long seed) {
        NetworkDescription d = drawn(seed);
        Map<String, HostTensor> w = weights(d, seed);
        double[] expected = scores(d, w);
        Conversion conv = Conversion.toConvolutions(d, w, false);
        assertTrue(conv.network().layers().stream().noneMatch(l -> l.kind().equals("linear")));
        same(expected, scores(conv.network(), conv.weights()));
        Conversion dense = Conversion.toFullyConnected(d, w, Set.of());
        assertEquals(List.of("conv1"), dense.converted());
        assertTrue(dense.network().layers().stream().noneMatch(l -> l.kind().equals("conv")));
        same(expected, scores(dense.network(), dense.weights()));
        // What was written can be read again.
        assertEquals(conv.network(), NetworkDescription.parse(conv.network().yaml(), "conv"));
        assertEquals(dense.network(), NetworkDescription.parse(dense.network().yaml(), "dense"));
        // And back: a network of convolutions becomes one that is fully connected throughout.
        Conversion all = Conversion.toFullyConnected(conv.network(), conv.weights(), Set.of());
        same(expected, scores(all.network(), all.weights()));
    }

    @Test
    void largerImagesGiveAMapOfScores() {
        NetworkDescription d = Architectures.named("lenet5");
        Map<String, HostTensor> w = weights(d, 3);
        Conversion conv = Conversion.toConvolutions(d, w, true);
        assertEquals(List.of("fc1", "fc2", "fc3"), conv.converted());
        // Two poolings by 2: eight more columns are two more positions.
        NetworkDescription wide = conv.network().withInput(1, 28, 36);
        HostTensor x = HostTensor.zeros(TensorType.f32(2, 1, 28, 36));
        Random random = new Random(5);
        for (long i = 0; i < x.type().elements(); i++) x.set(i, random.nextGaussian());
        double[] map = scores(wide, conv.weights(), x);
        assertEquals(2 * 10 * 1 * 3, map.length);
        assertTrue(Network.of(wide)
                        .forwardFloat(Mode.INFERENCE, 1)
                        .output(Network.LOGITS)
                        .type()
                        .rank()
                == 4);
    }

    /**
     * Each position of the map has the scores that the network itself gives to the window there. Without padding: where a
     * layer pads, the network sees zeros at the rim of its window, and the converted one the pixels beside it.
     */
    @Test
    void eachScoreOfTheMapIsThatOfItsWindow() {
        NetworkDescription d = Model.named("windows")
                .input(2, 14, 14)
                .classes(3)
                .conv(4, 3)
                .relu()
                .maxPool(2)
                .conv(5, 3)
                .batchNorm()
                .relu()
                .maxPool(2)
                .flatten()
                .linear(6)
                .relu()
                .linear()
                .build();
        Map<String, HostTensor> w = weights(d, 11);
        Conversion conv = Conversion.toConvolutions(d, w, true);
        int side = 14, step = 4, rows = 3, columns = 4;
        int height = side + (rows - 1) * step, width = side + (columns - 1) * step;
        HostTensor large = HostTensor.zeros(TensorType.f32(2, 2, height, width));
        Random random = new Random(5);
        for (long i = 0; i < large.type().elements(); i++) large.set(i, random.nextGaussian());
        double[] map = scores(conv.network().withInput(2, height, width), conv.weights(), large);
        assertEquals(2 * 3 * rows * columns, map.length);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                HostTensor window = HostTensor.zeros(TensorType.f32(2, 2, side, side));
                for (int i = 0; i < 2 * 2 * side * side; i++) {
                    int image = i / (side * side), y = i / side % side + r * step, x = i % side + c * step;
                    window.set(i, large.get(((long) image * height + y) * width + x));
                }
                double[] expected = scores(d, w, window), there = new double[6];
                for (int i = 0; i < 6; i++) there[i] = map[(i * rows + r) * columns + c];
                same(expected, there);
            }
        }
    }

    @Test
    void trainedSlopesGoAlong() {
        for (boolean perChannel : new boolean[] {false, true}) {
            NetworkDescription d = Model.named("slopes")
                    .input(2, 5, 5)
                    .classes(3)
                    .conv(4, 3)
                    .flatten()
                    .linear(6)
                    .layer("prelu", Map.of("per_channel", perChannel))
                    .linear()
                    .build();
            Map<String, HostTensor> w = weights(d, 3);
            Conversion c = Conversion.toConvolutions(d, w, false);
            same(scores(d, w), scores(c.network(), c.weights()));
        }
    }

    @Test
    void whatCannotBeConvertedIsSaid() {
        Map<String, HostTensor> none = Map.of();
        NetworkDescription lenet = Architectures.named("lenet5");
        NetworkDescription features =
                Model.named("f").input(4).classes(2).linear().build();
        assertTrue(assertThrows(ModelException.class, () -> Conversion.toConvolutions(features, none, false))
                .getMessage()
                .contains("nothing to convert"));
        assertTrue(assertThrows(ModelException.class, () -> Conversion.toFullyConnected(lenet, none, Set.of("conv")))
                .getMessage()
                .contains("did you mean conv1"));
        assertTrue(assertThrows(ModelException.class, () -> Conversion.toFullyConnected(features, none, Set.of()))
                .getMessage()
                .contains("no convolution"));
        NetworkDescription large = lenet.withInput(1, 256, 256);
        assertTrue(assertThrows(
                        ModelException.class,
                        () -> Conversion.toFullyConnected(large, weights(large, 1), Set.of("conv1")))
                .getMessage()
                .contains("25,769,803,776 weights"));
    }
}
