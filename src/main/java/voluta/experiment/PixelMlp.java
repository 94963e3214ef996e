package voluta.experiment;

import java.util.List;
import java.util.Locale;
import voluta.backend.Backend;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.model.TextTable;
import voluta.op.Activation;
import voluta.op.Convolution;
import voluta.op.Linear;
import voluta.op.Reshape;
import voluta.op.Transpose;
import voluta.plan.Lowering;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;
import voluta.train.TrainingConfig;

/** Two 1x1 convolutions with a ReLU between them beside an MLP of the same weights that is applied to each pixel. */
final class PixelMlp {
    /** Channels in, between and out: the lecture's 192, made fewer. */
    private static final int IN = 192, BETWEEN = 64, OUT = 32;

    private PixelMlp() {}

    /**
     * What came out.
     *
     * @param pixels how many there were
     * @param largest the largest magnitude of an output
     * @param difference the largest between the two
     */
    record Comparison(long pixels, double largest, double difference) {
        /** A difference of so many times the largest output is rounding: some hundred products in f32. */
        private static final double ROUNDING = 1e-5;

        String sentence() {
            return String.format(
                    Locale.ROOT,
                    "Two 1x1 convolutions (%d, %d, %d channels) and an MLP with the same weights at each of %,d pixels %s:"
                            + " largest difference %s, largest output %s.",
                    IN,
                    BETWEEN,
                    OUT,
                    pixels,
                    difference == 0
                            ? "gave the same bits"
                            : difference <= ROUNDING * largest
                                    ? "gave the same numbers but for rounding"
                                    : "did not give the same numbers",
                    TextTable.number(difference),
                    TextTable.number(largest));
        }
    }

    /** Runs both on the same random numbers, of {@code side} x {@code side} pixels. */
    static Comparison compare(TrainingConfig where, int side) {
        Graph graph = graph(side);
        Backends.Choice choice = Backends.open(where.backend(), where.backendOptions());
        try (Backend backend = choice.backend();
                Session session = new Session(backend, where.seed())) {
            CompiledGraph g =
                    session.compile(Lowering.apply(graph, backend, Precision.F32), CompileOptions.of(Precision.F32));
            g.feed("x", 0, random(graph.sources(Value.Kind.INPUT).get(0).type(), "x"));
            for (String name : session.parameters().keySet())
                session.write(name, random(session.parameters().get(name), name));
            g.run(0);
            return compare(g.read("convolutions"), g.read("mlp"), (long) side * side);
        }
    }

    private static Comparison compare(HostTensor convolutions, HostTensor mlp, long pixels) {
        double largest = 0, difference = 0;
        for (long p = 0; p < pixels; p++) {
            for (int c = 0; c < OUT; c++) {
                double a = convolutions.get(c * pixels + p), b = mlp.get(p * OUT + c);
                largest = Math.max(largest, Math.abs(b));
                difference = Math.max(difference, Math.abs(a - b));
            }
        }
        return new Comparison(pixels, largest, difference);
    }

    private static Graph graph(int side) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(1, IN, side, side));
        Value w1 = b.parameter("w1", TensorType.f32(BETWEEN, IN), Initializer.ZEROS);
        Value w2 = b.parameter("w2", TensorType.f32(OUT, BETWEEN), Initializer.ZEROS);
        Value hidden = relu(b, "conv_relu", conv(b, "conv1", x, w1));
        b.output("convolutions", conv(b, "conv2", hidden, w2));
        Value last = b.add("transpose", new Transpose(List.of(0, 2, 3, 1)), x).output();
        Value pixels = b.add("pixels", new Reshape(Shape.of((long) side * side, IN)), last)
                .output();
        Value between =
                relu(b, "mlp_relu", b.add("linear1", new Linear(), pixels, w1).output());
        b.output("mlp", b.add("linear2", new Linear(), between, w2).output());
        return b.build();
    }

    private static Value relu(GraphBuilder b, String name, Value x) {
        return b.add(name, Activation.of(Activation.Kind.RELU), x).output();
    }

    private static Value conv(GraphBuilder b, String name, Value x, Value w) {
        Shape s = w.type().shape();
        Value filters = b.add(name + "_filters", new Reshape(Shape.of(s.dim(0), s.dim(1), 1, 1)), w)
                .output();
        return b.add(name, Convolution.of2d(1, 0), x, filters).output();
    }

    /** Numbers from -1 to 1, always the same. */
    private static HostTensor random(TensorType type, String name) {
        HostTensor t = HostTensor.zeros(type);
        long key = Philox.key(0, "experiment/1x1/" + name);
        int[] four = new int[4];
        for (long i = 0; i < type.elements(); i++) {
            if (i % 4 == 0) Philox.block(key, i / 4, 0, four);
            t.set(i, 2 * Philox.uniform(four[(int) (i % 4)]) - 1);
        }
        return t;
    }
}
