package voluta.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import voluta.backend.Backend;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.Arithmetic;
import voluta.op.BatchNormalization;
import voluta.op.Convolution;
import voluta.op.ConvolutionBatchNormalization;
import voluta.op.FoldBatchNormalization;
import voluta.op.FusedBatchNormalization;
import voluta.op.FusedConvolution;
import voluta.op.NormalizedConvolution;
import voluta.op.Padding;

/**
 * Joins neighbouring nodes of a forward graph into ops that a backend has as one kernel. A node is only joined to the one
 * behind it if nobody else reads its result. Passes, in order: zero padding into the convolution behind it; in inference,
 * a frozen batch normalization into the weights before it; an addition and an activation into the convolution or batch
 * normalization before them; in training, a batch normalization with its activation into the convolution behind it, or
 * else into the one before it.
 */
final class Fusion {
    private final Backend backend;
    private final Precision precision;
    private final boolean inference;

    private Fusion(Backend backend, Precision precision, boolean inference) {
        this.backend = backend;
        this.precision = precision;
        this.inference = inference;
    }

    static Graph apply(Graph graph, Backend backend, Precision precision, boolean inference) {
        Fusion f = new Fusion(backend, precision, inference);
        Graph g = f.pass(graph, f::paddedConvolution);
        if (inference) g = f.pass(g, f::foldedNormalization);
        g = f.pass(g, f::additionAndActivation);
        if (inference) return g;
        g = f.pass(g, f::normalizedConvolution);
        return f.pass(g, f::convolutionBatchNormalization);
    }

    /**
     * Neighbours that become one.
     *
     * @param nodes what is replaced; the last is where the replacement is put
     * @param build adds the replacement and returns the values that stand for outputs
     */
    private record Match(List<Node> nodes, Replacement build) {}

    /** Adds what stands for a match; {@code in} maps a value of the old graph to the new one. */
    private interface Replacement {
        Map<Value, Value> build(GraphBuilder b, Map<Value, Value> in);
    }

    /** Looks for a match whose last node is {@code n}. */
    private interface Rule {
        Optional<Match> match(Node n, Uses uses);
    }

    /** Who reads what, outputs of the graph counted as readers. */
    private static final class Uses {
        private final Map<Value, Integer> count = new HashMap<>();
        private final Map<Value, Node> reader = new HashMap<>();
        private final Map<Node, Integer> position = new HashMap<>();

        Uses(Graph g) {
            for (Node n : g.nodes()) {
                position.put(n, position.size());
                for (Value v : n.inputs()) {
                    count.merge(v, 1, Integer::sum);
                    reader.put(v, n);
                }
            }
            g.outputs().values().forEach(v -> count.merge(v, 2, Integer::sum));
        }

        boolean once(Value v) {
            return count.getOrDefault(v, 0) == 1;
        }

        /** The one reader of a value, if it has exactly one and that applies {@code op}. */
        Optional<Node> onlyReader(Value v, Class<? extends Op> op) {
            Node n = once(v) ? reader.get(v) : null;
            return n != null && op.isInstance(n.op()) ? Optional.of(n) : Optional.empty();
        }
    }

    private Graph pass(Graph g, Rule rule) {
        Uses uses = new Uses(g);
        Map<Node, Match> at = new HashMap<>();
        Set<Node> absorbed = new HashSet<>();
        for (Node n : g.nodes()) {
            if (absorbed.contains(n)) continue;
            rule.match(n, uses)
                    .filter(m -> m.nodes().stream().noneMatch(absorbed::contains))
                    .ifPresent(m -> {
                        at.put(m.nodes().get(m.nodes().size() - 1), m);
                        absorbed.addAll(m.nodes());
                    });
        }
        return absorbed.isEmpty() ? g : rebuild(g, at, absorbed);
    }

    private static Graph rebuild(Graph g, Map<Node, Match> at, Set<Node> absorbed) {
        GraphBuilder b = new GraphBuilder();
        Map<Value, Value> map = new HashMap<>();
        for (Value v : g.sources()) map.put(v, b.adopt(v));
        for (Node n : g.nodes()) {
            Match m = at.get(n);
            if (m == null && absorbed.contains(n)) continue;
            String before = b.source(m == null ? n.source() : m.nodes().get(0).source());
            if (m != null) {
                map.putAll(m.build().build(b, map));
            } else {
                List<Value> out = b.add(
                                n.path(),
                                n.op(),
                                n.inputs().stream().map(map::get).toList())
                        .outputs();
                for (int o = 0; o < out.size(); o++) map.put(n.output(o), out.get(o));
            }
            b.source(before);
        }
        g.outputs().forEach((name, v) -> b.output(name, map.get(v)));
        return b.build();
    }

    private boolean supported(Op op, List<Value> inputs) {
        return backend.supports(op, inputs.stream().map(Value::type).toList(), precision)
                .yes();
    }

    /** Zero padding is what a convolution does anyway. */
    private Optional<Match> paddedConvolution(Node n, Uses uses) {
        Node p = n.input(0).producer();
        if (!(n.op() instanceof Convolution c) || p == null) return Optional.empty();
        if (!(p.op() instanceof Padding pad) || !uses.once(p.output())) return Optional.empty();
        if (pad.mode() != Padding.Mode.CONSTANT || pad.value() != 0) return Optional.empty();
        Convolution joined = new Convolution(
                c.stride(), c.dilation(), sum(c.padBefore(), pad.before()), sum(c.padAfter(), pad.after()), c.groups());
        List<Value> in = new ArrayList<>(n.inputs());
        in.set(0, p.input(0));
        return Optional.of(new Match(
                List.of(p, n),
                (b, map) -> one(n, b.add(n.path(), joined, mapped(in, map)).output())));
    }

    private static List<Integer> sum(List<Integer> a, List<Integer> b) {
        List<Integer> s = new ArrayList<>();
        for (int i = 0; i < a.size(); i++) s.add(a.get(i) + b.get(i));
        return s;
    }

    private static Map<Value, Value> one(Node replaced, Value by) {
        return Map.of(replaced.output(0), by);
    }

    private static List<Value> mapped(List<Value> in, Map<Value, Value> map) {
        return in.stream().map(map::get).toList();
    }

    /** Convolution, then frozen batch normalization: one convolution with other weights, computed once. */
    private Optional<Match> foldedNormalization(Node n, Uses uses) {
        if (!(n.op() instanceof BatchNormalization bn) || bn.mode() != BatchNormalization.Mode.FROZEN)
            return Optional.empty();
        Node c = n.input(0).producer();
        if (c == null || !(c.op() instanceof Convolution) || !uses.once(c.output())) return Optional.empty();
        List<Value> fold = new ArrayList<>(c.inputs().subList(1, c.inputs().size()));
        fold.addAll(n.inputs().subList(1, 5));
        if (!supported(new FoldBatchNormalization(bn.epsilon()), fold)) return Optional.empty();
        return Optional.of(new Match(List.of(c, n), (b, map) -> {
            Node folded = b.add(n.path() + "/fold", new FoldBatchNormalization(bn.epsilon()), mapped(fold, map));
            Value y = b.add(c.path(), c.op(), map.get(c.input(0)), folded.output(0), folded.output(1))
                    .output();
            return one(n, y);
        }));
    }

    /** Convolution or batch normalization, then perhaps an addition, then perhaps an activation. */
    private Optional<Match> additionAndActivation(Node n, Uses uses) {
        if (!(n.op() instanceof Convolution) && !(n.op() instanceof BatchNormalization)) return Optional.empty();
        Optional<Node> add = uses.onlyReader(n.output(0), Arithmetic.class).filter(a -> joinsLast(a, n, uses));
        Node afterAdd = add.orElse(n);
        Optional<Node> act = uses.onlyReader(afterAdd.output(0), Activation.class)
                .filter(a -> inference || ((Activation) a.op()).fromOutput());
        List<Optional<Match>> tries =
                List.of(join(n, add, act), join(n, Optional.empty(), add.isEmpty() ? act : Optional.empty()));
        return tries.stream().flatMap(Optional::stream).findFirst();
    }

    /** Whether an addition of equal shapes can be done by {@code n}: its other operand must be there before, and not be {@code n} too. */
    private static boolean joinsLast(Node add, Node n, Uses uses) {
        if (((Arithmetic) add.op()).kind() != Arithmetic.Kind.ADD) return false;
        Value other = other(add, n);
        if (other == n.output(0) || !other.type().equals(n.output(0).type())) return false;
        return other.producer() == null || uses.position.get(other.producer()) < uses.position.get(n);
    }

    private static Value other(Node add, Node n) {
        return add.input(0) == n.output(0) ? add.input(1) : add.input(0);
    }

    /** Batch normalization with its activation, then a convolution: what is between them is not stored. */
    private Optional<Match> normalizedConvolution(Node n, Uses uses) {
        Node p = n.input(0).producer();
        if (!(n.op() instanceof Convolution c) || p == null || !uses.once(n.input(0))) return Optional.empty();
        if (!(p.op() instanceof FusedBatchNormalization norm) || norm.residual()) return Optional.empty();
        if (norm.norm().mode() != BatchNormalization.Mode.TRAINING) return Optional.empty();
        Op joined = new NormalizedConvolution(norm, c);
        List<Value> in = new ArrayList<>(p.inputs());
        in.addAll(n.inputs().subList(1, n.inputs().size()));
        if (!supported(joined, in)) return Optional.empty();
        return Optional.of(new Match(List.of(p, n), (b, map) -> {
            Node f = b.add(n.path(), joined, mapped(in, map));
            Map<Value, Value> results = new HashMap<>();
            for (int o = 1; o < f.outputs().size(); o++) results.put(p.output(o), f.output(o));
            results.put(n.output(0), f.output(0));
            return results;
        }));
    }

    /** A convolution, then batch normalization with what is fused there: its statistics can be found while it writes. */
    private Optional<Match> convolutionBatchNormalization(Node n, Uses uses) {
        FusedBatchNormalization norm = null;
        if (n.op() instanceof FusedBatchNormalization f) norm = f;
        if (n.op() instanceof BatchNormalization b) norm = new FusedBatchNormalization(b, false, Optional.empty());
        if (norm == null || norm.norm().mode() != BatchNormalization.Mode.TRAINING) return Optional.empty();
        Node p = n.input(0).producer();
        if (p == null || !(p.op() instanceof Convolution c) || p.inputs().size() > 2 || !uses.once(p.output()))
            return Optional.empty();
        Op joined = new ConvolutionBatchNormalization(c, norm);
        List<Value> in = new ArrayList<>(p.inputs());
        in.addAll(n.inputs().subList(1, n.inputs().size()));
        if (!supported(joined, in)) return Optional.empty();
        return Optional.of(new Match(List.of(p, n), (b, map) -> {
            Node f = b.add(p.path(), joined, mapped(in, map));
            Map<Value, Value> results = new HashMap<>();
            for (int o = 0; o < n.outputs().size(); o++) results.put(n.output(o), f.output(o));
            return results;
        }));
    }

    private Optional<Match> join(Node n, Optional<Node> add, Optional<Node> act) {
        if (add.isEmpty() && act.isEmpty()) return Optional.empty();
        Optional<Activation> activation = act.map(a -> (Activation) a.op());
        Op fused = n.op() instanceof Convolution c
                ? new FusedConvolution(c, add.isPresent(), activation)
                : new FusedBatchNormalization((BatchNormalization) n.op(), add.isPresent(), activation);
        List<Value> in = new ArrayList<>(n.inputs());
        add.ifPresent(a -> in.add(other(a, n)));
        if (!supported(fused, in)) return Optional.empty();
        List<Node> nodes = new ArrayList<>(List.of(n));
        add.ifPresent(nodes::add);
        act.ifPresent(nodes::add);
        Node last = nodes.get(nodes.size() - 1);
        return Optional.of(new Match(nodes, (b, map) -> {
            Node f = b.add(n.path(), fused, mapped(in, map));
            Map<Value, Value> results = new HashMap<>();
            for (int o = 1; o < f.outputs().size(); o++) results.put(n.output(o), f.output(o));
            results.put(last.output(0), f.output(0));
            return results;
        }));
    }
}
