package voluta.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.nn.Mode;
import voluta.op.Reshape;
import voluta.plan.Lowering;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

/**
 * Receptive fields against what really happens: one pixel of a black image is lit, and exactly those units change that are
 * said to see it, in every layer of every shipped network.
 *
 * <p>All weights are positive, so nothing cancels out; biases and running means are 0 and variances 1, so that units that do not
 * see the pixel stay at exactly 0, rectifiers pass what changes, and a maximum is the lit one. Images are long and thin, or
 * narrow and high, so that most fields end within them.
 */
class ReceptiveFieldsTest {
    private static final int SHORT = 32, LONG = 640;

    /** One and three dimensions, uneven padding, windows of even size. */
    private static final String SIGNAL = """
            name: signal
            input: [2, 90]
            layers:
              - conv: {filters: 3, kernel: 4, padding: [[1, 2]]}
              - relu
              - max_pool: {kernel: 3, stride: 2, padding: 1}
              - conv: {filters: 3, kernel: 3, padding: same}
              - avg_pool: 2
              - slice: {axis: 2, begin: 1, end: -2}
              - conv: {filters: 2, kernel: 5}
            """;

    private static final String VOLUME = """
            name: volume
            input: [1, 9, 10, 11]
            layers:
              - conv: {filters: 2, kernel: [3, 2, 3], stride: [1, 2, 1], padding: 1}
              - max_pool: {kernel: 2, stride: [2, 1, 2]}
              - residual: {body: [{conv: {filters: 2, kernel: 3, padding: 1}}, {conv: {filters: 2, kernel: 1}}]}
              - global_avg_pool
              - flatten
              - linear: 3
            """;

    static Stream<Arguments> networks() {
        List<Arguments> all = new ArrayList<>();
        for (String name : Architectures.names()) {
            NetworkDescription d = narrow(Architectures.named(name));
            int channels = d.input().get(0);
            // Fully connected layers that flatten a long image have a weight for each of its pixels.
            boolean dense = List.of("mlp", "lenet5", "vgg-small").contains(name);
            int length = dense ? 4 * SHORT : LONG;
            all.add(Arguments.of(d.withInput(channels, SHORT, length).withClasses(3)));
            if (dense || name.equals("resnet18"))
                all.add(Arguments.of(d.withInput(channels, length, SHORT).withClasses(3)));
        }
        for (String yaml : List.of(SIGNAL, VOLUME)) all.add(Arguments.of(NetworkDescription.parse(yaml, "net.yaml")));
        return all.stream();
    }

    /**
     * The same layers with fewer channels, which no field depends on. It is quicker, and convolutions of few channels are not
     * computed by Winograd's algorithm, which leaves rounding errors where nothing changes.
     */
    private static NetworkDescription narrow(NetworkDescription d) {
        Matcher m = Pattern.compile("(filters|width|units): ([0-9]+)").matcher(d.yaml());
        String yaml = m.replaceAll(r -> r.group(1) + ": " + Math.max(3, Integer.parseInt(r.group(2)) / 48));
        return NetworkDescription.parse(yaml, d.name());
    }

    @ParameterizedTest
    @MethodSource("networks")
    void exactlyTheUnitsThatSeeAPixelChange(NetworkDescription d) {
        List<int[]> pixels = pixels(d.input());
        Graph forward = Network.of(d).forwardFloat(Mode.INFERENCE, pixels.size());
        Map<Value, ReceptiveField> fields = ReceptiveFields.of(forward);
        Map<String, HostTensor> seen = run(forward, d.input(), pixels);
        int bounded = 0;
        for (Node n : forward.nodes()) {
            // Flattened units lie on no grid any more: what is said of them is what all of them see together.
            if (n.op() instanceof Reshape) continue;
            ReceptiveField field = fields.get(n.output(0));
            double[] values = seen.get(n.path()).toDoubles();
            for (int i = 0; i < pixels.size(); i++) bounded += check(n, field, values, i, pixels.get(i));
        }
        boolean convolves = !d.name().equals("mlp");
        assertTrue(!convolves || bounded > forward.nodes().size() / 2, "fields that end within the image: " + bounded);
    }

    /** The first, the last and one in between. */
    private static List<int[]> pixels(List<Integer> input) {
        List<int[]> pixels = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int[] pixel = new int[input.size() - 1];
            for (int k = 0; k < pixel.length; k++) {
                int size = input.get(k + 1);
                pixel[k] = i == 0 ? 0 : i == 1 ? size - 1 : (3 * size) / 7;
            }
            pixels.add(pixel);
        }
        return pixels;
    }

    /** Compares every unit; 1 if some see the pixel and some do not. */
    private static int check(Node n, ReceptiveField field, double[] values, int image, int[] pixel) {
        Shape y = n.output(0).type().shape();
        int units = Math.toIntExact(y.elements() / y.dim(0)), wrong = 0, seeing = 0;
        String first = "";
        for (int u = 0; u < units; u++) {
            boolean sees = sees(field, y, u, pixel), changed = values[image * units + u] != 0;
            if (sees) seeing++;
            if (sees == changed) continue;
            if (wrong++ == 0) first = "unit " + u + (changed ? " changes" : " does not change");
        }
        assertEquals(
                0,
                wrong,
                n.path() + " " + y + ", " + field + ", pixel " + List.of(pixel[0]) + " of image " + image + ": "
                        + first);
        return seeing > 0 && seeing < units ? 1 : 0;
    }

    private static boolean sees(ReceptiveField field, Shape y, int unit, int[] pixel) {
        int[] at = new int[y.rank()];
        for (int d = y.rank() - 1, rest = unit; d > 0; d--) {
            at[d] = rest % y.size(d);
            rest /= y.size(d);
        }
        for (int k = 0; k < field.axes().size(); k++) {
            ReceptiveField.Axis a = field.axes().get(k);
            double shift = a.dimension() < 0 ? 0 : at[a.dimension()] * a.jump();
            if (pixel[k] < a.low() + shift || pixel[k] > a.high() + shift) return false;
        }
        return true;
    }

    /** What every node gives, a lit pixel in each image of the batch. */
    private static Map<String, HostTensor> run(Graph forward, List<Integer> input, List<int[]> pixels) {
        GraphBuilder b = GraphBuilder.continuing(forward);
        for (Node n : b.nodes()) b.output("seen " + n.path(), n.output(0));
        Map<String, HostTensor> seen = new LinkedHashMap<>();
        try (Backend backend = Backends.open("auto", BackendOptions.DEFAULT).backend();
                Session session = new Session(backend, 0)) {
            CompiledGraph g = session.compile(
                    Lowering.forInference(b.build(), backend, Precision.F32), CompileOptions.of(Precision.F32));
            for (var all : List.of(session.parameters(), session.state())) {
                all.forEach((name, type) -> session.write(name, weights(name, session.read(name))));
            }
            HostTensor x =
                    HostTensor.zeros(forward.sources(Value.Kind.INPUT).get(0).type());
            int channels = input.get(0);
            long plane = x.type().elements() / pixels.size() / channels;
            for (int i = 0; i < pixels.size(); i++) {
                long place = 0;
                for (int k = 0; k < pixels.get(i).length; k++) place = place * input.get(k + 1) + pixels.get(i)[k];
                for (int c = 0; c < channels; c++) x.set((i * channels + c) * plane + place, 1);
            }
            g.feed(Network.X, 0, x);
            g.run(0);
            for (Node n : forward.nodes()) seen.put(n.path(), g.read("seen " + n.path()));
        }
        return seen;
    }

    /** Such that a long way through many layers leads to neither 0 nor infinity: what is kept is between 1/3 and 3 a layer. */
    private static HostTensor weights(String name, HostTensor t) {
        double value = name.endsWith(".bias") || name.endsWith("running_mean") ? 0 : 1;
        if (t.shape().rank() > 1) {
            double taps = t.shape().product(2, t.shape().rank());
            value = 1 / (t.shape().dim(1) * Math.sqrt(taps));
        }
        for (long i = 0; i < t.type().elements(); i++) t.set(i, value);
        return t;
    }
}
