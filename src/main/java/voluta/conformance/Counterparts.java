package voluta.conformance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.Accuracy;
import voluta.op.Activation;
import voluta.op.Arithmetic;
import voluta.op.BatchNormalization;
import voluta.op.ConvolutionBatchNormalization;
import voluta.op.FusedBatchNormalization;
import voluta.op.FusedConvolution;
import voluta.op.NormalizedConvolution;

/**
 * Which values of two graphs of one network mean the same, although the graphs were fused for different backends.
 *
 * <p>Two values do if their nodes have the same path and equal ops, or are gradients of normalizations of such values. A fused node's first output means what the last of the
 * pieces gives, which the other graph has under another path: it is found there by following the pieces. Gradients and
 * new contents of parameters and state are matched by the parameter's or state's name. Counts of right answers are left
 * out: a rounding error may change them by a whole one.
 */
final class Counterparts {
    private final Graph first;
    private final Graph second;
    private final Map<Value, Value> ofFirst = new LinkedHashMap<>();
    private final Set<Value> counted = new HashSet<>();
    private final int unmatched;

    Counterparts(Graph first, Graph second) {
        this.first = first;
        this.second = second;
        findCounted(first);
        findCounted(second);
        matchNodes();
        matchUpdates();
        matchGradients();
        unmatched = lone(first, ofFirst.keySet()) + lone(second, new HashSet<>(ofFirst.values()));
    }

    /** For each value of the first graph that has one, its counterpart in the second, in the order of computation. */
    Map<Value, Value> pairs() {
        return ofFirst;
    }

    /** How many computed floating-point values of either graph have no counterpart. */
    int unmatched() {
        return unmatched;
    }

    private void matchNodes() {
        Map<String, Node> byPath = new HashMap<>();
        for (Node n : second.nodes()) byPath.put(n.path(), n);
        for (Node a : first.nodes()) {
            Node b = normGradient(a).orElse(byPath.get(a.path()));
            if (b == null
                    || Pieces.of(a.op()).base().getClass()
                            != Pieces.of(b.op()).base().getClass()) continue;
            List<Value> left = meanings(a, b.op(), first), right = meanings(b, a.op(), second);
            for (int o = 0; o < Math.min(left.size(), right.size()); o++) {
                if (Graph.origin(left.get(o)) == left.get(o)) match(left.get(o), right.get(o));
            }
        }
    }

    private static boolean isNormGradient(Node n) {
        return Pieces.of(n.op()).base() instanceof BatchNormalization.Backward;
    }

    /** For a normalization's gradient, that of what it means in the second graph, whatever the normalization was fused with. */
    private Optional<Node> normGradient(Node n) {
        if (!isNormGradient(n)) return Optional.empty();
        Value x = ofFirst.get(n.input(0));
        return second.nodes().stream()
                .filter(b -> x != null && isNormGradient(b) && b.input(0) == x)
                .findFirst();
    }

    /** The node's outputs; with the other node being fused, the first is what the pieces after this one give. Empty if that fails. */
    private static List<Value> meanings(Node n, Op other, Graph graph) {
        if (n.op().equals(other)) return n.outputs();
        Pieces own = Pieces.of(n.op()), wanted = Pieces.of(other);
        if (!own.base().equals(wanted.base())) return List.of();
        if (own.fused() && wanted.fused()) return List.of();
        if (n.op() instanceof ConvolutionBatchNormalization) return List.of(n.output(3), n.output(0));
        if (other instanceof ConvolutionBatchNormalization c) return normalized(n.output(0), c.norm(), graph);
        if (own.fused()) return n.outputs();
        List<Value> values = new ArrayList<>(n.outputs());
        Optional<Value> last = Optional.of(n.output(0));
        if (wanted.residual()) last = last.flatMap(v -> reader(graph, v, new Arithmetic(Arithmetic.Kind.ADD)));
        if (wanted.activation().isPresent())
            last = last.flatMap(v -> reader(graph, v, wanted.activation().get()));
        if (last.isEmpty()) return List.of();
        values.set(0, last.get());
        return values;
    }

    /** A convolution's result and, if a node has it, what normalization makes of it. */
    private static List<Value> normalized(Value y, FusedBatchNormalization norm, Graph graph) {
        List<Value> values = new ArrayList<>(List.of(y));
        for (Op op : List.of(norm, norm.norm())) {
            for (Node n : graph.nodes()) {
                if (values.size() > 1 || !n.op().equals(op) || n.input(0) != y) continue;
                values.addAll(meanings(n, norm, graph).stream().limit(1).toList());
            }
        }
        return values;
    }

    /** What the first node with this op makes of a value: forward nodes come before those of the gradients. */
    private static Optional<Value> reader(Graph graph, Value v, Op op) {
        return graph.nodes().stream()
                .filter(n -> n.op().equals(op) && n.inputs().contains(v))
                .findFirst()
                .map(Node::output);
    }

    /**
     * An op as what was fused.
     *
     * @param base the op itself, or the one that it begins with
     * @param fused whether more follows
     */
    private record Pieces(Op base, boolean fused, boolean residual, Optional<Activation> activation) {
        static Pieces of(Op op) {
            if (op instanceof FusedConvolution f)
                return new Pieces(f.convolution(), true, f.residual(), f.activation());
            if (op instanceof FusedBatchNormalization f)
                return new Pieces(f.norm(), true, f.residual(), f.activation());
            if (op instanceof ConvolutionBatchNormalization f)
                return new Pieces(f.convolution(), true, false, Optional.empty());
            if (op instanceof NormalizedConvolution f) return alone(f.convolution());
            // The gradients that it has besides come last, and those of the pieces before it are in its own.
            if (op instanceof FusedBatchNormalization.Backward f)
                return alone(new BatchNormalization.Backward(f.forward().norm().epsilon()));
            return alone(op);
        }

        private static Pieces alone(Op op) {
            return new Pieces(op, false, false, Optional.empty());
        }
    }

    /** The last content that a step gives to each parameter and state. */
    private void matchUpdates() {
        Map<String, Value> there = updates(second);
        updates(first).forEach((name, v) -> {
            if (there.containsKey(name)) match(v, there.get(name));
        });
    }

    private static Map<String, Value> updates(Graph g) {
        Map<String, Value> last = new LinkedHashMap<>();
        for (Node n : g.nodes()) {
            for (Value v : n.outputs()) {
                Value origin = Graph.origin(v);
                if (origin != v && origin.kind() != Value.Kind.COMPUTED) last.put(origin.name(), v);
            }
        }
        return last;
    }

    private void matchGradients() {
        Map<String, Value> there = new HashMap<>();
        second.gradients().forEach((p, g) -> there.put(p.name(), g));
        first.gradients().forEach((p, g) -> {
            if (there.containsKey(p.name())) match(g, there.get(p.name()));
        });
    }

    private void match(Value a, Value b) {
        if (comparable(a) && a.type().equals(b.type())) ofFirst.putIfAbsent(a, b);
    }

    private boolean comparable(Value v) {
        return v.type().dtype().floating() && !counted.contains(v);
    }

    private int lone(Graph g, Set<Value> matched) {
        int n = 0;
        for (Node node : g.nodes()) {
            for (Value v : node.outputs()) if (comparable(v) && !matched.contains(v)) n++;
        }
        return n;
    }

    private void findCounted(Graph g) {
        for (Node n : g.nodes()) {
            if (n.op() instanceof Accuracy || n.inputs().stream().anyMatch(counted::contains))
                counted.addAll(n.outputs());
        }
    }
}
