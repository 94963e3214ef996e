package voluta.report;

import java.awt.Color;

/** The colours of pictures that are no charts: two of Okabe's and Ito's, and greys. */
final class Colours {
    static final Color BLUE = new Color(0x0072b2);
    static final Color VERMILION = new Color(0xd55e00);
    static final Color TEXT = new Color(0x1c2330);
    static final Color SOFT = new Color(0x596273);
    static final Color LINE = new Color(0xd5d9e0);
    static final Color PANEL = new Color(0xf6f7f9);

    private Colours() {}

    /** White at 0, the colour at 1. */
    static Color tint(Color colour, double strength) {
        double s = Math.max(0, Math.min(1, strength));
        return new Color(
                (int) Math.round(255 + s * (colour.getRed() - 255)),
                (int) Math.round(255 + s * (colour.getGreen() - 255)),
                (int) Math.round(255 + s * (colour.getBlue() - 255)));
    }
}
