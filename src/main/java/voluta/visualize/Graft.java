package voluta.visualize;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Value;

/** The beginning of a graph put on another value. */
final class Graft {
    private Graft() {}

    /**
     * Adds the nodes that lead from {@code root} to {@code tip}, with {@code onto} in the place of the root. Sizes follow
     * from {@code onto}, so it may be larger or smaller than the root where the ops allow it.
     *
     * @throws voluta.tensor.ShapeException if they do not
     */
    static Value add(GraphBuilder b, Graph graph, Value root, Value tip, Value onto) {
        Set<Value> needed = ancestors(tip);
        Map<Value, Value> mapped = new HashMap<>();
        for (Value v : graph.sources()) if (v != root && needed.contains(v)) mapped.put(v, b.adopt(v));
        mapped.put(root, onto);
        for (Node n : graph.nodes()) {
            if (n.outputs().stream().noneMatch(needed::contains)) continue;
            List<Value> inputs = n.inputs().stream().map(mapped::get).toList();
            List<Value> outputs = b.add(n.path(), n.op(), inputs).outputs();
            for (int o = 0; o < outputs.size(); o++) mapped.put(n.output(o), outputs.get(o));
        }
        return mapped.get(tip);
    }

    private static Set<Value> ancestors(Value tip) {
        Set<Value> all = new HashSet<>();
        Deque<Value> open = new ArrayDeque<>(List.of(tip));
        while (!open.isEmpty()) {
            Value v = open.pop();
            if (all.add(v) && v.producer() != null) open.addAll(v.producer().inputs());
        }
        return all;
    }
}
