package voluta.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.OptimizerStep;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** What is appended to a graph, and what it does on backends beyond what the traces show. */
class UpdateStepTest {
    private final GraphBuilder builder = new GraphBuilder();
    private final Map<Value, Value> gradients = new LinkedHashMap<>();
    private final Value weight = trained("conv.weight", TensorType.f32(4, 3, 3, 3));
    private final Value bias = trained("conv.bias", TensorType.f32(4));

    private Value trained(String name, TensorType type) {
        Value p = builder.parameter(name, type, Initializer.constant(0.5));
        gradients.put(p, builder.input(name + ".gradient", type));
        return p;
    }

    private List<OptimizerStep> steps() {
        List<OptimizerStep> all = new ArrayList<>();
        builder.nodes().forEach(n -> {
            if (n.op() instanceof OptimizerStep s) all.add(s);
        });
        return all;
    }

    @Test
    void biasesDoNotDecay() {
        UpdateStep.append(
                builder, Optimizer.named("nesterov").withWeightDecay(0.1), new Clipping.None(), gradients, false);
        assertEquals(
                List.of(
                        Optimizer.named("nesterov").step(1, 0.1),
                        Optimizer.named("nesterov").step(1, 0)),
                steps());
        assertEquals(
                List.of("conv.weight.momentum", "conv.bias.momentum"),
                builder.build().sources(Value.Kind.STATE).stream()
                        .map(Value::name)
                        .toList());
        assertSame(
                bias,
                builder.build().sources(Value.Kind.STATE).get(1).mirrored().orElseThrow());
    }

    @Test
    void everythingDecaysIfAskedFor() {
        Optimizer adam = Optimizer.named("adamw");
        UpdateStep.append(builder, adam, new Clipping.None(), gradients, true);
        assertEquals(List.of(adam.step(2, 0.01)), steps());
    }

    @Test
    void inputsOfTheGraphAreUsed() {
        Value step = builder.input("step", new TensorType(DType.I64, Shape.SCALAR));
        UpdateStep u = UpdateStep.append(builder, Optimizer.named("sgd"), Clipping.named("norm", 1), gradients, false);
        assertSame(step, u.step());
        assertEquals(
                List.of(UpdateStep.GRADIENT_NORM, UpdateStep.CLIPPED),
                List.copyOf(builder.build().outputs().keySet()));
        assertTrue(builder.build().updatesParameters());
        assertFalse(builder.build().sources().stream().anyMatch(v -> v.kind() == Value.Kind.STATE));
    }

    @Test
    void nothingToTrainIsAnError() {
        assertThrows(
                OptimizerException.class,
                () -> UpdateStep.append(builder, Optimizer.named("sgd"), new Clipping.None(), Map.of(), false));
    }

    @Test
    void namesAndSettings() {
        for (String name : Optimizer.NAMES) {
            Optimizer o = Optimizer.named(name);
            assertEquals(0.25, o.withWeightDecay(0.25).weightDecay());
            assertEquals(o.states().size(), o.step(1, 0).states(), name);
        }
        assertEquals(
                0.9,
                assertInstanceOf(Optimizer.Sgd.class, Optimizer.named("momentum"))
                        .momentum());
        String unknown = assertThrows(OptimizerException.class, () -> Optimizer.named("lamb"))
                .getMessage();
        assertTrue(unknown.contains("choose one of sgd, momentum, nesterov, adam"), unknown);
        assertThrows(OptimizerException.class, () -> Optimizer.named("adam").withMomentum(0.9));
        assertThrows(OptimizerException.class, () -> Optimizer.named("sgd").withEpsilon(0.1));
        assertThrows(OptimizerException.class, () -> Optimizer.named("sgd").withMomentum(1));
        assertThrows(OptimizerException.class, () -> Optimizer.named("nesterov").withMomentum(0));
        assertThrows(OptimizerException.class, () -> Optimizer.named("rmsprop").withWeightDecay(-1));
        for (double epsilon : new double[] {0, -1, Double.NaN, 1e39, 1e-60})
            for (String name : List.of("adam", "adamw", "rmsprop", "adagrad"))
                assertThrows(
                        OptimizerException.class,
                        () -> Optimizer.named(name).withEpsilon(epsilon),
                        name + " " + epsilon);
    }

    static List<String> optimizers() {
        return Optimizer.NAMES;
    }

    /** A step whose gradients hold one NaN or infinity leaves every bit of parameters and state as it was. */
    @ParameterizedTest
    @MethodSource("optimizers")
    void badGradientsChangeNothing(String optimizer) {
        UpdateStep.append(
                builder, Optimizer.named(optimizer).withWeightDecay(0.1), Clipping.named("norm", 1), gradients, false);
        for (String backend : List.of("reference", "onednn")) {
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                run(backend, (session, g) -> {
                    step(g, 1, 0.1f);
                    List<float[]> before = contents(session);
                    step(g, 2, bad);
                    List<float[]> after = contents(session);
                    for (int i = 0; i < before.size(); i++) assertArrayEquals(before.get(i), after.get(i));
                    step(g, 3, 0.1f);
                    assertFalse(
                            java.util.Arrays.equals(
                                    before.get(0), contents(session).get(0)),
                            "training goes on");
                });
            }
        }
    }

    /** Gradients within the limit keep their bits, larger ones come out with the limit as their norm. */
    @ParameterizedTest
    @ValueSource(strings = {"norm", "value", "parameter-norm"})
    void clipsOnlyWhatIsTooLarge(String mode) {
        UpdateStep.append(builder, Optimizer.named("sgd"), Clipping.named(mode, 0.5), gradients, false);
        for (String backend : List.of("reference", "onednn")) {
            run(backend, (session, g) -> {
                step(g, 1, 0.015625f);
                assertEquals(0, read(g, UpdateStep.CLIPPED));
                assertEquals(0.015625 * Math.sqrt(112), read(g, UpdateStep.GRADIENT_NORM), 1e-7);
                for (float v : session.read("conv.weight").toFloats()) assertEquals(0.5f - 0.015625f, v);
                step(g, 2, 8);
                assertEquals(1, read(g, UpdateStep.CLIPPED));
                assertEquals(8 * Math.sqrt(112), read(g, UpdateStep.GRADIENT_NORM), 1e-5);
                double moved = mode.equals("value") ? 0.5 : mode.equals("norm") ? 0.5 / Math.sqrt(112) : 0.25;
                assertEquals(0.5 - 0.015625 - moved, session.read("conv.bias").get(0), 1e-6);
            });
        }
    }

    /** Every op of this room on oneDNN: once compiled, a step allocates nothing on the thread that drives it. */
    @ParameterizedTest
    @MethodSource("optimizers")
    void stepsAllocateNothing(String optimizer) {
        trained("large", TensorType.f32(300, 300));
        Clipping clipping = Clipping.named(Clipping.MODES.get(optimizer.length() % 3), 1e-3);
        UpdateStep.append(builder, Optimizer.named(optimizer), clipping, gradients, false);
        run("onednn", (session, g) -> {
            var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
            step(g, 1, 0.1f);
            for (int i = 0; i < 1000; i++) g.run(0);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 3 && least != 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 1000; i++) g.run(0);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least, "bytes in 1,000 steps");
        });
    }

    private interface Body {
        void run(Session session, CompiledGraph graph);
    }

    private void run(String name, Body body) {
        boolean available = Backends.probe().stream()
                .anyMatch(c -> c.provider().name().equals(name) && c.availability() instanceof Availability.Available);
        if (!available) return;
        try (Backend backend = Backends.open(name, BackendOptions.DEFAULT).backend();
                Session session = new Session(backend, 1);
                CompiledGraph g = session.compile(builder.build(), CompileOptions.of(Precision.F32))) {
            body.run(session, g);
        }
    }

    /** One step with learning rate 1 and this number in every gradient, but only in the first element if it is not finite. */
    private void step(CompiledGraph g, int number, float gradient) {
        for (Value v : gradients.values()) {
            HostTensor t = HostTensor.zeros(v.type());
            for (long i = 0; i < (Float.isFinite(gradient) ? v.type().elements() : 1); i++) t.set(i, gradient);
            g.feed(v.name(), 0, t);
        }
        g.feed(UpdateStep.LEARNING_RATE, 0, HostTensor.zeros(TensorType.f32()).fill(1));
        if (g.hasInput(UpdateStep.STEP)) {
            g.feed(
                    UpdateStep.STEP,
                    0,
                    HostTensor.zeros(new TensorType(DType.I64, Shape.SCALAR)).fill(number));
        }
        g.run(0);
    }

    private static double read(CompiledGraph g, String output) {
        HostTensor t = HostTensor.zeros(TensorType.f32());
        g.read(output, t);
        return t.scalar();
    }

    private List<float[]> contents(Session session) {
        List<float[]> all = new ArrayList<>();
        all.add(session.read(weight.name()).toFloats());
        all.add(session.read(bias.name()).toFloats());
        for (String s : session.state().keySet()) all.add(session.read(s).toFloats());
        return all;
    }
}
