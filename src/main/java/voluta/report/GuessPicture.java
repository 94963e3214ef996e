package voluta.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import voluta.data.Image;

/** {@code val_batch0_pred.png}: the first images of the validation data, each with what the network takes it for. */
final class GuessPicture {
    private static final int ACROSS = 8;
    private static final int PICTURE = 128;
    private static final int GAP = 16;
    private static final int FRAME = 4;
    private static final int LINE = 17;

    private GuessPicture() {}

    static BufferedImage draw(Judgements judgements) {
        List<Judgements.Pictured> images = judgements.first();
        int across = Math.min(ACROSS, images.size()), down = (images.size() + across - 1) / across;
        int width = PICTURE + GAP, height = PICTURE + GAP + 2 * LINE;
        BufferedImage picture =
                new BufferedImage(across * width + GAP, down * height + GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = picture.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, picture.getWidth(), picture.getHeight());
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        for (int i = 0; i < images.size(); i++) {
            int left = GAP + i % across * width, top = GAP + i / across * height;
            one(picture, g, judgements.classNames(), images.get(i), left, top);
        }
        g.dispose();
        return picture;
    }

    private static void one(
            BufferedImage all, Graphics2D g, List<String> names, Judgements.Pictured image, int left, int top) {
        Judgements.Row row = image.row();
        Image small = image.picture();
        int longer = Math.max(small.shape().height(), small.shape().width());
        int zoom = Math.max(1, PICTURE / longer);
        int height = small.shape().height() * zoom, width = small.shape().width() * zoom;
        int x = left + (PICTURE - width) / 2, y = top + (PICTURE - height) / 2;
        Png.draw(small, all, x, y, zoom);
        g.setColor(row.right() ? Colours.BLUE : Colours.VERMILION);
        g.setStroke(new BasicStroke(row.right() ? 1 : FRAME));
        g.drawRect(x - 2, y - 2, width + 3, height + 3);
        String guess = String.format(Locale.ROOT, " %.0f %%", 100 * row.probability());
        line(g, names.get(row.predicted()), guess, x, top + PICTURE + LINE);
        if (row.right()) return;
        g.setColor(Colours.TEXT);
        String truth = String.format(Locale.ROOT, " %.0f %%", 100 * row.trueProbability());
        line(g, "is " + names.get(row.label()), truth, x, top + PICTURE + 2 * LINE);
    }

    /** The name is cut where it is too long, never the number. */
    private static void line(Graphics2D g, String name, String number, int left, int baseline) {
        FontMetrics m = g.getFontMetrics();
        int room = PICTURE - m.stringWidth(number);
        String cut = name;
        while (cut.length() > 2 && m.stringWidth(cut) > room) cut = cut.substring(0, cut.length() - 2) + "\u2026";
        g.drawString(cut + number, left, baseline);
    }
}
