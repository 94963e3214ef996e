package voluta.explain;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import voluta.data.Image;

/** One picture with the input, and each filter beside what it makes of it. Drawn by Java2D. */
public final class ContactSheet {
    private static final int COLUMNS = 3, EXERCISE_COLUMNS = 4;
    /** The largest side of a picture, and of a filter. */
    private static final int PICTURE = 320;

    private static final int FILTER = 132;
    private static final int GAP = 20;
    private static final int TITLE = 30;
    private static final int CAPTION = 24;
    private static final int HEADER = 58;
    private static final int MOST_NUMBERS = 7;
    /** Numbers are left out rather than written smaller. */
    private static final int SMALLEST = 9;

    private final Theme theme;
    private final double zoom;
    private final int box;
    private Graphics2D g;
    private Lettering lettering;

    private ContactSheet(Theme theme, double zoom, int box) {
        this.theme = theme;
        this.zoom = zoom;
        this.box = box;
    }

    /**
     * Draws a sheet.
     *
     * @param heading the first line, and {@code settings} the second
     * @param input the picture that was filtered
     * @throws ExplainException if the machine has no font to write labels with
     */
    public static BufferedImage draw(
            String heading, String settings, Image input, List<FilteredPicture> filtered, Theme theme) {
        return fitting(input, filtered, theme).sheet(heading, settings, input, filtered);
    }

    /**
     * Draws an exercise: the pictures with their letters, below them the filters with their numbers.
     *
     * @throws ExplainException if the machine has no font to write labels with
     */
    public static BufferedImage draw(String heading, String settings, Image input, Exercise exercise, Theme theme) {
        return fitting(input, exercise.pictures(), theme).exercise(heading, settings, input, exercise);
    }

    private static ContactSheet fitting(Image input, List<FilteredPicture> filtered, Theme theme) {
        int side = Math.max(input.shape().height(), input.shape().width());
        int height = input.shape().height();
        for (FilteredPicture f : filtered) {
            side = Math.max(side, Math.max(f.shape().height(), f.shape().width()));
            height = Math.max(height, f.shape().height());
        }
        double zoom = PICTURE / (double) side;
        if (zoom > 1) zoom = Math.floor(zoom);
        int box = Math.max(FILTER + CAPTION, (int) Math.round(height * zoom));
        return new ContactSheet(theme, zoom, box);
    }

    /** A picture for Java2D. */
    public static BufferedImage buffered(Image image) {
        int h = image.shape().height(),
                w = image.shape().width(),
                channels = image.shape().channels();
        BufferedImage b = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < h * w; i++) {
            int first = image.pixels()[i * channels] & 0xff, rgb = first << 16 | first << 8 | first;
            if (channels == 3) {
                rgb = first << 16 | (image.pixels()[i * 3 + 1] & 0xff) << 8 | image.pixels()[i * 3 + 2] & 0xff;
            }
            b.setRGB(i % w, i / w, rgb);
        }
        return b;
    }

    private BufferedImage sheet(String heading, String settings, Image input, List<FilteredPicture> filtered) {
        int cells = filtered.size() + 1, columns = Math.min(COLUMNS, cells);
        int down = (cells + columns - 1) / columns;
        int cellWidth = FILTER + GAP + PICTURE + 2 * GAP, cellHeight = TITLE + box + CAPTION + GAP;
        int width = columns * cellWidth + GAP, height = HEADER + down * cellHeight + GAP;
        return headed(heading, settings, width, height, () -> {
            cell(GAP, FILTER + GAP, HEADER, "input", buffered(input), "black 0, white 1");
            for (int i = 0; i < filtered.size(); i++) {
                int left = GAP + (i + 1) % columns * cellWidth, top = HEADER + (i + 1) / columns * cellHeight;
                FilteredPicture f = filtered.get(i);
                cell(left, FILTER + GAP, top, f.filter().name(), buffered(f.image()), caption(f));
                filter(f.filter().matrix(), left, top + TITLE);
            }
        });
    }

    private BufferedImage exercise(String heading, String settings, Image input, Exercise exercise) {
        int pictures = exercise.pictures().size(), across = Math.min(EXERCISE_COLUMNS, pictures + 1);
        int cellWidth = PICTURE + 2 * GAP, cellHeight = TITLE + box + CAPTION + GAP;
        int filtersTop = HEADER + (pictures + across) / across * cellHeight;
        int width = across * cellWidth + GAP, filterWidth = FILTER + 2 * GAP, filterHeight = TITLE + FILTER + CAPTION;
        int inRow = (width - GAP) / filterWidth, filterRows = (pictures + inRow - 1) / inRow;
        return headed(heading, settings, width, filtersTop + filterRows * filterHeight + GAP, () -> {
            cell(GAP, 0, HEADER, "input", buffered(input), "");
            for (int i = 0; i < pictures; i++) {
                int left = GAP + (i + 1) % across * cellWidth, top = HEADER + (i + 1) / across * cellHeight;
                BufferedImage made = buffered(exercise.pictures().get(i).image());
                cell(left, 0, top, Exercise.letter(i), made, "");
            }
            for (int i = 0; i < pictures; i++) {
                int left = GAP + i % inRow * filterWidth, top = filtersTop + i / inRow * filterHeight;
                lettering.write(Integer.toString(i + 1), left, top + 20, Font.BOLD, 15, theme.text(), FILTER);
                filter(exercise.filters().get(i).matrix(), left, top + TITLE);
            }
        });
    }

    private BufferedImage headed(String heading, String settings, int width, int height, Runnable body) {
        BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        g = sheet.createGraphics();
        try {
            lettering = new Lettering(g);
            g.setColor(theme.background());
            g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
            int room = sheet.getWidth() - 2 * GAP;
            lettering.write(heading, GAP, 28, Font.BOLD, 18, theme.text(), room);
            lettering.write(settings, GAP, 48, Font.PLAIN, 13, theme.caption(), room);
            body.run();
        } finally {
            g.dispose();
        }
        return sheet;
    }

    private static String caption(FilteredPicture f) {
        String scale = f.signed()
                ? "mid grey 0, black and white \u00b1" + String.format(Locale.ROOT, "%.3g", f.range()[1])
                : "black 0, white 1";
        return f.clipped() == 0 ? scale : String.format(Locale.ROOT, "%s; %.1f %% beyond", scale, 100 * f.clipped());
    }

    /** @param indent how far the picture stands to the right of its title */
    private void cell(int left, int indent, int top, String title, BufferedImage picture, String caption) {
        int x = left + indent, y = top + TITLE;
        lettering.write(title, left, top + 20, Font.BOLD, 15, theme.text(), indent + PICTURE);
        int w = Math.max(1, (int) Math.round(picture.getWidth() * zoom));
        int h = Math.max(1, (int) Math.round(picture.getHeight() * zoom));
        // Averaging over all pixels keeps fine patterns; enlarged pixels stay squares, to be counted.
        int how = zoom < 1 ? java.awt.Image.SCALE_AREA_AVERAGING : java.awt.Image.SCALE_REPLICATE;
        g.drawImage(zoom == 1 ? picture : picture.getScaledInstance(w, h, how), x, y, null);
        g.setColor(theme.line());
        g.drawRect(x - 1, y - 1, w + 1, h + 1);
        lettering.write(caption, x, y + h + 17, Font.PLAIN, 12, theme.caption(), PICTURE);
    }

    private void filter(Matrix m, int left, int top) {
        int rows = m.height(), columns = m.width(), cell = Math.max(1, FILTER / Math.max(rows, columns));
        int denominator = m.denominator();
        double most = 0;
        for (double v : m.values()) most = Math.max(most, Math.abs(v));
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                double v = m.at(r, c);
                Color colour = theme.weight(most == 0 ? 0 : v / most);
                g.setColor(colour);
                g.fillRect(left + c * cell, top + r * cell, cell, cell);
                if (rows > MOST_NUMBERS || columns > MOST_NUMBERS) continue;
                String number = denominator == 0 ? Matrix.text(v) : Matrix.text(Math.rint(v * denominator));
                number(number, left + c * cell, top + r * cell, cell, Theme.readableOn(colour));
            }
        }
        g.setColor(theme.line());
        for (int r = 0; r <= rows && cell > 2; r++)
            g.drawLine(left, top + r * cell, left + columns * cell, top + r * cell);
        for (int c = 0; c <= columns && cell > 2; c++)
            g.drawLine(left + c * cell, top, left + c * cell, top + rows * cell);
        if (denominator > 1) {
            lettering.write(
                    "times 1/" + denominator, left, top + rows * cell + 17, Font.PLAIN, 12, theme.caption(), FILTER);
        }
    }

    private void number(String text, int left, int top, int cell, Color colour) {
        for (int size = Math.min(18, cell / 2 + 2); size >= SMALLEST; size--) {
            FontMetrics metrics = lettering.metrics(Font.PLAIN, size);
            int width = metrics.stringWidth(text);
            if (width > cell - 4) continue;
            int y = top + (cell + metrics.getAscent() - metrics.getDescent()) / 2;
            g.setColor(colour);
            g.drawString(text, left + (cell - width) / 2, y);
            return;
        }
    }
}
