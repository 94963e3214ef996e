package voluta.explain.diagram;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import voluta.explain.diagram.Item.Block;
import voluta.explain.diagram.Item.Edge;

/**
 * How the items of a block lie: one after the other, or side by side between the same two.
 *
 * <p>An item that no edge leads past, in the order of execution, divides a block in two; what lies between two such items
 * falls apart into branches without edges between them, and each branch is divided in the same way.
 */
sealed interface Part {
    /** One box or frame. */
    record Box(Item item) implements Part {}

    /** One after the other; empty for an edge that leads past everything beside it. */
    record Chain(List<Part> parts) implements Part {
        public Chain {
            parts = List.copyOf(parts);
        }

        boolean isEmpty() {
            return parts.isEmpty();
        }
    }

    /** Side by side, from the same item and to the same one. */
    record Branches(List<Chain> chains) implements Part {
        public Branches {
            chains = List.copyOf(chains);
        }
    }

    /**
     * What cannot be divided: one below the other, with an arc for each edge that passes others.
     *
     * @param edges counted within the items; from {@link Edge#ENTRY}, to the number of items
     */
    record Knot(List<Item> items, List<Edge> edges) implements Part {
        public Knot {
            items = List.copyOf(items);
            edges = List.copyOf(edges);
        }
    }

    /** The arrangement of a block's items. */
    static Chain of(Block block) {
        return chain(block.items(), block.edges());
    }

    private static Chain chain(List<Item> items, List<Edge> edges) {
        List<Part> parts = new ArrayList<>();
        int n = items.size(), before = Edge.ENTRY;
        for (int cut = 0; cut <= n; cut++) {
            int here = cut;
            if (cut < n && edges.stream().anyMatch(e -> e.from() < here && e.to() > here)) continue;
            between(items, edges, before, cut, parts);
            if (cut < n) parts.add(new Box(items.get(cut)));
            before = cut;
        }
        return new Chain(parts);
    }

    /** What lies between two items that everything passes through. */
    private static void between(List<Item> items, List<Edge> edges, int before, int after, List<Part> parts) {
        if (after == before + 1) return;
        List<Chain> chains = new ArrayList<>();
        for (List<Integer> branch : components(edges, before, after)) {
            List<Item> inner = branch.stream().map(items::get).toList();
            List<Edge> own = renumbered(edges, branch);
            if (inner.size() == after - before - 1 && !hasDirect(edges, before, after)) {
                parts.add(new Knot(inner, own));
                return;
            }
            chains.add(chain(inner, own));
        }
        if (hasDirect(edges, before, after)) chains.add(new Chain(List.of()));
        parts.add(new Branches(chains));
    }

    private static boolean hasDirect(List<Edge> edges, int before, int after) {
        return edges.contains(new Edge(before, after));
    }

    /** The items between two others, in groups that no edge joins. */
    private static List<List<Integer>> components(List<Edge> edges, int before, int after) {
        Map<Integer, Integer> group = new HashMap<>();
        for (int i = before + 1; i < after; i++) group.put(i, i);
        for (Edge e : edges) {
            if (e.from() <= before || e.from() >= after || e.to() >= after) continue;
            int from = group.get(e.from()), to = group.get(e.to());
            group.replaceAll((i, g) -> g == Math.max(from, to) ? Math.min(from, to) : g);
        }
        Map<Integer, List<Integer>> groups = new TreeMap<>();
        for (int i = before + 1; i < after; i++) {
            groups.computeIfAbsent(group.get(i), k -> new ArrayList<>()).add(i);
        }
        return List.copyOf(groups.values());
    }

    /** The edges of a branch, its items counted from 0. */
    private static List<Edge> renumbered(List<Edge> edges, List<Integer> branch) {
        Set<Edge> own = new HashSet<>();
        List<Edge> result = new ArrayList<>();
        for (Edge e : edges) {
            int from = branch.indexOf(e.from()), to = branch.indexOf(e.to());
            if (from < 0 && to < 0) continue;
            Edge inner = new Edge(from < 0 ? Edge.ENTRY : from, to < 0 ? branch.size() : to);
            if (own.add(inner)) result.add(inner);
        }
        return result;
    }
}
