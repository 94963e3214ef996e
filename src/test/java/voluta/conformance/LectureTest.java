package voluta.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.BackendProvider;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.op.BatchNormalization;
import voluta.op.Convolution;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Examples that can be followed with pencil and paper, on every backend that works here. */
class LectureTest {
    /** What a test does on one backend. */
    private interface Example {
        void run(Session session, Precision precision);
    }

    private static Stream<Precision> precisions(BackendProvider p) {
        if (p.name().equals("reference")) return Stream.of(Precision.F32);
        try (Backend b = p.open(BackendOptions.DEFAULT)) {
            return b.precisions().stream();
        }
    }

    private static Stream<DynamicTest> everywhere(Example example) {
        return Backends.providers().stream()
                .filter(p -> p.probe() instanceof Availability.Available)
                .flatMap(p -> precisions(p)
                        .map(precision -> DynamicTest.dynamicTest(p.name() + " " + precision.label(), () -> {
                            try (Backend b = p.open(BackendOptions.DEFAULT);
                                    Session session = new Session(b, 0)) {
                                example.run(session, precision);
                            }
                        })));
    }

    private static Initializer given(double... values) {
        return (tensor, name, seed) -> {
            for (int i = 0; i < values.length; i++) tensor.set(i, values[i]);
        };
    }

    private static HostTensor tensor(Shape shape, double... values) {
        HostTensor t = HostTensor.zeros(TensorType.f32(shape));
        given(values).fill(t, "", 0);
        return t;
    }

    private static double[] read(CompiledGraph g, String output) {
        Value v = g.graph().output(output);
        HostTensor t = HostTensor.zeros(new TensorType(DType.F64, v.type().shape()));
        g.read(output, t);
        return t.toDoubles();
    }

    /** Each output counts the ones among the four neighbours of a position. */
    @TestFactory
    Stream<DynamicTest> crossShapedFilter() {
        return everywhere((session, precision) -> {
            GraphBuilder b = new GraphBuilder();
            Value x = b.input("x", TensorType.f32(1, 1, 5, 5));
            Value w = b.parameter("w", TensorType.f32(1, 1, 3, 3), given(0, 1, 0, 1, 0, 1, 0, 1, 0));
            b.output("y", b.add("conv", Convolution.of2d(1, 0), x, w).output());
            CompiledGraph g = session.compile(b.build(), CompileOptions.of(precision));
            double[] image = {
                1, 1, 1, 0, 0, //
                0, 0, 1, 1, 0, //
                0, 1, 0, 1, 1, //
                1, 1, 0, 0, 0, //
                1, 0, 0, 1, 1
            };
            g.feed("x", 0, tensor(x.type().shape(), image));
            g.run(0);
            assertArrayEquals(new double[] {3, 2, 2, 1, 3, 2, 2, 1, 2}, read(g, "y"));
        });
    }

    /**
     * Algorithm 1 of Ioffe and Szegedy (2015): of 1, 3, 5 and 7, the mean is 4 and the variance (9 + 1 + 1 + 9) / 4 = 5.
     * With epsilon 4, the deviation is the root of 9; the running variance takes in the unbiased 20 / 3.
     */
    @TestFactory
    Stream<DynamicTest> batchNormalization() {
        return everywhere((session, precision) -> {
            Graph graph = normalization(new BatchNormalization(4, 0.25, BatchNormalization.Mode.TRAINING));
            CompiledGraph g = session.compile(graph, CompileOptions.of(precision));
            g.feed("x", 0, tensor(Shape.of(2, 1, 1, 2), 1, 3, 5, 7));
            g.run(0);
            double loose = precision == Precision.F32 ? 1e-6 : 0.03;
            assertArrayEquals(new double[] {-5, -1, 3, 7}, read(g, "y"), loose);
            for (var e : Map.of("mean", 0.75 * 8 + 0.25 * 4, "variance", 0.75 * 2 + 0.25 * 20 / 3)
                    .entrySet())
                assertArrayEquals(
                        new double[] {e.getValue()}, session.read(e.getKey()).toDoubles(), 1e-5, e.getKey());
        });
    }

    /** In inference, the running mean 8 and variance 2 count: with epsilon 2, y = 6 (x - 8) / 2 + 1. */
    @TestFactory
    Stream<DynamicTest> frozenBatchNormalization() {
        return everywhere((session, precision) -> {
            Graph graph = normalization(new BatchNormalization(2, 0.25, BatchNormalization.Mode.FROZEN));
            CompiledGraph g = session.compile(graph, CompileOptions.of(precision));
            g.feed("x", 0, tensor(Shape.of(2, 1, 1, 2), 1, 3, 5, 7));
            g.run(0);
            assertArrayEquals(new double[] {-20, -14, -8, -2}, read(g, "y"), precision == Precision.F32 ? 1e-5 : 0.1);
        });
    }

    private static Graph normalization(BatchNormalization op) {
        GraphBuilder b = new GraphBuilder();
        TensorType one = TensorType.f32(1);
        Value x = b.input("x", TensorType.f32(2, 1, 1, 2));
        List<Value> in = List.of(
                x,
                b.parameter("scale", one, given(6)),
                b.parameter("shift", one, given(1)),
                b.state("mean", one, given(8)),
                b.state("variance", one, given(2)));
        Node n = b.add("norm", op, in);
        b.output("y", n.output(0));
        return b.build();
    }
}
