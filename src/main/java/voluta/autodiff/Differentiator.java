package voluta.autodiff;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import voluta.graph.GradientScope;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.Arithmetic;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Adds the backward nodes of a graph to its builder. */
public final class Differentiator {
    private final GraphBuilder builder;
    private final Set<Value> dependent = new HashSet<>();
    private final Map<Value, List<Value>> contributions = new HashMap<>();
    private final Map<Value, Value> summed = new HashMap<>();

    private Differentiator(GraphBuilder builder) {
        this.builder = builder;
    }

    /**
     * Differentiates a scalar loss.
     *
     * @param builder holds the forward graph; backward nodes are added to it, and each gradient of a parameter is recorded
     * @param loss a value with one element
     * @param wrt the values whose gradients are wanted
     * @return the gradient of each of {@code wrt}; a value on which the loss does not depend is missing
     */
    public static Map<Value, Value> gradients(GraphBuilder builder, Value loss, Collection<Value> wrt) {
        if (loss.type().elements() != 1)
            throw new IllegalArgumentException("a loss has one element, " + loss + " has more");
        return gradients(builder, Map.of(loss, ones(builder, loss)), wrt);
    }

    /** Differentiates the sum of several values, each weighted elementwise by its given gradient of the same type. */
    public static Map<Value, Value> gradients(
            GraphBuilder builder, Map<Value, Value> outputGradients, Collection<Value> wrt) {
        return gradients(builder, outputGradients, wrt, (v, gradient) -> {});
    }

    /**
     * The same for those who use each gradient up as soon as it is there, so that it need not be kept to the end.
     *
     * @param complete told each of {@code wrt} with its gradient when all uses of the value have been differentiated; may
     *     add nodes
     */
    public static Map<Value, Value> gradients(
            GraphBuilder builder,
            Map<Value, Value> outputGradients,
            Collection<Value> wrt,
            BiConsumer<Value, Value> complete) {
        return new Differentiator(builder).run(outputGradients, wrt, complete);
    }

    private static Value ones(GraphBuilder builder, Value loss) {
        return builder.constant("loss_gradient", HostTensor.zeros(loss.type()).fill(1));
    }

    private Map<Value, Value> run(
            Map<Value, Value> outputGradients, Collection<Value> wrt, BiConsumer<Value, Value> complete) {
        List<Node> nodes = builder.nodes();
        Map<Node, List<Value>> firstUses = firstUses(nodes, wrt);
        dependent.addAll(wrt);
        for (Node n : nodes) {
            if (n.inputs().stream().anyMatch(dependent::contains)) dependent.addAll(n.outputs());
        }
        outputGradients.forEach(this::contribute);
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node n = nodes.get(i);
            differentiate(n);
            for (Value v : firstUses.getOrDefault(n, List.of())) {
                if (contributions.containsKey(v)) complete.accept(v, sum(v));
            }
        }
        Map<Value, Value> result = new LinkedHashMap<>();
        for (Value v : wrt) {
            if (!contributions.containsKey(v)) continue;
            Value g = sum(v);
            result.put(v, g);
            if (v.kind() == Value.Kind.PARAMETER) builder.gradient(v, g);
        }
        return result;
    }

    private void differentiate(Node n) {
        if (n.inputs().stream().noneMatch(dependent::contains)) return;
        if (n.outputs().stream().noneMatch(contributions::containsKey)) return;
        String before = builder.source(n.source());
        n.op().differentiate(new Scope(n));
        builder.source(before);
    }

    /** The values by the first node that reads them, which is the last to contribute to their gradients. */
    private static Map<Node, List<Value>> firstUses(List<Node> nodes, Collection<Value> wrt) {
        Map<Node, List<Value>> uses = new HashMap<>();
        Set<Value> unused = new LinkedHashSet<>(wrt);
        for (Node n : nodes) {
            for (Value v : n.inputs()) {
                if (unused.remove(v))
                    uses.computeIfAbsent(n, k -> new ArrayList<>()).add(v);
            }
        }
        return uses;
    }

    private void contribute(Value v, Value gradient) {
        if (!gradient.type().shape().equals(v.type().shape())) {
            throw new IllegalStateException("the gradient of " + v + " must have its shape, got " + gradient);
        }
        contributions.computeIfAbsent(v, k -> new ArrayList<>()).add(gradient);
    }

    /** All contributions to a value's gradient as one value; they are complete when the walk has passed all its uses. */
    private Value sum(Value v) {
        Value known = summed.get(v);
        if (known != null) return known;
        List<Value> parts = contributions.get(v);
        Value g = parts.get(0);
        for (int i = 1; i < parts.size(); i++) {
            g = builder.add(v.name() + ":GradientSum", new Arithmetic(Arithmetic.Kind.ADD), g, parts.get(i))
                    .output();
        }
        summed.put(v, g);
        return g;
    }

    private final class Scope implements GradientScope {
        private final Node node;

        Scope(Node node) {
            this.node = node;
        }

        @Override
        public Node node() {
            return node;
        }

        @Override
        public boolean wants(int i) {
            return i < node.inputs().size() && dependent.contains(node.input(i));
        }

        @Override
        public boolean hasGradient(int i) {
            return contributions.containsKey(node.output(i));
        }

        @Override
        public Value gradient(int i) {
            if (!hasGradient(i)) throw new IllegalStateException("no gradient reaches " + node.output(i));
            return sum(node.output(i));
        }

        @Override
        public void give(int i, Value gradient) {
            if (wants(i)) contribute(node.input(i), gradient);
        }

        @Override
        public Node add(Op op, Value... inputs) {
            return builder.add(name(op), op, inputs);
        }

        @Override
        public Node addWithContext(Op op, Value... inputs) {
            return builder.addWithContext(name(op), op, node, List.of(inputs));
        }

        private String name(Op op) {
            String n = op.name();
            return node.path() + ":" + n.substring(n.indexOf('.') + 1);
        }

        @Override
        public Value constant(TensorType type, double value) {
            HostTensor t = HostTensor.zeros(type);
            for (long i = 0; value != 0 && i < type.elements(); i++) t.set(i, value);
            return builder.constant(node.path() + ":constant", t);
        }
    }
}
