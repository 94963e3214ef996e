package voluta.visualize;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import voluta.explain.Lettering;
import voluta.explain.Theme;

/** Pictures in rows, each with a title above and a line below; a scale of colours at the end of the heading. Drawn by Java2D. */
final class PanelSheet {
    private static final int GAP = 18;
    private static final int HEADER = 62;
    private static final int TITLE = 22;
    private static final int CAPTION = 18;
    private static final int SCALE = 200;
    private static final int NARROWEST = 640;

    /**
     * One picture.
     *
     * @param title above it; empty for none
     * @param lines below it
     * @param smooth whether enlarged pixels are mixed with their neighbours; filters and small pictures keep them
     */
    record Panel(String title, List<String> lines, BufferedImage picture, boolean smooth) {}

    /** A bar of colours with what its ends mean. */
    record Scale(ColourMap colours, String low, String high) {}

    private final Theme theme;
    private final int columns;
    private final int box;

    /**
     * @param columns how many pictures in a row
     * @param box the largest side of a picture
     */
    PanelSheet(Theme theme, int columns, int box) {
        this.theme = theme;
        this.columns = columns;
        this.box = box;
    }

    BufferedImage draw(String heading, String settings, List<Panel> panels, Optional<Scale> scale) {
        int across = Math.max(1, Math.min(columns, panels.size()));
        int down = (panels.size() + across - 1) / across;
        boolean titled = panels.stream().anyMatch(p -> !p.title.isEmpty());
        int[] tops = new int[down + 1];
        tops[0] = HEADER;
        for (int r = 0; r < down; r++) {
            int tallest = 0;
            for (Panel p : panels.subList(r * across, Math.min(panels.size(), (r + 1) * across))) {
                tallest = Math.max(tallest, height(p.picture) + p.lines.size() * CAPTION);
            }
            tops[r + 1] = tops[r] + (titled ? TITLE : 0) + tallest + GAP;
        }
        int width = Math.max(across * (box + GAP) + GAP, NARROWEST), height = tops[down];
        BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = sheet.createGraphics();
        try {
            Lettering letters = new Lettering(g);
            g.setColor(theme.background());
            g.fillRect(0, 0, width, height);
            int room = width - 2 * GAP - (scale.isPresent() ? SCALE + GAP : 0);
            letters.write(heading, GAP, 28, Font.BOLD, 18, theme.text(), room);
            letters.write(settings, GAP, 48, Font.PLAIN, 13, theme.caption(), room);
            scale.ifPresent(s -> scale(g, letters, s, width - GAP - SCALE));
            for (int i = 0; i < panels.size(); i++) {
                int left = GAP + i % across * (box + GAP), top = tops[i / across];
                panel(g, letters, panels.get(i), left, top, titled);
            }
        } finally {
            g.dispose();
        }
        return sheet;
    }

    private double zoom(BufferedImage p) {
        double zoom = box / (double) Math.max(p.getWidth(), p.getHeight());
        return zoom > 1 ? Math.floor(zoom) : zoom;
    }

    private int height(BufferedImage p) {
        return Math.max(1, (int) Math.round(p.getHeight() * zoom(p)));
    }

    private void panel(Graphics2D g, Lettering letters, Panel p, int left, int top, boolean titled) {
        int y = top + (titled ? TITLE : 0);
        if (!p.title.isEmpty()) letters.write(p.title, left, top + 15, Font.BOLD, 14, theme.text(), box);
        int w = Math.max(1, (int) Math.round(p.picture.getWidth() * zoom(p.picture))), h = height(p.picture);
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION,
                p.smooth
                        ? RenderingHints.VALUE_INTERPOLATION_BILINEAR
                        : RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        g.drawImage(p.picture, left, y, w, h, null);
        g.setColor(theme.line());
        g.drawRect(left - 1, y - 1, w + 1, h + 1);
        for (int i = 0; i < p.lines.size(); i++) {
            letters.write(
                    p.lines.get(i), left, y + h + 15 + i * CAPTION, Font.PLAIN, 12, theme.caption(), box + GAP - 4);
        }
    }

    private void scale(Graphics2D g, Lettering letters, Scale s, int left) {
        for (int x = 0; x < SCALE; x++) {
            g.setColor(s.colours.colour(1 + x * (ColourMap.LEVELS - 1) / (SCALE - 1)));
            g.drawLine(left + x, 14, left + x, 30);
        }
        int high = letters.metrics(Font.PLAIN, 12).stringWidth(s.high);
        letters.write(s.low, left, 47, Font.PLAIN, 12, theme.caption(), SCALE - high - GAP / 2);
        letters.write(s.high, left + SCALE - high, 47, Font.PLAIN, 12, theme.caption(), SCALE);
    }
}
