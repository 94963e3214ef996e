package voluta.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.model.Architectures;
import voluta.model.EvaluationGraph;
import voluta.model.InferenceGraph;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.model.TrainingGraph;
import voluta.optim.Clipping;
import voluta.optim.Optimizer;
import voluta.optim.UpdateStep;
import voluta.plan.Lowering;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * Whole networks on oneDNN: what memory reuse, fusion, precision and sharing of parameters may change, and what not. Sizes
 * are small, but every kind of layer that the shipped networks have is there.
 */
class NetworkTruthTest {
    private static final int BATCH = 4;
    private static final int STEPS = 5;

    private static final String NORMS = """
            name: norms
            input: [3, 12, 12]
            classes: 5
            layers:
              - conv: {filters: 8, padding: 1, bias: false}
              - batch_norm
              - relu
              - residual:
                - conv: {filters: 8, padding: 1}
                - layer_norm
                - silu
              - avg_pool: 2
              - conv: {filters: 12, padding: 1, bias: false}
              - instance_norm
              - relu
              - conv: {filters: 16, stride: 2, padding: 1}
              - group_norm: 4
              - silu
              - max_pool: 3
              - flatten
              - dropout: 0.3
              - linear: classes
            """;

    private static final String MOBILE = """
            name: mobile
            input: [3, 10, 10]
            classes: 5
            layers:
              - conv: {filters: 16, stride: 2, padding: 1, bias: false}
              - batch_norm
              - relu6
              - inverted_residual: {width: 16, expansion: 3}
              - inverted_residual: {width: 24, stride: 2, expansion: 3}
              - global_avg_pool
              - flatten
              - linear: classes
            """;

    private static Backend onednn;
    private static Backend reference;

    @BeforeAll
    static void open() {
        assumeTrue(
                Backends.probe().stream()
                        .anyMatch(c -> c.provider().name().equals("onednn")
                                && c.availability() instanceof Availability.Available),
                "oneDNN is not available");
        onednn = Backends.open("onednn", BackendOptions.DEFAULT).backend();
        reference = Backends.open("reference", BackendOptions.DEFAULT).backend();
    }

    @AfterAll
    static void close() {
        if (onednn != null) onednn.close();
        if (reference != null) reference.close();
    }

    static Stream<Arguments> networks() {
        return Stream.of("lenet5", "norms", "mobile", "resnet20")
                .flatMap(n -> Stream.of(Precision.values()).map(p -> Arguments.of(n, p)));
    }

    private static Network network(String name) {
        NetworkDescription d = switch (name) {
            case "norms" -> NetworkDescription.parse(NORMS, "norms.yaml");
            case "mobile" -> NetworkDescription.parse(MOBILE, "mobile.yaml");
            case "resnet20" -> Architectures.named(name).withInput(3, 12, 12);
            default -> Architectures.named(name);
        };
        return Network.of(d).withFloats();
    }

    private static HostTensor samples(Network n, int step) {
        List<Integer> in = n.description().input();
        HostTensor t = HostTensor.zeros(TensorType.f32(BATCH, in.get(0), in.get(1), in.get(2)));
        int[] random = new int[4];
        for (long i = 0; i < t.type().elements(); i++) {
            Philox.block(Philox.key(5, "samples"), i, step, random);
            t.set(i, 2 * Philox.uniform(random[0]) - 1);
        }
        return t;
    }

    private static HostTensor labels(Network n, int step) {
        int[] labels = new int[BATCH];
        for (int i = 0; i < BATCH; i++)
            labels[i] = (step + 3 * i) % n.description().classes();
        return HostTensor.i32(Shape.of(BATCH), labels);
    }

    private static Graph training(Network n, UnaryOperator<Graph> lowering) {
        // momentum, not Adam, which blows up the rounding of gradients near 0; clipping, which reads all of them
        TrainingGraph.Recipe recipe = new TrainingGraph.Recipe(
                Loss.crossEntropy(0.1), Optimizer.named("momentum"), new Clipping.ByGlobalNorm(1), false);
        return TrainingGraph.build(n, BATCH, recipe, lowering);
    }

    private static Graph fused(Network n, Backend b, Precision p) {
        return training(n, g -> Lowering.forTraining(g, b, p));
    }

    private static CompileOptions options(Precision p, boolean reuse) {
        return new CompileOptions(p, ExecutionMode.CAPTURED, 1, reuse, !reuse);
    }

    private static void step(CompiledGraph g, Network n, int s) {
        g.feed(n.input(), 0, samples(n, s));
        g.feed(Loss.LABELS, 0, labels(n, s));
        g.feed(UpdateStep.LEARNING_RATE, 0, HostTensor.zeros(TensorType.f32()).fill(0.05));
        g.feed(
                UpdateStep.STEP,
                0,
                HostTensor.zeros(new TensorType(DType.I64, Shape.SCALAR)).fill(s + 1));
        g.run(0);
    }

    /** Parameters and state after some steps, and each step's loss. */
    private static Map<String, double[]> train(Backend b, Network n, Graph graph, Precision p, boolean reuse) {
        try (Session session = new Session(b, 7);
                CompiledGraph g = session.compile(graph, options(p, reuse))) {
            Map<String, double[]> result = new LinkedHashMap<>();
            for (int s = 0; s < STEPS; s++) {
                step(g, n, s);
                result.put("loss of step " + s, read(g, TrainingGraph.LOSS));
            }
            result.putAll(held(session));
            return result;
        }
    }

    private static Map<String, double[]> held(Session session) {
        List<String> names = new ArrayList<>(session.parameters().keySet());
        names.addAll(session.state().keySet());
        Map<String, double[]> values = new LinkedHashMap<>();
        for (String name : names) values.put(name, session.read(name).toDoubles());
        return values;
    }

    private static double[] read(CompiledGraph g, String output) {
        HostTensor t = HostTensor.zeros(
                new TensorType(DType.F64, g.graph().output(output).type().shape()));
        g.read(output, t);
        return t.toDoubles();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void memoryAndRepetitionChangeNoBit(String name, Precision p) {
        Network n = network(name);
        Graph g = fused(n, onednn, p);
        Map<String, double[]> first = train(onednn, n, g, p, true);
        equal(first, train(onednn, n, g, p, true), "the same run again");
        equal(first, train(onednn, n, g, p, false), "a run without reuse, in poisoned memory");
    }

    /**
     * Over five steps, differences in rounding grow; the bounds are some five times what was seen. Moments are compared in
     * f32 alone: what bf16 leaves of a gradient that almost cancels is far off in every element.
     */
    @ParameterizedTest
    @MethodSource("networks")
    void agreesWithUnfusedAndWithTheReference(String name, Precision p) {
        Network n = network(name);
        Map<String, double[]> fused = train(onednn, n, fused(n, onednn, p), p, true);
        Map<String, double[]> pieces = train(onednn, n, training(n, g -> Lowering.apply(g, onednn, p)), p, true);
        Map<String, double[]> exact = train(reference, n, fused(n, reference, Precision.F32), Precision.F32, true);
        double tolerance = p == Precision.F32 ? 1e-4 : 0.1;
        if (p == Precision.BF16) exact.keySet().removeIf(k -> k.endsWith(".momentum"));
        close(exact, fused, tolerance, "the reference and oneDNN");
        close(pieces, fused, tolerance, "unfused and fused");
    }

    @ParameterizedTest
    @MethodSource("networks")
    void foldedInferenceAgreesWithUnfoldedEvaluation(String name, Precision p) {
        Network n = network(name);
        try (Session session = new Session(onednn, 7);
                CompiledGraph training = session.compile(fused(n, onednn, p), options(p, true));
                CompiledGraph folded = session.compile(
                        InferenceGraph.build(n, BATCH, g -> Lowering.forInference(g, onednn, p)), options(p, true));
                CompiledGraph plain = session.compile(
                        InferenceGraph.build(n, BATCH, g -> Lowering.apply(g, onednn, p)), options(p, true))) {
            for (int s = 0; s < STEPS; s++) step(training, n, s);
            for (CompiledGraph g : List.of(folded, plain)) {
                g.feed(n.input(), 0, samples(n, 99));
                g.run(0);
            }
            double tolerance = p == Precision.F32 ? 1e-5 : 0.06;
            close(
                    Map.of("logits", read(plain, Network.LOGITS)),
                    Map.of("logits", read(folded, Network.LOGITS)),
                    tolerance,
                    "unfolded and folded");
        }
    }

    /** What an evaluation graph computed before its first step from parameters and statistics must follow each training step. */
    @ParameterizedTest
    @MethodSource("networks")
    void evaluationSeesEachTrainingStep(String name, Precision p) {
        Network n = network(name);
        Graph evaluation =
                EvaluationGraph.build(n, BATCH, Loss.crossEntropy(0), g -> Lowering.forInference(g, onednn, p));
        try (Session session = new Session(onednn, 7);
                CompiledGraph training = session.compile(fused(n, onednn, p), options(p, true));
                CompiledGraph shared = session.compile(evaluation, options(p, true))) {
            double[] before = evaluate(shared, n);
            for (int s = 0; s < STEPS; s++) {
                step(training, n, s);
                double[] now = evaluate(shared, n);
                assertFalse(Arrays.equals(before, now), "step " + s + " changed nothing");
                assertArrayEquals(fresh(session, n, evaluation, p), now, "after step " + s);
                before = now;
            }
        }
    }

    /** Whoever compiles first decides how weights lie; neither order may round them or keep the other from running. */
    @ParameterizedTest
    @MethodSource("networks")
    void trainsInASessionThatBeganWithInference(String name, Precision p) {
        Network n = network(name);
        Graph inference = InferenceGraph.build(n, BATCH, g -> Lowering.forInference(g, onednn, p));
        try (Session session = new Session(onednn, 7);
                Session other = new Session(onednn, 7);
                CompiledGraph first = session.compile(inference, options(p, true));
                CompiledGraph then = session.compile(fused(n, onednn, p), options(p, true));
                CompiledGraph alone = other.compile(fused(n, onednn, p), options(p, true))) {
            first.feed(n.input(), 0, samples(n, 99));
            first.run(0);
            for (String w : other.parameters().keySet())
                assertArrayEquals(other.read(w).toDoubles(), session.read(w).toDoubles(), w);
            step(then, n, 0);
            step(alone, n, 0);
            close(
                    Map.of("loss", read(alone, TrainingGraph.LOSS)),
                    Map.of("loss", read(then, TrainingGraph.LOSS)),
                    p == Precision.F32 ? 1e-5 : 0.02,
                    "training alone and after inference");
        }
    }

    /** The same from a session of its own, whose training graph is there for its layouts alone, into which parameters and statistics are written. */
    @SuppressWarnings("try")
    private static double[] fresh(Session trained, Network n, Graph evaluation, Precision p) {
        try (Session session = new Session(onednn, 8);
                CompiledGraph layouts = session.compile(fused(n, onednn, p), options(p, true));
                CompiledGraph g = session.compile(evaluation, options(p, true))) {
            assertEquals(trained.parameters(), session.parameters());
            for (String name : trained.parameters().keySet()) session.write(name, trained.read(name));
            for (String name : trained.state().keySet()) session.write(name, trained.read(name));
            return evaluate(g, n);
        }
    }

    private static double[] evaluate(CompiledGraph g, Network n) {
        g.feed(n.input(), 0, samples(n, 99));
        g.feed(Loss.LABELS, 0, labels(n, 99));
        g.run(0);
        return read(g, Network.LOGITS);
    }

    private static void equal(Map<String, double[]> expected, Map<String, double[]> got, String what) {
        assertEquals(expected.keySet(), got.keySet());
        expected.forEach((name, e) -> assertArrayEquals(e, got.get(name), what + ": " + name));
    }

    private static void close(
            Map<String, double[]> expected, Map<String, double[]> got, double tolerance, String what) {
        double worst = 0;
        String where = "";
        for (var e : expected.entrySet()) {
            double[] a = e.getValue(), b = got.get(e.getKey());
            double distance = 0, size = 0;
            for (int i = 0; i < a.length; i++) {
                distance += (a[i] - b[i]) * (a[i] - b[i]);
                size += a[i] * a[i];
            }
            // a shift that a normalization takes out again has gradient 0, and what is there is rounding alone
            double error = Math.sqrt(distance / Math.max(size, tolerance * tolerance * a.length));
            if (!(error <= worst)) {
                worst = error;
                where = e.getKey();
            }
        }
        assertTrue(worst <= tolerance, what + " differ in " + where + " by " + worst);
    }
}
