package voluta.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.nn.Sequential.Item;
import voluta.op.Activation;
import voluta.op.Convolution;
import voluta.op.Padding;
import voluta.plan.Lowering;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

class LayersTest {
    private static Graph graph(Layer layer, Mode mode, long... input) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(input));
        b.output("y", layer.apply(new Build(b, mode, 0), "l", x));
        return b.build();
    }

    private static Shape shape(Layer layer, long... input) {
        return graph(layer, Mode.TRAINING, input).output("y").type().shape();
    }

    private static double[] compute(Layer layer, double[] x, long... input) {
        try (Backend backend =
                        Backends.open("reference", BackendOptions.DEFAULT).backend();
                Session session = new Session(backend, 0)) {
            Graph g = Lowering.forInference(graph(layer, Mode.INFERENCE, input), backend, Precision.F32);
            CompiledGraph c = session.compile(g, CompileOptions.of(Precision.F32));
            c.feed("x", 0, HostTensor.zeros(TensorType.f32(input)).fill(x));
            c.run(0);
            return c.read("y").toDoubles();
        }
    }

    /** The picture and the filter of the lecture; the inner 3x3 is its result, as nothing of the border reaches it. */
    @Test
    void filterOfTheLecture() {
        Filter f = new Filter(List.of(List.of(0.0, 1.0, 0.0), List.of(1.0, 0.0, 1.0), List.of(0.0, 1.0, 0.0)));
        double[] picture = {1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1};
        double[] y = compute(f, picture, 1, 1, 5, 5);
        double[] inner = {y[6], y[7], y[8], y[11], y[12], y[13], y[16], y[17], y[18]};
        assertArrayEquals(new double[] {3, 2, 2, 1, 3, 2, 2, 1, 2}, inner);
    }

    @Test
    void filtersAreNotTrainedAndWorkOnEachChannel() {
        Graph g = graph(NamedFilters.all().get("sobel_x"), Mode.TRAINING, 2, 3, 6, 6);
        assertEquals(List.of(), g.parameters());
        double[] y = compute(NamedFilters.all().get("identity"), new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 2, 2, 2);
        assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6, 7, 8}, y);
        for (var e : NamedFilters.all().entrySet()) {
            double sum = e.getValue().matrix().stream()
                    .flatMap(List::stream)
                    .mapToDouble(d -> d)
                    .sum();
            boolean edges = List.of("horizontal_edge", "vertical_edge", "sobel_x", "sobel_y", "laplacian")
                    .contains(e.getKey());
            assertEquals(edges ? 0 : 1, sum, 1e-12, e.getKey());
        }
    }

    @ParameterizedTest
    @CsvSource({"7, 3, 1, 1", "7, 3, 2, 1", "8, 2, 2, 1", "8, 5, 3, 1", "9, 3, 1, 3", "5, 4, 1, 1", "3, 1, 2, 1"})
    void samePaddingGivesSizeOverStride(int size, int kernel, int stride, int dilation) {
        Conv c = new Conv(
                2,
                List.of(kernel),
                List.of(stride),
                List.of(dilation),
                Border.SAME,
                Padding.Mode.CONSTANT,
                0,
                1,
                false,
                Initialization.DEFAULT);
        int expected = (size + stride - 1) / stride;
        assertEquals(Shape.of(1, 2, expected, expected + 1), shape(c, 1, 3, size, size + stride));
    }

    @Test
    void zerosArePartOfTheConvolutionAndOtherBordersAreNot() {
        Conv zeros = Conv.of(2, 3, 1, 1, true, Initialization.DEFAULT);
        assertEquals(1, graph(zeros, Mode.TRAINING, 1, 1, 4, 4).nodes().size());
        for (Padding.Mode mode : Padding.Mode.values()) {
            double value = mode == Padding.Mode.CONSTANT ? 0.5 : 0;
            Conv c = new Conv(
                    2, List.of(3), List.of(1), List.of(1), Border.of(1), mode, value, 1, true, Initialization.DEFAULT);
            Graph g = graph(c, Mode.TRAINING, 1, 1, 4, 4);
            assertEquals(
                    List.of("l.pad", "l"), g.nodes().stream().map(n -> n.path()).toList());
            assertEquals(
                    new Padding(mode, value, List.of(1, 1), List.of(1, 1)),
                    g.nodes().get(0).op());
            assertEquals(Shape.of(1, 2, 4, 4), g.output("y").type().shape());
        }
    }

    @Test
    void onesSumTheWindowWithTheBordersNumber() {
        Conv c = new Conv(
                1,
                List.of(3),
                List.of(1),
                List.of(1),
                new Border(false, List.of(1), List.of(0)),
                Padding.Mode.CONSTANT,
                10,
                1,
                false,
                Initialization.of(Initialization.Scheme.ONES));
        assertArrayEquals(new double[] {13, 6}, compute(c, new double[] {1, 2, 3}, 1, 1, 3));
    }

    @Test
    void groupsAndDepth() {
        Conv c = Conv.of(6, 3, 1, 0, false, Initialization.DEFAULT).withGroups(0);
        Graph g = graph(c, Mode.TRAINING, 1, 3, 5, 5);
        assertEquals(Shape.of(6, 1, 3, 3), g.parameters().get(0).type().shape());
        assertEquals(3, ((Convolution) g.nodes().get(0).op()).groups());
        assertThrows(ShapeException.class, () -> shape(c.withGroups(2), 1, 3, 5, 5));
    }

    @Test
    void transposedConvolutionRestoresTheSize() {
        ConvTranspose t = new ConvTranspose(
                5, List.of(3), List.of(2), List.of(1), Border.of(1), List.of(1), 1, true, Initialization.DEFAULT);
        assertEquals(Shape.of(1, 5, 14, 10), shape(t, 1, 4, 7, 5));
        assertThrows(
                ShapeException.class,
                () -> new ConvTranspose(
                        5,
                        List.of(3),
                        List.of(2),
                        List.of(1),
                        Border.SAME,
                        List.of(0),
                        1,
                        true,
                        Initialization.DEFAULT));
    }

    @Test
    void dropoutIsThereInTrainingOnlyAndEachHasItsOwnMask() {
        Layer two = new Sequential(List.of(new Item("a", new Dropout(0.5)), new Item("b", new Dropout(0.5))));
        Graph g = graph(two, Mode.TRAINING, 2, 4);
        assertNotEquals(g.nodes().get(0).op(), g.nodes().get(1).op());
        assertEquals(
                1,
                g.sources(Value.Kind.INPUT).stream()
                        .filter(v -> v.name().equals("step"))
                        .count());
        assertEquals(List.of(), graph(two, Mode.INFERENCE, 2, 4).nodes());
        assertEquals(List.of(), graph(new Dropout(0), Mode.TRAINING, 2, 4).nodes());
    }

    @Test
    void residualAddsItsInput() {
        Layer doubled = new Residual(
                new Sequential(List.of(new Item("0", new Elementwise(Activation.relu())))),
                Optional.empty(),
                Optional.of(Activation.tanh()));
        double[] y = compute(doubled, new double[] {-1, 0.25}, 1, 2);
        assertArrayEquals(new double[] {Math.tanh(-1), Math.tanh(0.5)}, y, 1e-7);
    }

    @Test
    void joinsReachOutwardAndLaterNamesHideEarlierOnes() {
        Layer net = new Sequential(List.of(
                new Item("a", new Elementwise(Activation.relu())),
                new Item(
                        "inner",
                        new Sequential(List.of(
                                new Item("b", new Elementwise(Activation.relu6())),
                                new Item("sum", new Join(Join.How.ADD, List.of("a", "b"), 0))))),
                new Item("both", new Join(Join.How.CONCATENATE, List.of("a", "inner"), 1))));
        assertArrayEquals(new double[] {20, 6, 8, 2, 20, 6}, compute(net, new double[] {8, 2}, 1, 2), 1e-7);
        Layer wrong = new Sequential(
                List.of(new Item("x", net), new Item("sum", new Join(Join.How.ADD, List.of("inner"), 0))));
        ShapeException e = assertThrows(ShapeException.class, () -> shape(wrong, 1, 2));
        assertTrue(e.getMessage().contains("no earlier layer is named inner; there are [x]"), e.getMessage());
    }

    @Test
    void shapesChange() {
        assertEquals(Shape.of(2, 60), shape(new Flatten(), 2, 3, 4, 5));
        Graph flat = graph(new Flatten(), Mode.TRAINING, 2, 3);
        assertSame(flat.sources().get(0), flat.output("y"));
        assertEquals(Shape.of(2, 6, 10), shape(new Reshape(List.of(6, -1)), 2, 3, 4, 5));
        assertThrows(ShapeException.class, () -> shape(new Reshape(List.of(7, -1)), 2, 3, 4, 5));
        assertEquals(Shape.of(2, 5, 3, 4), shape(new Transpose(List.of(0, 3, 1, 2)), 2, 3, 4, 5));
        assertThrows(ShapeException.class, () -> new Transpose(List.of(1, 0)));
        assertEquals(Shape.of(2, 3, 3, 5), shape(new Crop(2, 1, 0), 2, 3, 4, 5));
        assertEquals(Shape.of(2, 3, 2, 5), shape(new Crop(2, 1, -1), 2, 3, 4, 5));
        assertThrows(ShapeException.class, () -> shape(new Crop(4, 0, 0), 2, 3, 4, 5));
        assertEquals(
                Shape.of(2, 3, 7, 5),
                shape(new Pad(new Border(false, List.of(1, 0), List.of(2, 0)), Padding.Mode.REPLICATE, 0), 2, 3, 4, 5));
    }

    @Test
    void normalizationsHaveTheParametersOfPyTorch() {
        assertEquals(
                List.of("l.weight f32[3]", "l.bias f32[3]", "l.running_mean f32[3]", "l.running_var f32[3]"),
                sources(BatchNorm.STANDARD));
        assertEquals(List.of("l.weight f32[3,4,5]", "l.bias f32[3,4,5]"), sources(new LayerNorm(1, 1e-5)));
        assertEquals(List.of("l.weight f32[5]", "l.bias f32[5]"), sources(new LayerNorm(3, 1e-5)));
        assertEquals(List.of("l.weight f32[3]", "l.bias f32[3]"), sources(new GroupNorm(3, 1e-5)));
        assertEquals(List.of("l.weight f32[3]", "l.bias f32[3]"), sources(new GroupNorm(0, 1e-5)));
        assertEquals(List.of("l.weight f32[3]"), sources(new PRelu(true, 0.25)));
        assertEquals(List.of("l.weight f32[1]"), sources(new PRelu(false, 0.25)));
        assertThrows(ShapeException.class, () -> shape(new LayerNorm(4, 1e-5), 2, 3, 4, 5));
        assertThrows(ShapeException.class, () -> shape(new GroupNorm(2, 1e-5), 2, 3, 4, 5));
    }

    private static List<String> sources(Layer layer) {
        Graph g = graph(layer, Mode.TRAINING, 2, 3, 4, 5);
        return g.sources().stream().skip(1).map(Value::toString).toList();
    }
}
