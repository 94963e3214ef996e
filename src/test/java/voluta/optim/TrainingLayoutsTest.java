package voluta.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.autodiff.Differentiator;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.Arithmetic;
import voluta.op.Convolution;
import voluta.op.MeanSquaredError;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * Training steps of two convolutions whose channel counts fill no block: oneDNN keeps their weights in layouts of its
 * own, with padding, through which gradients, clipping and state must go unharmed.
 */
class TrainingLayoutsTest {
    private static final int STEPS = 4;

    private static final Initializer NOISE = (tensor, name, seed) -> noise(tensor, name, 0.3);

    private static HostTensor noise(HostTensor t, String name, double scale) {
        int[] random = new int[4];
        for (long i = 0; i < t.type().elements(); i++) {
            Philox.block(Philox.key(3, name), i, 0, random);
            t.set(i, scale * (2 * Philox.uniform(random[0]) - 1));
        }
        return t;
    }

    private static Graph graph(Optimizer optimizer, Clipping clipping) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 3, 9, 9));
        Value w1 = b.parameter("w1", TensorType.f32(17, 3, 3, 3), NOISE);
        Value b1 = b.parameter("b1", TensorType.f32(17), NOISE);
        Value w2 = b.parameter("w2", TensorType.f32(33, 17, 3, 3), NOISE);
        Value hidden = b.add("conv1", Convolution.of2d(1, 1), x, w1, b1).output();
        Value y = b.add("conv2", Convolution.of2d(2, 1), hidden, w2).output();
        Value target = b.input("target", y.type());
        Value loss = b.add("loss", new MeanSquaredError(), y, target).output();
        UpdateStep.append(b, optimizer, clipping, Differentiator.gradients(b, loss, List.of(w1, b1, w2)), false);
        b.output("loss", loss);
        return b.build();
    }

    /** What a training leaves: the norm of each step, then parameters and state. */
    private static Map<String, double[]> train(
            Graph graph, double rate, String backendName, Precision precision, boolean poison) {
        Map<String, double[]> results = new LinkedHashMap<>();
        CompileOptions options =
                new CompileOptions(precision, CompileOptions.of(precision).mode(), 1, !poison, poison);
        try (Backend backend =
                        Backends.open(backendName, BackendOptions.DEFAULT).backend();
                Session session = new Session(backend, 1);
                CompiledGraph g = session.compile(graph, options)) {
            for (Value v : graph.sources(Value.Kind.STATE)) {
                assertEquals(
                        g.plan().value(v.mirrored().orElseThrow()).layout(),
                        g.plan().value(v).layout(),
                        v.name() + " lies as its parameter");
            }
            for (Value v : graph.sources(Value.Kind.INPUT))
                if (v.type().rank() > 0) g.feed(v.name(), 0, noise(HostTensor.zeros(v.type()), v.name(), 1));
            g.feed(
                    UpdateStep.LEARNING_RATE,
                    0,
                    HostTensor.zeros(TensorType.f32()).fill(rate));
            for (int s = 1; s <= STEPS; s++) {
                if (g.hasInput(UpdateStep.STEP)) {
                    TensorType type = new TensorType(DType.I64, Shape.SCALAR);
                    g.feed(UpdateStep.STEP, 0, HostTensor.zeros(type).fill(s));
                }
                g.run(0);
                HostTensor norm = HostTensor.zeros(TensorType.f32());
                g.read(UpdateStep.GRADIENT_NORM, norm);
                results.put("norm of step " + s, norm.toDoubles());
            }
            List<String> held = new ArrayList<>(session.parameters().keySet());
            held.addAll(session.state().keySet());
            for (String name : held) results.put(name, session.read(name).toDoubles());
        }
        return results;
    }

    private static void assumeOnednn() {
        assumeTrue(
                Backends.probe().stream()
                        .anyMatch(c -> c.provider().name().equals("onednn")
                                && c.availability() instanceof Availability.Available),
                "oneDNN is not available");
    }

    @ParameterizedTest
    @CsvSource({
        "sgd, norm",
        "momentum, agc",
        "nesterov, norm",
        "momentum, value",
        "momentum, parameter-norm",
        "adam, norm",
        "adamw, value",
        "rmsprop, norm",
        "adagrad, parameter-norm"
    })
    void trainsAsTheReferenceDoes(String name, String mode) {
        assumeOnednn();
        double limit = mode.equals("value") ? 0.01 : 0.1;
        Optimizer optimizer = Optimizer.named(name).withWeightDecay(0.01);
        boolean adaptive = !(optimizer instanceof Optimizer.Sgd);
        // where a gradient is divided by its own size, rounding decides the sign of small ones: a large epsilon damps
        // that
        if (adaptive) optimizer = optimizer.withEpsilon(1e-2);
        Graph g = graph(optimizer, Clipping.named(mode, limit));
        double rate = adaptive ? 0.002 : 0.05;
        Map<String, double[]> expected = train(g, rate, "reference", Precision.F32, false);
        Map<String, double[]> got = train(g, rate, "onednn", Precision.F32, false);
        compare(expected, got, 1e-5);
        compare(got, train(g, rate, "onednn", Precision.F32, true), 0);
        compare(expected, train(g, rate, "onednn", Precision.BF16, false), 0.05);
    }

    /** Parameters of an activation's shape, whose gradient is the activation's own, in bf16 as it comes from above. */
    private static Graph addedParameters(Clipping clipping) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 16, 6, 6));
        Value w = b.parameter("w", TensorType.f32(3, 16, 3, 3), NOISE);
        Value y = b.add("conv", Convolution.of2d(1, 1), x, w).output();
        Value p = b.parameter("p", y.type(), NOISE), q = b.parameter("q", y.type(), NOISE);
        Arithmetic add = new Arithmetic(Arithmetic.Kind.ADD);
        Value sum = b.add("add_q", add, b.add("add_p", add, y, p).output(), q).output();
        Value s = b.add("silu", Activation.silu(), sum).output();
        Value v = b.parameter("v", TensorType.f32(16, 3, 3, 3), NOISE);
        Value out = b.add("conv2", Convolution.of2d(1, 1), s, v).output();
        Value loss = b.add("loss", new MeanSquaredError(), out, b.input("target", out.type()))
                .output();
        Optimizer momentum = Optimizer.named("momentum");
        UpdateStep.append(b, momentum, clipping, Differentiator.gradients(b, loss, List.of(w, p, q, v)), false);
        b.output("loss", loss);
        return b.build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "norm", "value", "parameter-norm", "agc"})
    void weightsAndClippedGradientsKeepTheirDigits(String mode) {
        assumeOnednn();
        Graph g = addedParameters(mode.equals("none") ? new Clipping.None() : Clipping.named(mode, 1e-3));
        Map<String, double[]> expected = train(g, 1, "reference", Precision.F32, false);
        compare(expected, train(g, 1, "onednn", Precision.F32, false), 1e-5);
        Map<String, double[]> got = train(g, 1, "onednn", Precision.BF16, false);
        compare(got, train(g, 1, "onednn", Precision.BF16, true), 0);
        compare(expected, got, 0.02);
        for (String name : List.of("w", "p", "q", "v")) {
            long rounded = Arrays.stream(got.get(name))
                    .filter(d -> (Float.floatToIntBits((float) d) & 0xffff) == 0)
                    .count();
            assertTrue(rounded < got.get(name).length / 10, name + " holds " + rounded + " bf16 numbers");
        }
    }

    private static void compare(Map<String, double[]> expected, Map<String, double[]> got, double tolerance) {
        assertEquals(expected.keySet(), got.keySet());
        expected.forEach((name, e) -> {
            double[] y = got.get(name);
            double distance = 0, size = 0;
            for (int i = 0; i < e.length; i++) {
                distance += (e[i] - y[i]) * (e[i] - y[i]);
                size += e[i] * e[i];
            }
            double error = Math.sqrt(distance / size);

            assertTrue(error <= tolerance, name + " is off by " + error);
            assertTrue(size > 0, name + " is zero");
        });
    }
}
