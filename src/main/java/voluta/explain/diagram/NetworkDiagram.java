package voluta.explain.diagram;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import voluta.explain.Theme;
import voluta.explain.diagram.Item.Block;
import voluta.explain.diagram.Item.Layer;
import voluta.explain.diagram.LayerText.Family;
import voluta.graph.Graph;
import voluta.model.ModelSummary;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.nn.Mode;
import voluta.tensor.Shape;

/** Draws a network as SVG: one file that needs no other, with text as text. */
public final class NetworkDiagram {
    private static final double MARGIN = 24, HEADER = 92, BETWEEN = 44, OVER = 34, UNDER = 16;
    /** Pictures get columns until they are wider than high by about this. */
    private static final double ASPECT = 1.5;
    /** Steps of a bisection. */
    private static final int SEARCH = 16;

    private final Network network;
    private final Graph graph;
    private final ModelSummary summary;
    private final Block root;
    private final List<Part> parts = new ArrayList<>();
    private final PlacedChain whole;

    private NetworkDiagram(Network network) {
        this.network = network;
        this.graph = network.forward(Mode.INFERENCE, 1);
        this.summary = ModelSummary.of(graph);
        this.root = Outline.of(graph);
        long[] input = new long[network.description().input().size() + 1];
        input[0] = 1;
        for (int d = 1; d < input.length; d++)
            input[d] = network.description().input().get(d - 1);
        Shape in = Shape.of(input), out = graph.output(Network.LOGITS).type().shape();
        parts.add(new Part.Box(end("input", in)));
        parts.addAll(Part.of(root).parts());
        int classes = network.description().classes();
        parts.add(new Part.Box(end(classes > 0 ? String.format(Locale.ROOT, "%,d classes", classes) : "output", out)));
        whole = PlacedChain.of(parts);
    }

    private static Layer end(String text, Shape shape) {
        return new Layer("", Family.ENDS, text, "", List.of(), 0, shape);
    }

    /**
     * The picture of a network for inference.
     *
     * @param theme empty for colours that follow the reader's system
     */
    public static String svg(Network network, Optional<Theme> theme) {
        return new NetworkDiagram(network).draw(theme);
    }

    private String draw(Optional<Theme> theme) {
        List<PlacedChain> columns = columns();
        double inner = width(columns);
        double heading = Math.max(TextWidth.of(facts(), 13, false), legendWidth());
        double width = Math.max(inner, heading) + 2 * MARGIN;
        double height = HEADER + OVER + UNDER + MARGIN + height(columns);
        NetworkDescription d = network.description();
        Svg svg = new Svg(width, height, "The network " + d.name(), description(), DiagramStyle.sheet(theme));
        svg.rect("page", 0, 0, width, height, 0);
        svg.text("title", MARGIN, 36, d.name());
        svg.text("more", MARGIN, 58, facts());
        legend(svg);
        double x = MARGIN + (width - 2 * MARGIN - inner) / 2, top = HEADER + OVER;
        for (int i = 0; i < columns.size(); i++) {
            PlacedChain c = columns.get(i);
            if (i + 1 < columns.size()) link(svg, c, columns.get(i + 1), x, top);
            c.draw(svg, x, top);
            x += c.width() + BETWEEN;
        }
        return svg.finish();
    }

    /** From the foot of a column to the head of the next one. */
    private static void link(Svg svg, PlacedChain from, PlacedChain to, double x, double top) {
        double at = x + from.axis(), bottom = top + from.height(), between = x + from.width() + BETWEEN / 2;
        double next = x + from.width() + BETWEEN + to.axis();
        svg.line(
                "edge",
                at,
                bottom,
                at,
                bottom + UNDER,
                between,
                bottom + UNDER,
                between,
                top - OVER,
                next,
                top - OVER,
                next,
                top);
        if (to.beginsWithBox()) svg.head(next, top);
        PlacedChain.label(svg, from.gives(), next, top - OVER / 2);
    }

    /** The parts in as many columns as make a picture of usual proportions. */
    private List<PlacedChain> columns() {
        List<PlacedChain> best = List.of(whole);
        for (int count = 2; count <= parts.size(); count++) {
            if (width(best) >= ASPECT * height(best)) break;
            List<PlacedChain> next = divided(count);
            if (height(next) < height(best)) best = next;
        }
        return best;
    }

    private static double width(List<PlacedChain> columns) {
        return columns.stream().mapToDouble(PlacedChain::width).sum() + BETWEEN * (columns.size() - 1);
    }

    private static double height(List<PlacedChain> columns) {
        return columns.stream().mapToDouble(PlacedChain::height).max().orElse(0);
    }

    /** The division into so many columns whose highest one is lowest. */
    private List<PlacedChain> divided(int count) {
        double low = 0, high = 0;
        List<List<Part>> best = List.of(parts);
        for (Placed p : whole.parts()) high += PlacedChain.pitch(p);
        for (int i = 0; i < SEARCH; i++) {
            double limit = (low + high) / 2;
            List<List<Part>> columns = within(limit);
            if (columns.size() <= count) {
                best = columns;
                high = limit;
            } else {
                low = limit;
            }
        }
        return best.stream().map(PlacedChain::of).toList();
    }

    private List<List<Part>> within(double limit) {
        List<List<Part>> columns = new ArrayList<>(List.of(new ArrayList<>()));
        double height = 0;
        for (int i = 0; i < parts.size(); i++) {
            double more = PlacedChain.pitch(whole.parts().get(i));
            // Branches stay with what they come from and what they join in.
            boolean free = i > 0 && parts.get(i) instanceof Part.Box && parts.get(i - 1) instanceof Part.Box;
            if (free && height + more > limit) {
                columns.add(new ArrayList<>());
                height = 0;
            }
            columns.get(columns.size() - 1).add(parts.get(i));
            height += more;
        }
        return columns;
    }

    private String facts() {
        return String.format(
                Locale.ROOT,
                "%,d parameters, %,d multiply-adds a sample. In each box: the layer and its parameters, what follows it, its name.",
                summary.parameters(),
                summary.multiplyAdds());
    }

    private List<Family> families() {
        Set<Family> there = EnumSet.noneOf(Family.class);
        collect(root, there);
        there.add(Family.ENDS);
        return List.copyOf(there);
    }

    private static void collect(Item item, Set<Family> into) {
        if (item instanceof Layer l) into.add(l.family());
        else ((Block) item).items().forEach(i -> collect(i, into));
    }

    private static double legendEntry(Family f) {
        return 14 + TextWidth.of(f.title(), Placed.SMALL, false) + 16;
    }

    private double legendWidth() {
        return families().stream().mapToDouble(NetworkDiagram::legendEntry).sum();
    }

    private void legend(Svg svg) {
        double x = MARGIN;
        for (Family f : families()) {
            svg.rect("key " + f.word(), x, 72, 9, 9, 2);
            svg.text("small", x + 14, 81, f.title());
            x += legendEntry(f);
        }
    }

    private String description() {
        String steps = root.items().stream().map(NetworkDiagram::told).collect(Collectors.joining("; "));
        return "From the input, " + LayerText.shape(((Layer) ((Part.Box) parts.get(0)).item()).output()) + ": " + steps
                + ".";
    }

    private static String told(Item item) {
        if (item instanceof Layer l)
            return l.name() + ": " + l.text() + (l.more().isEmpty() ? "" : ", " + l.more());
        Block b = (Block) item;
        String copies = b.copies() == 1 ? "" : ", " + b.copies() + " equal blocks";
        return b.name() + copies + " to " + LayerText.shape(b.output());
    }
}
