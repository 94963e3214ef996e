package voluta.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import voluta.backend.Backend;
import voluta.backend.DeviceException;
import voluta.backend.Precision;
import voluta.backend.Support;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;

/**
 * Brings a forward graph to the ops of a backend: first {@link Fusion fuses} what the backend has as one kernel, then
 * replaces each op that it lacks by its decomposition. It comes before differentiation, so that gradients are those of
 * the ops that really run.
 */
public final class Lowering {
    private final Backend backend;
    private final Precision precision;
    private final GraphBuilder builder = new GraphBuilder();
    private final Map<Value, Value> mapped = new HashMap<>();

    private Lowering(Backend backend, Precision precision) {
        this.backend = backend;
        this.precision = precision;
    }

    /** Fuses and decomposes a forward graph that is going to be differentiated. */
    public static Graph forTraining(Graph graph, Backend backend, Precision precision) {
        return apply(Fusion.apply(graph, backend, precision, false), backend, precision);
    }

    /** Fuses and decomposes a forward graph that stays as it is: what depends on parameters alone is folded into them. */
    public static Graph forInference(Graph graph, Backend backend, Precision precision) {
        return apply(Fusion.apply(graph, backend, precision, true), backend, precision);
    }

    /**
     * Only decomposes.
     *
     * @throws DeviceException if the backend lacks an op that has no decomposition: which, and why
     */
    public static Graph apply(Graph graph, Backend backend, Precision precision) {
        return new Lowering(backend, precision).run(graph);
    }

    private Graph run(Graph graph) {
        for (Value v : graph.sources()) mapped.put(v, builder.adopt(v));
        for (Node n : graph.nodes()) {
            if (n.contextOf().isPresent())
                throw new IllegalArgumentException(
                        "lowering comes before differentiation; " + n.path() + " is a backward node");
            List<Value> outputs = lower(
                    n.path(),
                    n.source(),
                    n.op(),
                    n.inputs().stream().map(mapped::get).toList());
            for (int o = 0; o < outputs.size(); o++) mapped.put(n.output(o), outputs.get(o));
        }
        graph.outputs().forEach((name, v) -> builder.output(name, mapped.get(v)));
        return builder.build();
    }

    private List<Value> lower(String path, String source, Op op, List<Value> inputs) {
        Support support = backend.supports(op, inputs.stream().map(Value::type).toList(), precision);
        String before = builder.source(source);
        try {
            if (support.yes()) return builder.add(path, op, inputs).outputs();
            Op.Decomposition pieces = op.decompose(
                            inputs.stream().map(Value::type).toList())
                    .orElseThrow(() -> new DeviceException(
                            path,
                            source,
                            "backend " + backend.name() + " cannot compute it: " + ((Support.No) support).reason(),
                            null));
            return decompose(path, source, pieces, inputs);
        } finally {
            builder.source(before);
        }
    }

    /** Builds the pieces apart, then brings each of them in, since a piece may itself need decomposing. */
    private List<Value> decompose(String path, String source, Op.Decomposition pieces, List<Value> inputs) {
        GraphBuilder apart = new GraphBuilder();
        List<Value> stand = new ArrayList<>();
        Map<Value, Value> inner = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            Value s = apart.input("in" + i, inputs.get(i).type());
            stand.add(s);
            inner.put(s, inputs.get(i));
        }
        List<Value> results = pieces.build(apart, stand);
        for (Value v : apart.sources()) {
            if (v.kind() == Value.Kind.CONSTANT) inner.put(v, builder.constant(path + "/" + v.name(), v.constant()));
        }
        for (Node n : apart.nodes()) {
            List<Value> out = lower(
                    path + "/" + n.path(),
                    source,
                    n.op(),
                    n.inputs().stream().map(inner::get).toList());
            for (int o = 0; o < out.size(); o++) inner.put(n.output(o), out.get(o));
        }
        return results.stream().map(inner::get).toList();
    }
}
