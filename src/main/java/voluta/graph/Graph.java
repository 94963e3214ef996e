package voluta.graph;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A computation: nodes in execution order, the sources they read, named outputs, and which value is the gradient of
 * which parameter. Immutable. Built by {@link GraphBuilder}.
 */
public final class Graph {
    private final List<Value> sources;
    private final List<Node> nodes;
    private final Map<String, Value> outputs;
    private final Map<Value, Value> gradients;

    Graph(List<Value> sources, List<Node> nodes, Map<String, Value> outputs, Map<Value, Value> gradients) {
        this.sources = List.copyOf(sources);
        this.nodes = List.copyOf(nodes);
        this.outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        this.gradients = Collections.unmodifiableMap(new LinkedHashMap<>(gradients));
    }

    /** Inputs, parameters, state, data and constants, in the order in which they were declared. */
    public List<Value> sources() {
        return sources;
    }

    /** The sources of one kind, in order. */
    public List<Value> sources(Value.Kind kind) {
        return sources.stream().filter(v -> v.kind() == kind).toList();
    }

    public List<Value> parameters() {
        return sources(Value.Kind.PARAMETER);
    }

    public List<Node> nodes() {
        return nodes;
    }

    /** What a session can read after a step, by name. */
    public Map<String, Value> outputs() {
        return outputs;
    }

    public Value output(String name) {
        Value v = outputs.get(name);
        if (v == null) throw new IllegalArgumentException("no output " + name + "; there are " + outputs.keySet());
        return v;
    }

    /** The gradient of each differentiated parameter: the value as first computed, before clipping. */
    public Map<Value, Value> gradients() {
        return gradients;
    }

    /** Whether a step changes any parameter; if not, what depends on parameters alone can be computed once. */
    public boolean updatesParameters() {
        for (Node n : nodes) {
            for (int o = 0; o < n.outputs().size(); o++) {
                var i = n.op().updates(o);
                if (i.isPresent() && origin(n.input(i.getAsInt())).kind() == Value.Kind.PARAMETER) return true;
            }
        }
        return false;
    }

    /** Follows updates back to the value whose storage this is. */
    public static Value origin(Value v) {
        while (v.kind() == Value.Kind.COMPUTED) {
            var i = v.producer().op().updates(v.index());
            if (i.isEmpty()) return v;
            v = v.producer().input(i.getAsInt());
        }
        return v;
    }

    /** A stable text form, one line a value or node, for golden tests and for reading. */
    public String dump() {
        StringBuilder s = new StringBuilder();
        for (Value v : sources) {
            s.append(v.kind().name().toLowerCase(java.util.Locale.ROOT))
                    .append(' ')
                    .append(v)
                    .append('\n');
        }
        for (Node n : nodes) {
            for (int i = 0; i < n.outputs().size(); i++)
                s.append(i == 0 ? "" : ", ").append(n.output(i));
            s.append(" = ").append(n.op()).append('(');
            for (int i = 0; i < n.inputs().size(); i++)
                s.append(i == 0 ? "" : ", ").append(n.input(i).name());
            s.append(')');
            n.contextOf().ifPresent(f -> s.append(" context of ").append(f.path()));
            s.append('\n');
        }
        outputs.forEach((k, v) ->
                s.append("output ").append(k).append(" = ").append(v.name()).append('\n'));
        gradients.forEach((k, v) -> s.append("gradient ")
                .append(k.name())
                .append(" = ")
                .append(v.name())
                .append('\n'));
        return s.toString();
    }

    @Override
    public String toString() {
        return "Graph of " + nodes.size() + " nodes, " + sources.size() + " sources";
    }
}
