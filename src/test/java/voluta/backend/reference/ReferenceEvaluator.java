package voluta.backend.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import voluta.TraceReader;
import voluta.autodiff.Differentiator;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * Evaluates a graph with the reference kernels alone, without planner and session: an array per value, node by node.
 * Every output and context is filled with NaN before its kernel runs. Ops without a kernel are decomposed.
 */
public final class ReferenceEvaluator {
    private static final ReferenceTable TABLE = new ReferenceTable();

    private final Graph graph;
    private final Map<Value, View> values = new HashMap<>();
    private final Map<Node, View> contexts = new HashMap<>();

    /** Constants are set already; every other source must be. */
    public ReferenceEvaluator(Graph graph) {
        this.graph = graph;
        for (Value v : graph.sources(Value.Kind.CONSTANT)) set(v, v.constant().toDoubles());
    }

    /** Sets a source; the numbers are copied. */
    public ReferenceEvaluator set(Value source, double... numbers) {
        assertEquals(source.type().elements(), numbers.length, () -> "elements of " + source);
        values.put(source, new View(numbers.clone(), 0, source.type().shape()));
        return this;
    }

    /** Evaluates every node; may be called again after setting other numbers. */
    public ReferenceEvaluator run() {
        for (Node n : graph.nodes()) evaluate(n);
        return this;
    }

    /** The numbers of a value, row-major. */
    public double[] get(Value v) {
        View view = values.get(v);
        assertNotNull(view, () -> v + " has not been set or computed");
        return view.data().clone();
    }

    private void evaluate(Node n) {
        View[] in = new View[n.inputs().size()];
        for (int i = 0; i < in.length; i++) {
            in[i] = values.get(n.input(i));
            Value v = n.input(i);
            assertNotNull(in[i], () -> "input " + v + " of " + n + " has not been set");
        }
        if (!TABLE.has(n.op())) {
            decompose(n, in);
            return;
        }
        ReferenceKernel k = TABLE.create(n);
        View[] out = new View[n.outputs().size()];
        for (int i = 0; i < out.length; i++) {
            Value v = n.output(i);
            var u = n.op().updates(i);
            out[i] = u.isPresent() ? in[u.getAsInt()] : nan(v.type().shape());
            values.put(v, out[i]);
        }
        View context = n.contextOf().map(contexts::get).orElse(null);
        if (k.contextElements() > 0) {
            context = nan(Shape.of(k.contextElements()));
            contexts.put(n, context);
        }
        k.computation().run(in, out, context);
    }

    private static View nan(Shape shape) {
        View v = new View(new double[Math.toIntExact(shape.elements())], 0, shape);
        v.fill(Double.NaN);
        return v;
    }

    private void decompose(Node n, View[] in) {
        var d = n.op().decompose(n.inputTypes());
        if (d.isEmpty()) fail("no reference kernel and no decomposition for " + n);
        GraphBuilder b = new GraphBuilder();
        Value[] inputs = new Value[in.length];
        for (int i = 0; i < in.length; i++)
            inputs[i] = b.input("input" + i, n.input(i).type());
        List<Value> outputs = d.get().build(b, Arrays.asList(inputs));
        ReferenceEvaluator e = new ReferenceEvaluator(b.build());
        for (int i = 0; i < in.length; i++) e.values.put(inputs[i], in[i]);
        e.run();
        for (int i = 0; i < n.outputs().size(); i++) {
            View v = e.values.get(outputs.get(i));
            assertEquals(n.output(i).type().shape(), v.shape(), () -> "shape of what replaces " + n);
            values.put(n.output(i), v);
        }
    }

    /**
     * Builds what a trace recorded, differentiates it and compares output, gradients and updated constants with the
     * record, to 1e-10 of the largest value of each array.
     *
     * @param build adds the op to the builder, given the trace's inputs and constants (as F32 inputs, class labels as I32) by name, and
     *     returns the output; a value that is put into the map under the name {@code updated.<constant>} is compared too
     */
    public static void checkTrace(TraceReader.Case c, BiFunction<GraphBuilder, Map<String, Value>, Value> build) {
        checkTrace(c, 1e-10, build);
    }

    /** The same to {@code tolerance} of the largest value, for what PyTorch itself computes with constants in single precision. */
    public static void checkTrace(
            TraceReader.Case c, double tolerance, BiFunction<GraphBuilder, Map<String, Value>, Value> build) {
        GraphBuilder b = new GraphBuilder();
        Map<String, Value> named = new LinkedHashMap<>();
        c.inputs().forEach((k, t) -> named.put(k, b.input(k, TensorType.f32(t.shape()))));
        c.constants().forEach((k, t) -> named.put(k, b.input(k, constantType(c, k, t))));
        Value y = build.apply(b, named);
        Value upstream = b.input("upstream", y.type());
        List<Value> wrt = c.inputs().keySet().stream().map(named::get).toList();
        Map<Value, Value> gradients = Differentiator.gradients(b, Map.of(y, upstream), wrt);
        ReferenceEvaluator e = new ReferenceEvaluator(b.build());
        c.inputs().forEach((k, t) -> e.set(named.get(k), t.values()));
        c.constants().forEach((k, t) -> e.set(named.get(k), t.values()));
        e.set(upstream, c.upstream().values()).run();
        close(c + ", output", c.output(), y, e, tolerance);
        c.gradients().forEach((k, t) -> {
            Value g = gradients.get(named.get(k));
            assertNotNull(g, () -> c + ": no gradient of " + k);
            close(c + ", gradient of " + k, t, g, e, tolerance);
        });
        c.updated().forEach((k, t) -> {
            Value u = named.get("updated." + k);
            if (u != null) close(c + ", updated " + k, t, u, e, tolerance);
        });
    }

    private static TensorType constantType(TraceReader.Case c, String name, TraceReader.Tensor t) {
        boolean labels =
                name.equals("target") && c.attributes().path("target").asText().equals("classes");
        return new TensorType(labels ? DType.I32 : DType.F32, t.shape());
    }

    private static void close(
            String what, TraceReader.Tensor expected, Value v, ReferenceEvaluator e, double relative) {
        assertEquals(expected.shape(), v.type().shape(), () -> what + ": shape");
        double[] got = e.get(v);
        double tolerance = relative * Math.max(1e-3, expected.largest());
        for (int i = 0; i < got.length; i++) {
            int at = i;
            assertEquals(expected.values()[i], got[i], tolerance, () -> what + ", element " + at);
        }
    }
}
