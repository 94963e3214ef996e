package voluta.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;

/** A scale of the loss changes no weight, but for steps that overflow, which change nothing. */
class LossScaleTest {
    private static final int SIZE = 37, PIECES = 40_000;

    /** Two weights whose gradients are fed. */
    private static final class Training implements AutoCloseable {
        private final Backend backend;
        private final Session session;
        private final CompiledGraph graph;
        private long step;

        @SuppressWarnings("try")
        Training(String on, String optimizer, Clipping clipping, Optional<LossScale> scaling) {
            boolean works = Backends.probe().stream()
                    .anyMatch(
                            c -> c.provider().name().equals(on) && c.availability() instanceof Availability.Available);
            assumeTrue(works, on + " does not work here");
            GraphBuilder b = new GraphBuilder();
            Map<Value, Value> gradients = new LinkedHashMap<>();
            for (int n : new int[] {SIZE, PIECES}) {
                TensorType type = TensorType.f32(n);
                gradients.put(b.parameter("w" + n, type, Initializer.constant(1)), b.input("g" + n, type));
            }
            scaling.ifPresent(s -> s.declare(b));
            UpdateStep update = UpdateStep.append(
                    b, Optimizer.named(optimizer), clipping, gradients, Grouping.usual(true), scaling);
            WeightAverage.append(b, List.copyOf(gradients.keySet()), Set.of(), update);
            backend = Backends.open(on, BackendOptions.DEFAULT).backend();
            session = new Session(backend, 1);
            graph = session.compile(b.build(), CompileOptions.of(Precision.F32));
        }

        /** One step with the gradients of a seed, multiplied by a factor; {@code bad} is put among them. */
        void step(int seed, double factor, Optional<Double> bad) {
            for (int n : new int[] {SIZE, PIECES}) {
                HostTensor g = HostTensor.zeros(TensorType.f32(n));
                for (int i = 0; i < n; i++) g.set(i, factor * (float) Math.sin(seed * 1000 + i + 1));
                if (n == PIECES) bad.ifPresent(v -> g.set(n - 7, v));
                graph.feed("g" + n, 0, g);
            }
            step++;
            feed(UpdateStep.LEARNING_RATE, 0.1);
            feed(WeightAverage.RATE, 0.3);
            if (graph.hasInput(UpdateStep.STEP)) feed(UpdateStep.STEP, step);
            graph.run(0);
        }

        private void feed(String name, double value) {
            Value input = graph.graph().sources(Value.Kind.INPUT).stream()
                    .filter(v -> v.name().equals(name))
                    .findFirst()
                    .orElseThrow();
            graph.feed(name, 0, HostTensor.zeros(input.type()).fill(value));
        }

        double read(String state) {
            return session.read(state).scalar();
        }

        double norm() {
            return graph.reader(UpdateStep.GRADIENT_NORM).scalar();
        }

        /** Weights, the optimizer's state and the averages. */
        Map<String, double[]> all() {
            Map<String, double[]> all = new LinkedHashMap<>();
            for (String w : session.parameters().keySet())
                all.put(w, session.read(w).toDoubles());
            for (String s : session.state().keySet())
                if (!LossScale.STATES.contains(s)) all.put(s, session.read(s).toDoubles());
            return all;
        }

        @Override
        public void close() {
            graph.close();
            session.close();
            backend.close();
        }
    }

    private static void same(Map<String, double[]> expected, Map<String, double[]> got) {
        assertEquals(expected.keySet(), got.keySet());
        expected.forEach((name, x) -> assertArrayEquals(x, got.get(name), name));
    }

    /** The scale is a power of two, so that not one bit may differ; clipping sees what it would see without. */
    @ParameterizedTest
    @CsvSource({
        "reference, momentum, norm",
        "reference, adam, agc",
        "onednn, momentum, norm",
        "onednn, adam, value",
        "cuda, momentum, norm",
        "cuda, adam, value",
        "cuda, rmsprop, parameter-norm",
        "cuda, adagrad, agc"
    })
    void comesOutBeforeClipping(String backend, String optimizer, String mode) {
        Clipping clipping = Clipping.named(mode, 0.25);
        try (Training plain = new Training(backend, optimizer, clipping, Optional.empty());
                Training scaled = new Training(backend, optimizer, clipping, Optional.of(new LossScale(65536, 2000)))) {
            for (int s = 0; s < 3; s++) {
                plain.step(s, 1, Optional.empty());
                scaled.step(s, 65536, Optional.empty());
                assertEquals(plain.norm(), scaled.norm(), "the norm is that without the scale");
            }
            same(plain.all(), scaled.all());
            assertEquals(65536, scaled.read(LossScale.SCALE));
            assertEquals(3, scaled.read(LossScale.GOOD));
        }
    }

    /** After a skipped step, all is as if it had never been: also what corrects for the first steps. */
    @ParameterizedTest
    @CsvSource({"reference, adam", "onednn, adamw", "cuda, adam", "cuda, momentum", "reference, momentum"})
    void aStepThatOverflowsChangesNothing(String backend, String optimizer) {
        try (Training plain = new Training(backend, optimizer, new Clipping.ByGlobalNorm(1), Optional.empty());
                Training scaled = new Training(
                        backend, optimizer, new Clipping.ByGlobalNorm(1), Optional.of(new LossScale(1024, 2000)))) {
            scaled.step(8, 1024, Optional.of(Double.POSITIVE_INFINITY));
            assertEquals(512, scaled.read(LossScale.SCALE));
            assertTrue(Arrays.stream(scaled.all().get("w" + SIZE)).allMatch(w -> w == 1), "the weights are the first");
            plain.step(1, 1, Optional.empty());
            scaled.step(1, 512, Optional.empty());
            same(plain.all(), scaled.all());
            scaled.step(9, 512, Optional.of(Double.NaN));
            same(plain.all(), scaled.all());
            assertEquals(256, scaled.read(LossScale.SCALE));
            assertEquals(0, scaled.read(LossScale.GOOD));
            assertEquals(1, scaled.read(LossScale.APPLIED));
            plain.step(2, 1, Optional.empty());
            scaled.step(2, 256, Optional.empty());
            same(plain.all(), scaled.all());
            assertEquals(2, scaled.read(LossScale.APPLIED));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn", "cuda"})
    void growsAfterGoodSteps(String backend) {
        try (Training t = new Training(backend, "sgd", new Clipping.None(), Optional.of(new LossScale(4, 3)))) {
            double[] scales = {4, 4, 8, 8, 4, 4, 4, 8};
            for (int s = 0; s < scales.length; s++) {
                t.step(s, 1, s == 4 ? Optional.of(Double.NEGATIVE_INFINITY) : Optional.empty());
                assertEquals(scales[s], t.read(LossScale.SCALE), "after step " + (s + 1));
            }
            assertEquals(7, t.read(LossScale.APPLIED));
        }
    }

    @Test
    void refusesAScaleThatRounds() {
        VolutaException e = assertThrows(VolutaException.class, () -> new LossScale(1000, 1));
        assertEquals("the loss scale begins at a power of two such as 65536, not at 1000.0", e.getMessage());
        assertThrows(VolutaException.class, () -> new LossScale(0, 1));
        assertThrows(VolutaException.class, () -> new LossScale(1024, 0));
    }
}
