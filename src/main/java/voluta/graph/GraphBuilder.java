package voluta.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import voluta.tensor.HostTensor;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;

/**
 * Builds a graph node by node; shapes are checked as nodes are added. Names may be scoped: within
 * {@code scope("layer1")}, a node added as {@code conv} has the path {@code layer1/conv}. Not thread-safe.
 */
public final class GraphBuilder {
    private final Set<Value> sources = new LinkedHashSet<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Set<Node> made = new HashSet<>();
    private final Map<String, Value> outputs = new LinkedHashMap<>();
    private final Map<Value, Value> gradients = new LinkedHashMap<>();
    private final Map<String, Integer> names = new HashMap<>();
    private final List<String> scopes = new ArrayList<>();
    private String prefix = "";
    private String source;

    /** An empty graph. */
    public GraphBuilder() {}

    /** Continues where another graph ended: same values, same nodes; more may be added. */
    public static GraphBuilder continuing(Graph graph) {
        GraphBuilder b = new GraphBuilder();
        graph.sources().forEach(b::adopt);
        for (Node n : graph.nodes()) b.adopt(n);
        b.outputs.putAll(graph.outputs());
        b.gradients.putAll(graph.gradients());
        return b;
    }

    /** Takes a source of another graph over as it is, so that both graphs speak of the same value. */
    public Value adopt(Value source) {
        if (source.kind() == Value.Kind.COMPUTED) throw new IllegalArgumentException(source + " is not a source");
        if (sources.add(source)) names.merge(source.name(), 1, Integer::sum);
        return source;
    }

    private void adopt(Node node) {
        nodes.add(node);
        made.add(node);
        names.merge(node.path(), 1, Integer::sum);
    }

    /** Everything added by {@code body} gets {@code name/} before its name. */
    public void scope(String name, Runnable body) {
        String before = prefix;
        scopes.add(name);
        prefix = before + name + "/";
        try {
            body.run();
        } finally {
            prefix = before;
            scopes.remove(scopes.size() - 1);
        }
    }

    /** Where the user wrote what is added next, for instance {@code net.yaml:41}; null for nowhere. Returns what was set before. */
    public String source(String position) {
        String before = source;
        source = position;
        return before;
    }

    /** A value fed from the host before each step. The name is not scoped. */
    public Value input(String name, TensorType type) {
        Value v = Value.input(name, type);
        claim(name);
        sources.add(v);
        return v;
    }

    /** A trained value; its full name is its identity within a session and in checkpoints. */
    public Value parameter(String name, TensorType type, Initializer initializer) {
        Value v = Value.parameter(prefix + name, type, initializer);
        claim(v.name());
        sources.add(v);
        return v;
    }

    /** Persistent state such as a running mean. */
    public Value state(String name, TensorType type, Initializer initializer) {
        Value v = Value.state(prefix + name, type, initializer, null);
        claim(v.name());
        sources.add(v);
        return v;
    }

    /** State of the same type as a parameter, zeros at first, kept beside it in the same layout; named {@code <parameter>.<suffix>}. */
    public Value stateBeside(Value parameter, String suffix, Initializer initializer) {
        Value v = Value.state(parameter.name() + "." + suffix, parameter.type(), initializer, parameter);
        claim(v.name());
        sources.add(v);
        return v;
    }

    /** A data set that the session's owner writes before the first step. The name is not scoped. */
    public Value data(String name, TensorType type) {
        Value v = Value.data(name, type);
        claim(name);
        sources.add(v);
        return v;
    }

    /** A value fixed now. */
    public Value constant(String name, HostTensor tensor) {
        Value v = Value.constant(unique(prefix + name), tensor);
        sources.add(v);
        return v;
    }

    /** Adds a node. If the path is taken, {@code _2}, {@code _3}, ... is appended. */
    public Node add(String name, Op op, Value... inputs) {
        return addNode(name, op, null, Arrays.asList(inputs));
    }

    /** Adds a node. */
    public Node add(String name, Op op, List<Value> inputs) {
        return addNode(name, op, null, inputs);
    }

    /** Adds a backward node that reads the context of {@code forward}. */
    public Node addWithContext(String name, Op op, Node forward, List<Value> inputs) {
        return addNode(name, op, forward, inputs);
    }

    private Node addNode(String name, Op op, Node contextOf, List<Value> inputs) {
        String path = unique(prefix + name);
        for (Value v : inputs) require(v, path + " reads ");
        List<TensorType> types;
        try {
            types = op.infer(inputs.stream().map(Value::type).toList());
        } catch (ShapeException e) {
            if (e.path().isPresent()) throw e;
            throw new ShapeException(path, source, e.problem() + origins(inputs));
        }
        Node n = new Node(op, path, source, inputs, types, contextOf);
        nodes.add(n);
        made.add(n);
        return n;
    }

    /** A value of another graph has no storage here, which would show much later. */
    private void require(Value v, String use) {
        boolean here = v.kind() == Value.Kind.COMPUTED ? made.contains(v.producer()) : sources.contains(v);
        if (!here) throw new IllegalArgumentException(use + v + ", which is not of this graph");
    }

    private static String origins(List<Value> inputs) {
        StringBuilder s = new StringBuilder();
        for (Value v : inputs) {
            if (v.kind() == Value.Kind.COMPUTED || v.kind() == Value.Kind.INPUT) {
                s.append("; ")
                        .append(v.name())
                        .append(" gives ")
                        .append(v.type().shape());
            }
        }
        return s.toString();
    }

    /** Makes a value readable after a step. */
    public void output(String name, Value value) {
        require(value, "the output " + name + " is ");
        if (outputs.putIfAbsent(name, value) != null)
            throw new IllegalArgumentException("two outputs are named " + name);
    }

    /** Records that {@code gradient} is the gradient of {@code parameter}. */
    public void gradient(Value parameter, Value gradient) {
        gradients.put(parameter, gradient);
    }

    /** The nodes so far. */
    public List<Node> nodes() {
        return List.copyOf(nodes);
    }

    /** The sources so far. */
    public List<Value> sources() {
        return List.copyOf(sources);
    }

    private void claim(String name) {
        if (names.merge(name, 1, Integer::sum) > 1) {
            throw new VolutaException("two values are named " + name + "; give one of the layers another name");
        }
    }

    private String unique(String name) {
        int n = names.merge(name, 1, Integer::sum);
        if (n == 1) return name;
        while (names.containsKey(name + "_" + n)) n++;
        names.put(name + "_" + n, 1);
        return name + "_" + n;
    }

    /** The graph so far; the builder can go on. */
    public Graph build() {
        return new Graph(List.copyOf(sources), nodes, outputs, gradients);
    }
}
