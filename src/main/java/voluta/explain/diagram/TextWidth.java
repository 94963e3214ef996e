package voluta.explain.diagram;

/**
 * How wide a text becomes, without asking for a font, which containers need not have: letters as wide as those of DejaVu
 * Sans, one of the widest fonts that a browser takes for {@code sans-serif}.
 */
final class TextWidth {
    private static final String NARROW = "ijl|.,:;'!", SLIM = "frt()[]/ -", WIDE = "mwMW@%\u2026\u00d7\u00b7";
    /** What bold letters take more. */
    private static final double BOLD = 1.12;

    private TextWidth() {}

    static double of(String text, double size, boolean bold) {
        double em = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (NARROW.indexOf(c) >= 0) em += 0.34;
            else if (SLIM.indexOf(c) >= 0) em += 0.42;
            else if (WIDE.indexOf(c) >= 0) em += 0.98;
            else em += Character.isUpperCase(c) ? 0.74 : 0.635;
        }
        return em * size * (bold ? BOLD : 1);
    }

    /** The text, shortened at its end until there is room for it. */
    static String cut(String text, double size, boolean bold, double room) {
        String shown = text;
        while (shown.length() > 2 && of(shown, size, bold) > room) {
            shown = shown.substring(0, shown.length() - 2).stripTrailing() + "\u2026";
        }
        return shown;
    }
}
