package voluta.explain.diagram;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import voluta.explain.diagram.Item.Edge;
import voluta.explain.diagram.Item.Layer;

/**
 * One below the other, with arcs at the right for edges that pass others.
 *
 * @param lanes which lane each of those edges has, the innermost being 0; arcs that overlap have different ones
 */
record PlacedKnot(List<Placed> items, List<Edge> edges, Map<Edge, Integer> lanes) implements Placed {
    private static final double GAP = 34, END = 16, LANE = 12, BESIDE = 7;

    static PlacedKnot of(Part.Knot knot) {
        double width = 0;
        for (Item item : knot.items()) if (item instanceof Layer l) width = Math.max(width, Box.wanted(l));
        List<Placed> items = new ArrayList<>();
        for (Item item : knot.items()) items.add(Placed.of(item, width));
        List<Edge> arcs = knot.edges().stream()
                .filter(e -> e.to() > e.from() + 1)
                .sorted(Comparator.comparingInt(e -> e.to() - e.from()))
                .toList();
        Map<Edge, Integer> lanes = new HashMap<>();
        for (Edge e : arcs) {
            int lane = 0;
            while (taken(lanes, e, lane)) lane++;
            lanes.put(e, lane);
        }
        return new PlacedKnot(List.copyOf(items), knot.edges(), Map.copyOf(lanes));
    }

    private static boolean taken(Map<Edge, Integer> lanes, Edge e, int lane) {
        return lanes.entrySet().stream()
                .anyMatch(l -> l.getValue() == lane
                        && l.getKey().from() < e.to()
                        && e.from() < l.getKey().to());
    }

    private double inner() {
        return axis()
                + items.stream().mapToDouble(p -> p.width() - p.axis()).max().orElse(0);
    }

    @Override
    public double width() {
        int most = lanes.values().stream().mapToInt(i -> i + 1).max().orElse(0);
        return inner() + most * LANE;
    }

    @Override
    public double height() {
        return 2 * END + items.stream().mapToDouble(Placed::height).sum() + GAP * (items.size() - 1);
    }

    @Override
    public double axis() {
        double label = items.stream()
                .mapToDouble(p -> BESIDE + TextWidth.of(p.gives(), SMALL, false))
                .max()
                .orElse(0);
        return Math.max(label, items.stream().mapToDouble(Placed::axis).max().orElse(0));
    }

    @Override
    public String gives() {
        return "";
    }

    @Override
    public void draw(Svg svg, double x, double y) {
        int n = items.size();
        double at = x + axis();
        double[] tops = new double[n + 1], bottoms = new double[n + 1];
        double top = y + END;
        for (int i = 0; i < n; i++) {
            tops[i] = top;
            bottoms[i + 1] = top + items.get(i).height();
            top = bottoms[i + 1] + GAP;
        }
        bottoms[0] = y;
        tops[n] = y + height();
        for (Edge e : edges) {
            double from = bottoms[e.from() + 1], to = tops[e.to()];
            Integer lane = lanes.get(e);
            if (lane == null) {
                svg.line("edge", at, from, at, to);
            } else {
                double out = x + inner() + (lane + 0.5) * LANE, leave = e.from() < 0 ? from : from + 7;
                double arrive = e.to() == n ? to : to - 11;
                svg.line("edge arc", at, from, at, leave, out, leave, out, arrive, at, arrive, at, to);
            }
            if (e.to() < n) svg.head(at, to);
        }
        for (int i = 0; i < n; i++) {
            Placed p = items.get(i);
            svg.text("small right", at - BESIDE, bottoms[i + 1] + (i + 1 < n ? GAP : END) / 2 + 3, p.gives());
            p.draw(svg, at - p.axis(), tops[i]);
        }
    }
}
