package voluta.explain.diagram;

import java.util.Locale;
import voluta.explain.diagram.Item.Block;
import voluta.explain.diagram.Item.Layer;

/**
 * Something of known size, to be drawn anywhere. A line comes in at its top and leaves at its bottom, both at its axis.
 * Lengths are in pixels.
 */
sealed interface Placed permits Placed.Box, Placed.Frame, PlacedChain, PlacedBranches, PlacedKnot {
    /** Between text and the edges of boxes. */
    double PAD = 10;
    /** The size of layers' names, shapes and counts. */
    double SMALL = 11;
    /** The size of what layers are. */
    double LARGE = 13;

    double width();

    double height();

    /** Where the lines come in and leave, from its left. */
    double axis();

    /** The shape of what leaves it; empty if it is said before. */
    String gives();

    void draw(Svg svg, double x, double y);

    /** The parts of a chain with their sizes. */
    static PlacedChain of(Part.Chain chain) {
        return PlacedChain.of(chain.parts());
    }

    /** @param width of the boxes of layers */
    static Placed of(Part part, double width) {
        if (part instanceof Part.Box b) return of(b.item(), width);
        if (part instanceof Part.Branches b) return PlacedBranches.of(b);
        if (part instanceof Part.Knot k) return PlacedKnot.of(k);
        return of((Part.Chain) part);
    }

    static Placed of(Item item, double width) {
        return item instanceof Layer l ? new Box(l, width) : Frame.of((Block) item);
    }

    static String count(long n) {
        return n == 0 ? "" : String.format(Locale.ROOT, "%,d", n);
    }

    /** What text in a line with another one at its right end takes. */
    private static double pair(double left, double right) {
        return left + (right == 0 ? 0 : right + 14);
    }

    /** One layer: what it is and its parameters, what follows it and its name. */
    record Box(Layer layer, double width) implements Placed {
        private static final double LEAST = 130, MOST = 420, STRIP = 5;

        /** How wide the box of a layer wants to be. */
        static double wanted(Layer l) {
            double above = pair(TextWidth.of(l.text(), LARGE, true), TextWidth.of(count(l.parameters()), SMALL, false));
            double below = pair(TextWidth.of(l.more(), SMALL, false), TextWidth.of(l.name(), SMALL, false));
            return Math.min(MOST, Math.max(LEAST, Math.max(above, below) + 2 * PAD + STRIP));
        }

        @Override
        public double height() {
            return 42;
        }

        @Override
        public double axis() {
            return width / 2;
        }

        @Override
        public String gives() {
            return LayerText.shape(layer.output());
        }

        @Override
        public void draw(Svg svg, double x, double y) {
            String kind = layer.family().word();
            svg.group("layer " + kind, String.join("\n", layer.paths()));
            svg.rect("box", x, y, width, height(), 5);
            svg.rect("strip", x, y, STRIP, height(), 2);
            double left = x + STRIP + PAD, right = x + width - PAD, room = width - 2 * PAD - STRIP;
            String count = count(layer.parameters());
            double first = room - (count.isEmpty() ? 0 : TextWidth.of(count, SMALL, false) + 8);
            boolean single = layer.more().isEmpty() && layer.name().isEmpty();
            svg.text("what", left, y + (single ? 26 : 18), TextWidth.cut(layer.text(), LARGE, true, first));
            svg.text("small right", right, y + 18, count);
            // Of a long name the rest is left out first.
            double most = Math.max(room / 2, room - TextWidth.of(layer.name(), SMALL, false) - 8);
            String more = TextWidth.cut(layer.more(), SMALL, false, most);
            svg.text("more", left, y + 34, more);
            double rest = room - (more.isEmpty() ? 0 : TextWidth.of(more, SMALL, false) + 8);
            svg.text("small right", right, y + 34, TextWidth.cut(layer.name(), SMALL, false, rest));
            svg.end();
        }
    }

    /** A block: its title, and the parts within. */
    record Frame(Block block, PlacedChain content, double width) implements Placed {
        private static final double TITLE = 26, ABOVE = 14, BELOW = 14, SHIFT = 4;

        static Frame of(Block b) {
            PlacedChain content = Placed.of(Part.of(b));
            double title = pair(TextWidth.of(b.name(), LARGE, true), TextWidth.of(facts(b), SMALL, false));
            double width = Math.max(title, content.width()) + 2 * PAD + behind(b);
            return new Frame(b, content, width);
        }

        private static String facts(Block b) {
            String count = count(b.parameters());
            if (b.copies() == 1) return count;
            return "\u00d7 " + b.copies() + (count.isEmpty() ? "" : ", together " + count);
        }

        /** Room for the edges of the copies. */
        private static double behind(Block b) {
            return b.copies() > 1 ? 2 * SHIFT : 0;
        }

        private double inner() {
            return (width - behind(block) - content.width()) / 2;
        }

        @Override
        public double height() {
            return TITLE + ABOVE + content.height() + BELOW + behind(block);
        }

        @Override
        public double axis() {
            return inner() + content.axis();
        }

        @Override
        public String gives() {
            return LayerText.shape(block.output());
        }

        @Override
        public void draw(Svg svg, double x, double y) {
            double w = width - behind(block), h = height() - behind(block), at = x + axis();
            svg.group("block", block.name() + (block.copies() > 1 ? ", " + block.copies() + " equal blocks" : ""));
            for (int i = block.copies() > 1 ? 2 : 0; i > 0; i--)
                svg.rect("frame", x + i * SHIFT, y + i * SHIFT, w, h, 7);
            svg.rect("frame", x, y, w, h, 7);
            svg.text("what", x + PAD, y + 18, block.name());
            svg.text("small right", x + w - PAD, y + 18, facts(block));
            double top = y + TITLE + ABOVE, bottom = top + content.height();
            svg.line("edge", at, y + TITLE, at, top);
            if (content.beginsWithBox()) svg.head(at, top);
            svg.line("edge", at, bottom, at, y + h);
            content.draw(svg, x + inner(), top);
            svg.end();
        }
    }
}
