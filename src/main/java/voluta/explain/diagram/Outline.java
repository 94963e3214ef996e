package voluta.explain.diagram;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import voluta.explain.diagram.Item.Block;
import voluta.explain.diagram.Item.Edge;
import voluta.explain.diagram.Item.Layer;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.model.ModelSummary;
import voluta.tensor.Shape;

/** A graph as boxes in frames: the parts of the nodes' paths are the frames, equal ones that follow each other are one. */
final class Outline {
    /** A chain of more items than this gets no frame of its own at the top: columns can then divide it. */
    private static final int LONG_CHAIN = 8;

    private final Graph graph;
    private final Map<String, Long> parameters = new HashMap<>();
    private final Map<Node, Set<Node>> readers = new HashMap<>();
    private final Map<Node, List<Node>> sources = new HashMap<>();
    private final Set<Node> results = new HashSet<>();

    private Outline(Graph graph) {
        this.graph = graph;
        for (ModelSummary.Row r : ModelSummary.of(graph).rows()) parameters.put(r.path(), r.parameters());
        Map<Value, Node> makers = new HashMap<>();
        for (Node n : graph.nodes()) {
            List<Node> from = new ArrayList<>();
            for (Value v : n.inputs()) {
                Node maker = makers.get(v);
                if (maker == null) continue;
                from.add(maker);
                readers.computeIfAbsent(maker, k -> new LinkedHashSet<>()).add(n);
            }
            sources.put(n, from);
            for (Value v : n.outputs()) makers.put(v, n);
        }
        for (Value v : graph.outputs().values()) results.add(makers.get(v));
    }

    /** The whole network as one block, for one sample. */
    static Block of(Graph graph) {
        Outline o = new Outline(graph);
        return dissolved(o.block("", 0, graph.nodes()));
    }

    /** Nodes that become one item: a single one, a layer with its followers, or all under one part of the path. */
    private record Run(String name, boolean leaf, List<Node> nodes) {}

    private Block block(String name, int depth, List<Node> nodes) {
        List<Item> items = new ArrayList<>();
        Map<Node, Integer> places = new HashMap<>();
        for (Run run : runs(depth, nodes)) {
            for (Node n : run.nodes) places.put(n, items.size());
            items.add(run.leaf ? layer(run) : simplified(block(run.name, depth + 1, run.nodes)));
        }
        Set<Edge> edges = new LinkedHashSet<>();
        for (Node n : nodes) {
            int to = places.get(n);
            for (Node from : sources.get(n)) {
                int f = places.getOrDefault(from, Edge.ENTRY);
                if (f != to) edges.add(new Edge(f, to));
            }
            boolean begins = n.inputs().stream().anyMatch(v -> v.kind() == Value.Kind.INPUT);
            if (begins) edges.add(new Edge(Edge.ENTRY, to));
            boolean leaves = results.contains(n)
                    || readers.getOrDefault(n, Set.of()).stream().anyMatch(r -> !places.containsKey(r));
            if (leaves) edges.add(new Edge(to, items.size()));
        }
        return folded(new Block(name, 1, items, List.copyOf(edges), sum(items)));
    }

    private List<Run> runs(int depth, List<Node> nodes) {
        List<Run> runs = new ArrayList<>();
        for (Node n : nodes) {
            String[] path = n.path().split("/");
            boolean leaf = path.length == depth + 1;
            Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
            if (leaf && last != null && last.leaf && follows(n, last.nodes.get(last.nodes.size() - 1))) {
                last.nodes.add(n);
            } else if (!leaf && last != null && !last.leaf && last.name.equals(path[depth])) {
                last.nodes.add(n);
            } else {
                runs.add(new Run(path[depth], leaf, new ArrayList<>(List.of(n))));
            }
        }
        return runs;
    }

    private boolean follows(Node n, Node before) {
        return LayerText.follows(n.op())
                && sources.get(n).equals(List.of(before))
                && readers.get(before).equals(Set.of(n))
                && !results.contains(before);
    }

    private Layer layer(Run run) {
        Node first = run.nodes.get(0), last = run.nodes.get(run.nodes.size() - 1);
        List<String> more = run.nodes.stream().skip(1).map(LayerText::of).toList();
        long count = run.nodes.stream().mapToLong(n -> parameters.get(n.path())).sum();
        Shape y = last.output(0).type().shape();
        return new Layer(
                run.name,
                LayerText.family(first.op()),
                LayerText.of(first),
                String.join(", ", more),
                paths(run.nodes),
                count,
                y);
    }

    private static List<String> paths(List<Node> nodes) {
        return nodes.stream().map(Node::path).toList();
    }

    private static long sum(List<Item> items) {
        return items.stream().mapToLong(Item::parameters).sum();
    }

    /** A frame around a single box says nothing. */
    private static Item simplified(Block b) {
        if (b.items().size() > 1) return b;
        Item only = b.items().get(0);
        return only.named(b.name() + "/" + only.name());
    }

    /** Equal blocks that follow each other become one. */
    private static Block folded(Block b) {
        List<Item> items = new ArrayList<>();
        int[] places = new int[b.items().size() + 1];
        for (int i = 0; i < b.items().size(); i++) {
            Item item = b.items().get(i);
            Item last = items.isEmpty() ? null : items.get(items.size() - 1);
            if (last instanceof Block l && item instanceof Block c && l.isLike(c) && isLink(b, i - 1, i)) {
                items.set(items.size() - 1, together(l, c));
            } else {
                items.add(item);
            }
            places[i] = items.size() - 1;
        }
        places[b.items().size()] = items.size();
        Set<Edge> edges = new LinkedHashSet<>();
        for (Edge e : b.edges()) {
            int from = e.from() == Edge.ENTRY ? Edge.ENTRY : places[e.from()];
            if (from != places[e.to()]) edges.add(new Edge(from, places[e.to()]));
        }
        return new Block(b.name(), 1, items, List.copyOf(edges), b.parameters());
    }

    /** Whether one item gives all it gives to the other, which takes nothing else. */
    private static boolean isLink(Block b, int from, int to) {
        return b.edges().stream().allMatch(e -> (e.from() == from) == (e.to() == to));
    }

    private static Block together(Block first, Block next) {
        String begin = first.copies() == 1
                ? first.name()
                : first.name().substring(0, first.name().indexOf(" to "));
        return new Block(
                begin + " to " + next.name(),
                first.copies() + 1,
                first.with(next).items(),
                first.edges(),
                first.parameters() + next.parameters());
    }

    /** Long chains at the top lose their frame; their items are then called by the whole path. */
    private static Block dissolved(Block root) {
        for (int i = 0; i < root.items().size(); i++) {
            if (root.items().get(i) instanceof Block b
                    && b.copies() == 1
                    && b.items().size() > LONG_CHAIN
                    && isChain(b)) {
                return dissolved(without(root, i, b));
            }
        }
        return root;
    }

    private static boolean isChain(Block b) {
        return b.edges().stream().allMatch(e -> e.to() == e.from() + 1);
    }

    private static Block without(Block root, int place, Block frame) {
        List<Item> items = new ArrayList<>(root.items().subList(0, place));
        for (Item inner : frame.items()) items.add(inner.named(frame.name() + "/" + inner.name()));
        items.addAll(root.items().subList(place + 1, root.items().size()));
        int more = frame.items().size() - 1;
        Set<Edge> edges = new LinkedHashSet<>();
        for (Edge e : root.edges()) {
            edges.add(
                    new Edge(e.from() >= place ? e.from() + more : e.from(), e.to() > place ? e.to() + more : e.to()));
        }
        for (int i = place; i < place + more; i++) edges.add(new Edge(i, i + 1));
        return new Block(root.name(), 1, items, List.copyOf(edges), root.parameters());
    }
}
