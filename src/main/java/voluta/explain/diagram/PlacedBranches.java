package voluta.explain.diagram;

import java.util.ArrayList;
import java.util.List;

/**
 * Chains side by side: a line forks above them and joins below. A chain without parts is the arc of a residual block.
 *
 * @param lefts where each chain begins, from the left
 */
record PlacedBranches(List<PlacedChain> chains, List<Double> lefts, double width) implements Placed {
    private static final double FORK = 20, TAIL = 26, BETWEEN = 18, ARC = 10;

    static PlacedBranches of(Part.Branches branches) {
        List<PlacedChain> chains = new ArrayList<>();
        List<Double> lefts = new ArrayList<>();
        double x = 0;
        for (Part.Chain c : branches.chains()) {
            PlacedChain placed = Placed.of(c);
            if (!chains.isEmpty()) x += BETWEEN;
            chains.add(placed);
            lefts.add(x);
            double label = placed.axis() + PlacedChain.labelWidth(placed.gives());
            x += c.isEmpty() ? ARC : Math.max(placed.width(), label);
        }
        return new PlacedBranches(chains, lefts, x);
    }

    @Override
    public double height() {
        return FORK + chains.stream().mapToDouble(PlacedChain::height).max().orElse(0) + TAIL;
    }

    private double axis(int chain) {
        return lefts.get(chain) + chains.get(chain).axis();
    }

    /** Two branches are a main one and another; more are equals. */
    @Override
    public double axis() {
        int last = chains.size() - 1;
        boolean arc = chains.get(last).parts().isEmpty();
        return last == 1 || arc ? axis(0) : (axis(0) + axis(last)) / 2;
    }

    @Override
    public String gives() {
        return "";
    }

    @Override
    public void draw(Svg svg, double x, double y) {
        double at = x + axis(), bottom = y + height();
        for (int i = 0; i < chains.size(); i++) {
            PlacedChain c = chains.get(i);
            double own = x + axis(i), top = y + FORK, end = top + c.height();
            if (c.parts().isEmpty()) {
                svg.line("edge arc", at, y, own, y, own, bottom, at, bottom);
                continue;
            }
            bent(svg, at, y, own, top, true);
            if (c.beginsWithBox()) svg.head(own, top);
            c.draw(svg, x + lefts.get(i), top);
            bent(svg, own, end, at, bottom, false);
            PlacedChain.label(svg, c.gives(), own, end + TAIL / 2 - 2);
        }
    }

    /** A line down, by way of the upper or of the lower corner. */
    private static void bent(Svg svg, double x, double y, double toX, double toY, boolean upper) {
        if (x == toX) svg.line("edge", x, y, toX, toY);
        else if (upper) svg.line("edge", x, y, toX, y, toX, toY);
        else svg.line("edge", x, y, x, toY, toX, toY);
    }
}
