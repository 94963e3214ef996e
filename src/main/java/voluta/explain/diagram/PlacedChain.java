package voluta.explain.diagram;

import java.util.ArrayList;
import java.util.List;
import voluta.explain.diagram.Item.Layer;

/** One below the other, with what goes from one to the next written beside the line. */
record PlacedChain(List<Placed> parts) implements Placed {
    private static final double LABELLED = 30, PLAIN = 14, BESIDE = 7;

    PlacedChain {
        parts = List.copyOf(parts);
    }

    /** Boxes of layers get one width. */
    static PlacedChain of(List<Part> parts) {
        double width = 0;
        for (Part p : parts) {
            if (p instanceof Part.Box b && b.item() instanceof Layer l) width = Math.max(width, Box.wanted(l));
        }
        List<Placed> placed = new ArrayList<>();
        for (Part p : parts) placed.add(Placed.of(p, width));
        return new PlacedChain(placed);
    }

    private static double gap(Placed above) {
        return above.gives().isEmpty() ? PLAIN : LABELLED;
    }

    /** What a part and the line below it take of the height. */
    static double pitch(Placed part) {
        return part.height() + gap(part);
    }

    boolean beginsWithBox() {
        return !parts.isEmpty() && hasHead(parts.get(0));
    }

    /** Whether lines end at its top; otherwise they go on within it. */
    private static boolean hasHead(Placed p) {
        return p instanceof Box || p instanceof Frame;
    }

    @Override
    public double width() {
        double right = 0;
        for (Placed p : parts) {
            double label = BESIDE + TextWidth.of(p.gives(), SMALL, false);
            right = Math.max(right, Math.max(p.width() - p.axis(), label));
        }
        return axis() + right;
    }

    @Override
    public double height() {
        double h = 0;
        for (int i = 0; i < parts.size(); i++) h += parts.get(i).height() + (i == 0 ? 0 : gap(parts.get(i - 1)));
        return h;
    }

    @Override
    public double axis() {
        return parts.stream().mapToDouble(Placed::axis).max().orElse(0);
    }

    @Override
    public String gives() {
        return parts.isEmpty() ? "" : parts.get(parts.size() - 1).gives();
    }

    @Override
    public void draw(Svg svg, double x, double y) {
        double at = x + axis(), top = y;
        for (int i = 0; i < parts.size(); i++) {
            Placed p = parts.get(i);
            if (i > 0) {
                double from = top, gap = gap(parts.get(i - 1));
                top += gap;
                svg.line("edge", at, from, at, top);
                if (hasHead(p)) svg.head(at, top);
                label(svg, parts.get(i - 1).gives(), at, from + gap / 2);
            }
            p.draw(svg, at - p.axis(), top);
            top += p.height();
        }
    }

    /** Writes a shape at the right of a line. */
    static void label(Svg svg, String shape, double x, double middle) {
        svg.text("small", x + BESIDE, middle + 3, shape);
    }

    /** How far the shape at the right of a line reaches. */
    static double labelWidth(String shape) {
        return shape.isEmpty() ? 0 : BESIDE + TextWidth.of(shape, SMALL, false);
    }
}
