package voluta.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import voluta.backend.Backend;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.model.Architectures;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.model.TrainingGraph;
import voluta.optim.Clipping;
import voluta.optim.Grouping;
import voluta.optim.LossScale;
import voluta.optim.Optimizer;
import voluta.optim.UpdateStep;
import voluta.plan.Lowering;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Small networks and a few steps of training, for tests of whole steps: every kind of layer that the shipped networks have. */
public final class SmallTraining {
    /** The networks that the tests go through. */
    public static final List<String> NAMES = List.of("lenet5", "norms", "mobile", "resnet20");

    public static final int BATCH = 4;
    public static final int STEPS = 5;

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

    private SmallTraining() {}

    /** {@code norms}, {@code mobile}, or a shipped architecture; it reads floats. */
    public static Network network(String name) {
        NetworkDescription d = switch (name) {
            case "norms" -> NetworkDescription.parse(NORMS, "norms.yaml");
            case "mobile" -> NetworkDescription.parse(MOBILE, "mobile.yaml");
            // large enough that the CPU normalizes where its convolutions read
            case "resnet20" -> Architectures.named(name).withInput(3, 13, 13);
            default -> Architectures.named(name);
        };
        return Network.of(d).withFloats();
    }

    public static HostTensor samples(Network n, int step) {
        List<Integer> in = n.description().input();
        HostTensor t = HostTensor.zeros(TensorType.f32(BATCH, in.get(0), in.get(1), in.get(2)));
        int[] random = new int[4];
        for (long i = 0; i < t.type().elements(); i++) {
            Philox.block(Philox.key(5, "samples"), i, step, random);
            t.set(i, 2 * Philox.uniform(random[0]) - 1);
        }
        return t;
    }

    public static HostTensor labels(Network n, int step) {
        int[] labels = new int[BATCH];
        for (int i = 0; i < BATCH; i++)
            labels[i] = (step + 3 * i) % n.description().classes();
        return HostTensor.i32(Shape.of(BATCH), labels);
    }

    /** In f32 or bf16, which need no loss scale. */
    public static Graph training(Network n, UnaryOperator<Graph> lowering) {
        return training(n, Precision.F32, lowering);
    }

    /** In f16 with a loss scale from which nothing overflows, so that no step is skipped. */
    public static Graph training(Network n, Precision p, UnaryOperator<Graph> lowering) {
        Optional<LossScale> scaling = p == Precision.F16 ? Optional.of(new LossScale(1024, 2)) : Optional.empty();
        // momentum, not Adam, which blows up the rounding of gradients near 0; clipping, which reads all of them
        TrainingGraph.Recipe recipe = new TrainingGraph.Recipe(
                Loss.crossEntropy(0.1),
                Optimizer.named("momentum"),
                new Clipping.ByGlobalNorm(1),
                Grouping.usual(false),
                false,
                scaling);
        return TrainingGraph.build(n, BATCH, recipe, lowering);
    }

    public static Graph fused(Network n, Backend b, Precision p) {
        return training(n, p, g -> Lowering.forTraining(g, b, p));
    }

    /** With reuse of memory, or without it and poisoned. */
    public static CompileOptions options(Precision p, boolean reuse) {
        return new CompileOptions(p, ExecutionMode.CAPTURED, 1, reuse, !reuse);
    }

    /** Fills the slot for a step, and runs it. */
    public static void step(CompiledGraph g, Network n, int s) {
        feed(g, n, s);
        g.run(0);
    }

    /** Fills the slot for a step. */
    public static void feed(CompiledGraph g, Network n, int s) {
        g.feed(n.input(), 0, samples(n, s));
        g.feed(Loss.LABELS, 0, labels(n, s));
        g.feed(UpdateStep.LEARNING_RATE, 0, HostTensor.zeros(TensorType.f32()).fill(0.05));
        if (!g.hasInput(UpdateStep.STEP)) return;
        g.feed(
                UpdateStep.STEP,
                0,
                HostTensor.zeros(new TensorType(DType.I64, Shape.SCALAR)).fill(s + 1));
    }

    /** Parameters and state after some steps, and each step's loss. */
    public static Map<String, double[]> train(Backend b, Network n, Graph graph, Precision p, boolean reuse) {
        return train(b, n, graph, options(p, reuse), STEPS);
    }

    /** The same, so many steps and with these options. */
    public static Map<String, double[]> train(Backend b, Network n, Graph graph, CompileOptions options, int steps) {
        try (Session session = new Session(b, 7);
                CompiledGraph g = session.compile(graph, options)) {
            Map<String, double[]> result = new LinkedHashMap<>();
            for (int s = 0; s < steps; s++) {
                step(g, n, s);
                result.put("loss of step " + s, read(g, TrainingGraph.LOSS));
            }
            result.putAll(held(session));
            return result;
        }
    }

    /** All parameters and state. */
    public static Map<String, double[]> held(Session session) {
        List<String> names = new ArrayList<>(session.parameters().keySet());
        names.addAll(session.state().keySet());
        Map<String, double[]> values = new LinkedHashMap<>();
        for (String name : names) values.put(name, session.read(name).toDoubles());
        return values;
    }

    /** An output of the last step. */
    public static double[] read(CompiledGraph g, String output) {
        HostTensor t = HostTensor.zeros(
                new TensorType(DType.F64, g.graph().output(output).type().shape()));
        g.read(output, t);
        return t.toDoubles();
    }

    /** Fails unless all values have the same bits. */
    public static void same(Map<String, double[]> expected, Map<String, double[]> got, String what) {
        assertEquals(expected.keySet(), got.keySet());
        expected.forEach((name, e) -> assertArrayEquals(e, got.get(name), what + ": " + name));
    }

    /** Fails unless all values are near, by the relative norm of each value's difference. */
    public static void near(Map<String, double[]> expected, Map<String, double[]> got, double tolerance, String what) {
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
