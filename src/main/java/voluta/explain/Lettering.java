package voluta.explain;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;

/** Writes labels into a picture. */
public final class Lettering {
    private final Graphics2D g;

    /** Labels for what {@code g} draws, with smooth edges. */
    public Lettering(Graphics2D g) {
        this.g = g;
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    }

    /**
     * Writes a line, cut off where there is no room.
     *
     * @param style {@link Font#PLAIN} or {@link Font#BOLD}
     * @param room how wide it may be
     * @throws ExplainException if the machine has no font
     */
    public void write(String text, int x, int y, int style, int size, Color colour, int room) {
        FontMetrics metrics = metrics(style, size);
        String shown = text;
        while (shown.length() > 1 && metrics.stringWidth(shown) > room)
            shown = shown.substring(0, shown.length() - 2) + "\u2026";
        g.setColor(colour);
        g.drawString(shown, x, y);
    }

    /**
     * Sets a font.
     *
     * @throws ExplainException if the machine has none
     */
    public FontMetrics metrics(int style, int size) {
        try {
            g.setFont(new Font(Font.SANS_SERIF, style, size));
            return g.getFontMetrics();
        } catch (RuntimeException | LinkageError | InternalError e) {
            // What Java2D throws where fontconfig or every font is missing differs from version to version.
            throw new ExplainException("this machine has no font to write labels with (" + e
                    + "); install fontconfig and a font such as fonts-dejavu-core");
        }
    }
}
