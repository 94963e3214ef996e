package voluta.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;

/** {@code confusion_matrix.png}: rows are classes, columns what they are taken for; a row's colours are its shares. */
final class ConfusionPicture {
    /** Classes up to which counts and names can be read. */
    private static final int READABLE = 40;

    private static final int LONGEST_NAME = 24;
    private static final int MARGIN = 20;
    private static final int TITLE = 34;

    private final List<String> names;
    private final long[][] confusion;
    private final int cell;
    private final Font font;

    private ConfusionPicture(List<String> names, long[][] confusion) {
        this.names = names;
        this.confusion = confusion;
        int n = names.size();
        this.cell = n <= 12 ? 64 : n <= READABLE ? 40 : Math.max(2, 1_400 / n);
        this.font = new Font(Font.SANS_SERIF, Font.PLAIN, n <= 12 ? 15 : 12);
    }

    static BufferedImage draw(Judgements judgements) {
        return new ConfusionPicture(judgements.classNames(), judgements.confusion()).draw();
    }

    private BufferedImage draw() {
        boolean readable = names.size() <= READABLE;
        FontMetrics metrics = metrics();
        int label = readable
                ? names.stream()
                        .mapToInt(n -> metrics.stringWidth(shortened(n)))
                        .max()
                        .orElse(0)
                : 0;
        int left = MARGIN + TITLE + label + 8, top = MARGIN + TITLE + label + 8, side = cell * names.size();
        BufferedImage picture =
                new BufferedImage(left + side + MARGIN, top + side + MARGIN, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = picture.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, picture.getWidth(), picture.getHeight());
        g.setFont(font);
        cells(g, left, top, readable);
        if (readable) names(g, left, top, metrics);
        titles(g, left, top, side);
        g.dispose();
        return picture;
    }

    private FontMetrics metrics() {
        Graphics2D g = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
        try {
            return g.getFontMetrics(font);
        } finally {
            g.dispose();
        }
    }

    private void cells(Graphics2D g, int left, int top, boolean readable) {
        int gap = readable ? 2 : 0;
        for (int t = 0; t < confusion.length; t++) {
            double images = Math.max(1, Arrays.stream(confusion[t]).sum());
            for (int p = 0; p < confusion.length; p++) {
                double share = confusion[t][p] / images;
                // Errors are few: what would hardly be seen is made stronger.
                double strength = t == p ? share * 0.9 : Math.min(0.9, Math.sqrt(share) * 1.1);
                Color colour = Colours.tint(t == p ? Colours.BLUE : Colours.VERMILION, strength);
                int x = left + p * cell, y = top + t * cell;
                g.setColor(confusion[t][p] == 0 ? Colours.PANEL : colour);
                g.fillRect(x, y, cell - gap, cell - gap);
                if (!readable || confusion[t][p] == 0) continue;
                g.setColor(strength > 0.55 ? Color.WHITE : Colours.TEXT);
                String text = Long.toString(confusion[t][p]);
                FontMetrics m = g.getFontMetrics();
                g.drawString(
                        text,
                        x + (cell - gap - m.stringWidth(text)) / 2,
                        y + (cell - gap + m.getAscent() - m.getDescent()) / 2);
            }
        }
    }

    private void names(Graphics2D g, int left, int top, FontMetrics m) {
        g.setColor(Colours.TEXT);
        for (int c = 0; c < names.size(); c++) {
            String name = shortened(names.get(c));
            int middle = c * cell + cell / 2 + (m.getAscent() - m.getDescent()) / 2;
            g.drawString(name, left - 8 - m.stringWidth(name), top + middle);
            upward(g, name, left + middle, top - 8);
        }
    }

    private void titles(Graphics2D g, int left, int top, int side) {
        g.setColor(Colours.SOFT);
        g.setFont(font.deriveFont(Font.BOLD, 16f));
        FontMetrics m = g.getFontMetrics();
        String columns = "taken for", rows = "class";
        g.drawString(columns, left + (side - m.stringWidth(columns)) / 2, MARGIN + m.getAscent());
        upward(g, rows, MARGIN + m.getAscent(), top + (side + m.stringWidth(rows)) / 2);
    }

    private static void upward(Graphics2D g, String text, int x, int y) {
        AffineTransform before = g.getTransform();
        g.rotate(-Math.PI / 2, x, y);
        g.drawString(text, x, y);
        g.setTransform(before);
    }

    private static String shortened(String name) {
        return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 1) + "\u2026";
    }
}
