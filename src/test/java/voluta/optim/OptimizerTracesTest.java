package voluta.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import voluta.backend.reference.ReferenceEvaluator;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Every optimizer step by step against what PyTorch computed in double. */
class OptimizerTracesTest {
    private static final JsonNode TRACE = TraceReader.read("optimizers");

    /** One parameter whose gradient is fed. */
    private static final class Training {
        final GraphBuilder builder = new GraphBuilder();
        final Value parameter;
        final Value gradient;
        final UpdateStep update;

        Training(Optimizer optimizer) {
            TensorType type = TensorType.f32(TRACE.get("initial").size());
            parameter = builder.parameter("weight", type, Initializer.ZEROS);
            gradient = builder.input("gradient", type);
            update = UpdateStep.append(builder, optimizer, new Clipping.None(), Map.of(parameter, gradient), true);
        }
    }

    @TestFactory
    Stream<DynamicTest> referenceIsExact() {
        return cases().map(c -> dynamicTest(c.get("name").textValue(), () -> {
            Training t = new Training(optimizer(c));
            ReferenceEvaluator e = new ReferenceEvaluator(t.builder.build());
            for (Value v : t.builder.sources())
                e.set(v, new double[(int) v.type().elements()]);
            e.set(t.parameter, TraceReader.doubles(TRACE.get("initial")));
            e.set(t.update.learningRate(), c.get("options").get("lr").doubleValue());
            for (int s = 0; s < TRACE.get("gradients").size(); s++) {
                e.set(t.gradient, TraceReader.doubles(TRACE.get("gradients").get(s)));
                e.set(t.update.step(), s + 1).run();
                compare(s, TraceReader.doubles(c.get("values").get(s)), e.get(t.parameter), 1e-12);
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> everyBackendFollows() {
        List<DynamicTest> all = new ArrayList<>();
        for (BackendProvider p : Backends.providers()) {
            if (p.probe() instanceof Availability.Unavailable u) {
                all.add(dynamicTest(p.name(), () -> assumeTrue(false, p.name() + " skipped: " + u.reason())));
            } else {
                cases().forEach(c ->
                        all.add(dynamicTest(p.name() + ": " + c.get("name").textValue(), () -> follow(p, c))));
            }
        }
        return all.stream();
    }

    private static void follow(BackendProvider provider, JsonNode c) {
        Training t = new Training(optimizer(c));
        try (Backend backend = provider.open(BackendOptions.DEFAULT);
                Session session = new Session(backend, 1);
                CompiledGraph g = session.compile(t.builder.build(), CompileOptions.of(Precision.F32))) {
            double[] initial = TraceReader.doubles(TRACE.get("initial"));
            session.write("weight", HostTensor.zeros(t.parameter.type()).fill(initial));
            g.feed(
                    UpdateStep.LEARNING_RATE,
                    0,
                    HostTensor.zeros(TensorType.f32())
                            .fill(c.get("options").get("lr").doubleValue()));
            for (int s = 0; s < TRACE.get("gradients").size(); s++) {
                double[] gradient = TraceReader.doubles(TRACE.get("gradients").get(s));
                g.feed("gradient", 0, HostTensor.zeros(t.gradient.type()).fill(gradient));
                g.feed(
                        UpdateStep.STEP,
                        0,
                        HostTensor.zeros(t.update.step().type()).fill(s + 1));
                g.run(0);
                // rounding of a few f32 operations a step; Adagrad and Adam divide by what may be small
                compare(
                        s,
                        TraceReader.doubles(c.get("values").get(s)),
                        session.read("weight").toDoubles(),
                        2e-6 * (s + 1));
            }
        }
    }

    @Test
    void traceHasEveryKindOfOptimizer() {
        Map<String, Integer> kinds = new LinkedHashMap<>();
        cases().forEach(c -> kinds.merge(c.get("optimizer").textValue(), 1, Integer::sum));
        assertEquals(Map.of("sgd", 6, "adam", 3, "adamw", 2, "rmsprop", 5, "adagrad", 2), kinds);
    }

    private static Stream<JsonNode> cases() {
        List<JsonNode> all = new ArrayList<>();
        TRACE.get("cases").forEach(all::add);
        assertFalse(all.isEmpty());
        return all.stream();
    }

    static Optimizer optimizer(JsonNode c) {
        JsonNode o = c.get("options");
        double decay = number(o, "weight_decay");
        return switch (c.get("optimizer").textValue()) {
            case "sgd" ->
                new Optimizer.Sgd(
                        number(o, "momentum"),
                        number(o, "dampening"),
                        o.get("nesterov").booleanValue(),
                        decay);
            case "adam" ->
                Optimizer.Adam.DEFAULT
                        .withBetas(beta(o, 0), beta(o, 1))
                        .withEpsilon(number(o, "eps"))
                        .withWeightDecay(decay);
            case "adamw" ->
                Optimizer.AdamW.DEFAULT
                        .withBetas(beta(o, 0), beta(o, 1))
                        .withEpsilon(number(o, "eps"))
                        .withWeightDecay(decay);
            case "rmsprop" ->
                new Optimizer.RmsProp(
                        number(o, "alpha"),
                        number(o, "eps"),
                        number(o, "momentum"),
                        o.get("centered").booleanValue(),
                        decay);
            case "adagrad" -> new Optimizer.Adagrad(number(o, "eps"), number(o, "lr_decay"), decay);
            default -> throw new IllegalArgumentException(c.toString());
        };
    }

    private static double number(JsonNode options, String name) {
        return options.get(name).doubleValue();
    }

    private static double beta(JsonNode options, int i) {
        return options.get("betas").get(i).doubleValue();
    }

    private static void compare(int step, double[] expected, double[] got, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            int at = i;
            assertEquals(
                    expected[i],
                    got[i],
                    tolerance * Math.max(1, Math.abs(expected[i])),
                    () -> "step " + (step + 1) + ", element " + at);
        }
    }
}
