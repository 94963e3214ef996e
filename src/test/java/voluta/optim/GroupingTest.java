package voluta.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import voluta.TraceReader;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.BackendProvider;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.OptimizerStep;
import voluta.optim.Grouping.Setting;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Groups with a rate and a decay of their own: what PyTorch computes for them, and what the formulas give in double. */
class GroupingTest {
    private static final JsonNode TRACE = TraceReader.read("groups");
    private static final int SIZE = 7, STEPS = 6;

    /** Two parameters, {@code body} and {@code head}, whose gradients are fed. */
    private static final class Two {
        final GraphBuilder builder = new GraphBuilder();
        final Map<Value, Value> gradients = new LinkedHashMap<>();
        final UpdateStep update;

        Two(Optimizer optimizer, Clipping clipping, Setting body, Setting head, Optional<LossScale> scaling) {
            for (String name : List.of("body", "head")) {
                TensorType type = TensorType.f32(1, SIZE);
                gradients.put(
                        builder.parameter(name, type, Initializer.ZEROS), builder.input(name + ".gradient", type));
            }
            scaling.ifPresent(s -> s.declare(builder));
            Grouping grouping = new Grouping(false, name -> name.equals("body") ? body : head);
            update = UpdateStep.append(builder, optimizer, clipping, gradients, grouping, scaling);
        }
    }

    /** What goes in and what comes out: rates by step, then by step and parameter. */
    private record Course(double[] rates, double[][] initial, double[][][] gradients, double[][][] values) {}

    private static void follow(BackendProvider provider, Two two, Precision precision, Course c, double tolerance) {
        try (Backend backend = provider.open(BackendOptions.DEFAULT);
                Session session = new Session(backend, 1);
                CompiledGraph g = session.compile(two.builder.build(), CompileOptions.of(precision))) {
            List<Value> parameters = List.copyOf(two.gradients.keySet());
            for (int p = 0; p < 2; p++) {
                Value v = parameters.get(p);
                session.write(v.name(), HostTensor.zeros(v.type()).fill(c.initial[p]));
            }
            for (int s = 0; s < STEPS; s++) {
                for (int p = 0; p < 2; p++) {
                    Value v = parameters.get(p);
                    g.feed(v.name() + ".gradient", 0, HostTensor.zeros(v.type()).fill(c.gradients[s][p]));
                }
                g.feed(
                        UpdateStep.LEARNING_RATE,
                        0,
                        HostTensor.zeros(TensorType.f32()).fill(c.rates[s]));
                if (g.hasInput(UpdateStep.STEP)) {
                    HostTensor number = HostTensor.zeros(two.update.step().type());
                    g.feed(UpdateStep.STEP, 0, number.fill(s + 1));
                }
                g.run(0);
                for (int p = 0; p < 2; p++) {
                    HostTensor now = HostTensor.zeros(new TensorType(DType.F64, Shape.of(1, SIZE)));
                    session.read(parameters.get(p).name(), now);
                    for (int i = 0; i < SIZE; i++) {
                        String where = parameters.get(p).name() + " element " + i + " after step " + (s + 1);
                        double scale = Math.max(1, Math.abs(c.values[s][p][i]));
                        assertEquals(c.values[s][p][i], now.get(i), tolerance * (s + 1) * scale, where);
                    }
                }
            }
        }
    }

    private interface OnBackend {
        void run(BackendProvider provider);
    }

    private static Stream<DynamicTest> everywhere(String what, OnBackend test) {
        return Backends.providers().stream()
                .map(p -> dynamicTest(p.name() + ": " + what, () -> {
                    if (p.probe() instanceof Availability.Unavailable u)
                        assumeTrue(false, p.name() + " skipped: " + u.reason());
                    test.run(p);
                }));
    }

    private static double tolerance(BackendProvider provider) {
        // The rounding of a few f32 operations a step.
        return provider.name().equals("reference") ? 1e-12 : 2e-6;
    }

    @TestFactory
    Stream<DynamicTest> everyBackendDoesWhatPyTorchDoes() {
        List<DynamicTest> all = new ArrayList<>();
        for (JsonNode c : TRACE.get("cases")) {
            Course course = new Course(
                    TraceReader.doubles(TRACE.get("rates")),
                    both(TRACE.get("initial")),
                    steps(TRACE.get("gradients")),
                    steps(c.get("values")));
            Clipping clipping = c.get("limit").isNull()
                    ? new Clipping.None()
                    : Clipping.named("norm", c.get("limit").doubleValue());
            everywhere(c.get("name").textValue(), p -> {
                        Two two = new Two(
                                OptimizerTracesTest.optimizer(c),
                                clipping,
                                setting(c, 0, "body"),
                                setting(c, 1, "head"),
                                Optional.empty());
                        follow(p, two, Precision.F32, course, tolerance(p));
                    })
                    .forEach(all::add);
        }
        assertEquals(7 * Backends.providers().size(), all.size());
        return all.stream();
    }

    private static Setting setting(JsonNode c, int i, String name) {
        JsonNode g = c.get("groups").get(i);
        double decay = g.get("weight_decay").doubleValue();
        return new Setting(name, g.get("factor").doubleValue(), OptionalDouble.of(decay));
    }

    private static double[][][] steps(JsonNode steps) {
        double[][][] all = new double[STEPS][][];
        for (int s = 0; s < STEPS; s++) all[s] = both(steps.get(s));
        return all;
    }

    private static double[][] both(JsonNode parameters) {
        return new double[][] {TraceReader.doubles(parameters.get(0)), TraceReader.doubles(parameters.get(1))};
    }

    /**
     * SGD with momentum, written down once more: with the norm of all gradients clipped, with a loss scale, in bf16 (where the
     * rate must not be rounded to bf16), and a factor that f32 does not hold.
     */
    @TestFactory
    Stream<DynamicTest> everyBackendDoesWhatTheFormulaGives() {
        Course course = momentum(0.9, 0.3, 0.1, 0.02, 0.5);
        return Stream.of(Precision.F32, Precision.BF16, Precision.F16)
                .flatMap(precision -> everywhere("momentum in " + precision.label(), p -> {
                    boolean scaled = precision == Precision.F16;
                    if (scaled) assumeTrue(!p.name().equals("onednn"), "oneDNN has no f16");
                    Two two = new Two(
                            Optimizer.named("momentum").withWeightDecay(0.02),
                            Clipping.named("norm", 0.5),
                            new Setting("body", 0.3, OptionalDouble.of(0.1)),
                            Setting.USUAL,
                            scaled ? Optional.of(new LossScale(1, 1000)) : Optional.empty());
                    follow(p, two, precision, course, 2e-6);
                }));
    }

    private static Course momentum(double momentum, double factor, double decay, double usualDecay, double limit) {
        double[] rates = {0.1, 0.3, 0.2, 0.2, 0.1, 0.05};
        double[][] initial = new double[2][SIZE];
        double[][][] gradients = new double[STEPS][2][SIZE], values = new double[STEPS][2][SIZE];
        for (int p = 0; p < 2; p++) {
            for (int i = 0; i < SIZE; i++) {
                initial[p][i] = (float) Math.sin(1 + p + 3 * i);
                for (int s = 0; s < STEPS; s++) gradients[s][p][i] = (float) Math.cos(2 * p + i + 5 * s);
            }
        }
        double[][] w = {initial[0].clone(), initial[1].clone()}, v = new double[2][SIZE];
        for (int s = 0; s < STEPS; s++) {
            double squares = 0;
            for (double[] g : gradients[s]) for (double x : g) squares += x * x;
            double clip = Math.min(1, limit / (Math.sqrt(squares) + 1e-6));
            for (int p = 0; p < 2; p++) {
                for (int i = 0; i < SIZE; i++) {
                    double d = clip * gradients[s][p][i] + (p == 0 ? decay : usualDecay) * w[p][i];
                    v[p][i] = s == 0 ? d : momentum * v[p][i] + d;
                    w[p][i] -= rates[s] * (p == 0 ? factor : 1) * v[p][i];
                    values[s][p][i] = w[p][i];
                }
            }
        }
        return new Course(rates, initial, gradients, values);
    }

    @Test
    void parametersOfEqualSettingsAreUpdatedByOneNode() {
        GraphBuilder b = new GraphBuilder();
        Map<Value, Value> gradients = new LinkedHashMap<>();
        for (String name : List.of("a.weight", "a.bias", "b.weight", "b.bias", "c.weight", "c.bias")) {
            TensorType type = name.endsWith("bias") ? TensorType.f32(4) : TensorType.f32(4, 4);
            gradients.put(b.parameter(name, type, Initializer.ZEROS), b.input(name + ".gradient", type));
        }
        Setting slow = new Setting("slow", 0.1, OptionalDouble.empty());
        Setting free = new Setting("free", 0.1, OptionalDouble.of(0));
        Grouping grouping =
                new Grouping(false, n -> n.startsWith("a") ? slow : n.startsWith("b") ? Setting.USUAL : free);
        UpdateStep.append(b, Optimizer.named("adamw"), new Clipping.None(), gradients, grouping, Optional.empty());
        List<String> updates = new ArrayList<>();
        b.nodes().forEach(n -> {
            if (n.op() instanceof OptimizerStep o)
                updates.add(n.path() + " " + o.count() + " "
                        + n.input(o.learningRate()).name());
        });
        // One product for both groups that have it; without decay there is one node for all ranks.
        assertEquals(
                List.of(
                        "adamw/slow/decay 1 learning_rate/scaled",
                        "adamw/slow/no_decay 1 learning_rate/scaled",
                        "adamw/decay 1 learning_rate",
                        "adamw/no_decay 1 learning_rate",
                        "adamw/free/decay 2 learning_rate/scaled"),
                updates);
    }

    @Test
    void whatIsNoRateIsRefused() {
        for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
            assertThrows(OptimizerException.class, () -> new Setting("x", rate, OptionalDouble.empty()));
        for (double decay : new double[] {-1, Double.NaN})
            assertThrows(OptimizerException.class, () -> new Setting("x", 1, OptionalDouble.of(decay)));
    }
}
