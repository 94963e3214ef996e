package voluta.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.TraceReader;
import voluta.backend.reference.ReferenceEvaluator;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.Arithmetic;
import voluta.op.GlobalNorm;
import voluta.op.Reshape;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Clipping against what PyTorch computed in double, and what clipping must leave alone. */
class ClippingTest {
    private static final JsonNode TRACE = TraceReader.read("clipping");

    /** Gradients that are fed, their norm, and what clipping makes of them. */
    private static final class Clipped {
        final GraphBuilder builder = new GraphBuilder();
        final List<Value> gradients = new ArrayList<>();
        final Value norm;
        final Clipping.Result result;
        final ReferenceEvaluator evaluator;

        Clipped(Clipping clipping, List<Shape> shapes, List<double[]> values) {
            Map<Value, Value> map = new LinkedHashMap<>();
            for (Shape s : shapes) {
                Value g = builder.input("g" + gradients.size(), TensorType.f32(s));
                gradients.add(g);
                map.put(builder.parameter("p" + gradients.size(), g.type(), Initializer.ZEROS), g);
            }
            norm = builder.add("norm", new GlobalNorm(shapes.size()), gradients).output();
            result = clipping.apply(builder, map, norm);
            evaluator = new ReferenceEvaluator(builder.build());
            for (Value v : builder.sources())
                if (v.kind() == Value.Kind.PARAMETER)
                    evaluator.set(v, new double[(int) v.type().elements()]);
            for (int i = 0; i < values.size(); i++) evaluator.set(gradients.get(i), values.get(i));
            evaluator.run();
        }

        List<double[]> clipped() {
            return result.gradients().values().stream().map(evaluator::get).toList();
        }

        double said() {
            return evaluator.get(result.clipped().orElseThrow())[0];
        }
    }

    static List<JsonNode> traces() {
        return StreamSupport.stream(TRACE.get("cases").spliterator(), false).toList();
    }

    @ParameterizedTest
    @MethodSource("traces")
    void agreesWithPyTorch(JsonNode c) {
        List<Shape> shapes = new ArrayList<>();
        List<double[]> values = new ArrayList<>();
        for (JsonNode g : TRACE.get("gradients")) {
            shapes.add(TraceReader.tensor(g).shape());
            values.add(TraceReader.tensor(g).values());
        }
        double limit = c.get("limit").doubleValue();
        Clipped run = new Clipped(clipping(c.get("mode").textValue(), limit), shapes, values);
        boolean changed = false;
        for (int i = 0; i < shapes.size(); i++) {
            double[] expected = TraceReader.doubles(c.get("clipped").get(i));
            assertArrayEquals(expected, run.clipped().get(i), 1e-12);
            for (int e = 0; e < expected.length; e++) changed |= expected[e] != values.get(i)[e];
        }
        assertEquals(changed ? 1 : 0, run.said());
        if (c.has("norm"))
            assertEquals(c.get("norm").doubleValue(), run.evaluator.get(run.norm)[0], 1e-12);
    }

    private static Clipping clipping(String mode, double limit) {
        return switch (mode) {
            case "global_norm" -> Clipping.named("norm", limit);
            case "norm_of_each" -> Clipping.named("parameter-norm", limit);
            case "value" -> Clipping.named("value", limit);
            default -> throw new IllegalArgumentException(mode);
        };
    }

    @ParameterizedTest
    @MethodSource("modes")
    void zerosStayZeros(String mode) {
        Clipped run = new Clipped(Clipping.named(mode, 1), List.of(Shape.of(3)), List.of(new double[3]));
        assertArrayEquals(new double[3], run.clipped().get(0));
        assertEquals(0, run.said());
        assertEquals(0, run.evaluator.get(run.norm)[0]);
    }

    static List<String> modes() {
        return Clipping.MODES;
    }

    @Test
    void oneInfinityDoesNotHideInAClippedValue() {
        double[] g = {Double.NEGATIVE_INFINITY, Double.NaN, 0.5};
        Clipped run = new Clipped(Clipping.named("value", 2), List.of(Shape.of(3)), List.of(g));
        assertArrayEquals(new double[] {-2, Double.NaN, 0.5}, run.clipped().get(0));
        assertTrue(Double.isNaN(run.evaluator.get(run.norm)[0]), "the norm is taken before clipping");
    }

    @Test
    void oneGradientOfTwoParametersIsClippedOnceForEach() {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 2));
        Value g = b.add("g", new Arithmetic(Arithmetic.Kind.ADD), x, x).output();
        Value p = b.parameter("p", g.type(), Initializer.ZEROS), q = b.parameter("q", g.type(), Initializer.ZEROS);
        Map<Value, Value> gradients = new LinkedHashMap<>();
        gradients.put(p, g);
        gradients.put(q, g);
        Map<Value, Value> clipped =
                new Clipping.ByNorm(2).apply(b, gradients, null).gradients();
        ReferenceEvaluator e = new ReferenceEvaluator(b.build());
        e.set(p, new double[4]).set(q, new double[4]).set(x, 1, 1, 1, 1).run();
        double scaled = 2 * 2 / (4 + 1e-6);
        for (Value v : clipped.values())
            assertArrayEquals(new double[] {scaled, scaled, scaled, scaled}, e.get(v), 1e-15);
    }

    @Test
    void onlyGradientsWithStorageOfTheirOwnAreOverwritten() {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 2));
        Value g = b.add("g", new Arithmetic(Arithmetic.Kind.ADD), x, x).output();
        Value view = b.add("view", new Reshape(Shape.of(4)), g).output();
        Map<Value, Value> gradients = new LinkedHashMap<>();
        gradients.put(b.parameter("p", g.type(), Initializer.ZEROS), g);
        gradients.put(b.parameter("q", view.type(), Initializer.ZEROS), view);
        gradients.put(b.parameter("r", x.type(), Initializer.ZEROS), x);
        new Clipping.ByNorm(2).apply(b, gradients, null);
        List<Value> overwritten = b.nodes().get(b.nodes().size() - 1).inputs();
        assertSame(g, overwritten.get(0));
        assertSame(view, overwritten.get(1).producer().input(0), "a view of what is clipped already is copied");
        assertSame(x, overwritten.get(2).producer().input(0), "what was fed is copied");
    }

    /** Adaptive clipping, as a plain loop over units. */
    @Test
    void unitsAreClippedByTheNormOfTheirWeights() {
        GraphBuilder b = new GraphBuilder();
        Value w = b.parameter("conv.weight", TensorType.f32(3, 2), Initializer.ZEROS);
        Value bias = b.parameter("conv.bias", TensorType.f32(3), Initializer.ZEROS);
        Value head = b.parameter("fc.weight", TensorType.f32(2, 2), Initializer.ZEROS);
        Map<Value, Value> gradients = new LinkedHashMap<>();
        for (Value p : List.of(w, bias, head)) gradients.put(p, b.input("d" + p.name(), p.type()));
        Clipping.Result result = Clipping.named("agc", 0.5).apply(b, gradients, null);
        ReferenceEvaluator e = new ReferenceEvaluator(b.build());
        e.set(w, 3, 4, 0, 0, 6, 8).set(bias, 0, 0.6, 0.8).set(head, 1, 1, 1, 1);
        e.set(gradients.get(w), 3, 4, 0.03, 0.04, 0.3, 0.4);
        e.set(gradients.get(bias), 0, 0, 4)
                .set(gradients.get(head), 7, 8, 9, 10)
                .run();
        // Norm 5 against weights of 5, halved; 0.05 against nothing, brought to 0.5 * 0.001; 0.5 against 10, kept.
        double[] expected = {1.5, 2, 0.0003, 0.0004, 0.3, 0.4};
        assertArrayEquals(expected, e.get(result.gradients().get(w)), 1e-12);
        assertArrayEquals(new double[] {0, 0, 0.5}, e.get(result.gradients().get(bias)), 1e-12);
        assertSame(gradients.get(head), result.gradients().get(head), "the last layer is left alone");
        assertEquals(List.of(w, bias, head), List.copyOf(result.gradients().keySet()));
        assertEquals(1, e.get(result.clipped().orElseThrow())[0]);
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertTrue(assertThrows(OptimizerException.class, () -> Clipping.named("other", 1))
                .getMessage()
                .contains("choose one of norm, value, parameter-norm, agc"));
        for (double limit : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e39, 1e-60})
            for (String mode : Clipping.MODES)
                assertThrows(OptimizerException.class, () -> Clipping.named(mode, limit), mode + " " + limit);
    }
}
