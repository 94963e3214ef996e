package voluta.explain;

import java.awt.Color;

/** The colours of a sheet. */
public enum Theme {
    /** Dark text on white. */
    LIGHT(0xffffff, 0x1a1a1a, 0x555555, 0xd0d0d0, 0xf7f7f7),
    /** Light text on near black. */
    DARK(0x16181c, 0xf0f0f0, 0xb4b8be, 0x3c4048, 0x2a2d33);

    /** For weights above and below 0: vermilion and blue, which people with any kind of colour vision tell apart. */
    private static final Color ABOVE = new Color(0xd55e00), BELOW = new Color(0x0072b2);

    private final Color background;
    private final Color text;
    private final Color caption;
    private final Color line;
    private final Color zero;

    Theme(int background, int text, int caption, int line, int zero) {
        this.background = new Color(background);
        this.text = new Color(text);
        this.caption = new Color(caption);
        this.line = new Color(line);
        this.zero = new Color(zero);
    }

    /** Behind everything. */
    public Color background() {
        return background;
    }

    /** What is read first. */
    public Color text() {
        return text;
    }

    /** What is read second. */
    public Color caption() {
        return caption;
    }

    /** Frames and rules. */
    public Color line() {
        return line;
    }

    /** The colour of a weight, {@code part} of the largest magnitude, from -1 to 1. */
    public Color weight(double part) {
        Color to = part < 0 ? BELOW : ABOVE;
        double p = Math.min(1, Math.abs(part));
        return new Color(
                mixed(zero.getRed(), to.getRed(), p),
                mixed(zero.getGreen(), to.getGreen(), p),
                mixed(zero.getBlue(), to.getBlue(), p));
    }

    private static int mixed(int from, int to, double part) {
        return (int) Math.round(from + part * (to - from));
    }

    /** Black or white, whichever is easier to read on a colour (relative luminance as in WCAG 2). */
    public static Color readableOn(Color c) {
        double luminance = 0.2126 * linear(c.getRed()) + 0.7152 * linear(c.getGreen()) + 0.0722 * linear(c.getBlue());
        return luminance > 0.179 ? Color.BLACK : Color.WHITE;
    }

    private static double linear(int channel) {
        double v = channel / 255.0;
        return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    }
}
