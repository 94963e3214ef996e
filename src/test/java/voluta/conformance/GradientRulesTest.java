package voluta.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.conformance.OpCase.Role;
import voluta.graph.Value;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.TensorType;

/**
 * Every gradient rule against central differences in double, on the reference, at some elements of every input of every
 * case. Cases of small integers are left out: their ties are kinks.
 */
class GradientRulesTest {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 2e-6;
    private static final int SAMPLES = 5;

    @TestFactory
    Stream<DynamicNode> gradientsAreSlopes() {
        Backend oracle = Backends.open("reference", BackendOptions.DEFAULT).backend();
        return CaseTable.all().stream()
                .map(cases -> dynamicContainer(
                        cases.op(),
                        cases.valid().stream()
                                .filter(c -> c.gradient() && !c.exact() && small(c))
                                .map(c -> dynamicTest(c.name(), () -> check(oracle, inDouble(c))))));
    }

    private static boolean small(OpCase c) {
        return c.inputs().stream().allMatch(i -> i.type().elements() < 5000);
    }

    /** Fed values are f32 on the way in; parameters are written in double. */
    private static OpCase inDouble(OpCase c) {
        for (int i = 0; i < c.inputs().size(); i++) {
            OpCase.Input in = c.inputs().get(i);
            if (in.role() == Role.INPUT && in.type().dtype() == DType.F32) c = c.role(i, Role.PARAMETER);
        }
        return c;
    }

    private static void check(Backend oracle, OpCase c) {
        CaseGraph g = new CaseGraph(c, oracle, Precision.F32);
        try (Session session = new Session(oracle, 1)) {
            CompiledGraph compiled =
                    session.compile(g.graph, new CompileOptions(Precision.F32, ExecutionMode.EAGER, 1, true, false));
            g.inputs.forEach((name, t) -> {
                if (compiled.hasInput(name)) compiled.feed(name, 0, t);
            });
            restore(session, g);
            compiled.run(0);
            Map<String, double[]> gradients = new LinkedHashMap<>();
            for (String name : compiled.graph().outputs().keySet())
                if (name.startsWith("dx")) gradients.put(name, read(compiled, name));
            gradients.forEach((name, d) -> checkInput(session, compiled, g, name.substring(1), d));
        }
    }

    private static void checkInput(
            Session session, CompiledGraph compiled, CaseGraph g, String input, double[] gradient) {
        double scale = 1e-3;
        for (double v : gradient) scale = Math.max(scale, Math.abs(v));
        int[] bits = new int[4];
        for (int s = 0; s < SAMPLES; s++) {
            Philox.block(Philox.key(3, input), s, 0, bits);
            int i = Philox.below(bits[0], gradient.length);
            double slope = (loss(session, compiled, g, input, i, STEP) - loss(session, compiled, g, input, i, -STEP))
                    / (2 * STEP);
            assertEquals(
                    slope,
                    gradient[i],
                    TOLERANCE * Math.max(scale, Math.abs(slope)),
                    () -> "gradient of " + input + " at element " + i);
        }
    }

    /** The outputs, weighted by the gradients from above, with one element of one input moved. */
    private static double loss(
            Session session, CompiledGraph compiled, CaseGraph g, String input, int element, double by) {
        restore(session, g);
        double[] moved = g.held.get(input).toDoubles();
        moved[element] += by;
        session.write(input, HostTensor.f64(g.held.get(input).shape(), moved));
        compiled.run(0);
        double sum = 0;
        List<Map.Entry<String, Value>> outputs =
                new ArrayList<>(compiled.graph().outputs().entrySet());
        for (var e : outputs) {
            HostTensor upstream = g.inputs.get("d" + e.getKey());
            if (!e.getKey().startsWith("y") || upstream == null) continue;
            double[] y = read(compiled, e.getKey());
            for (int i = 0; i < y.length; i++) sum += y[i] * upstream.get(i);
        }
        return sum;
    }

    private static void restore(Session session, CaseGraph g) {
        g.held.forEach((name, t) -> {
            if (session.holds(name)) session.write(name, t);
        });
    }

    private static double[] read(CompiledGraph compiled, String output) {
        HostTensor t = HostTensor.zeros(
                new TensorType(DType.F64, compiled.graph().output(output).type().shape()));
        compiled.read(output, t);
        return t.toDoubles();
    }
}
