package voluta.data;

import java.util.Locale;

/** How pictures are scaled: the shape of the filter, which is stretched where they get smaller, so that nothing is left out. */
public enum Interpolation {
    /** A triangle, 2 pixels wide. */
    BILINEAR(1),
    /** Keys' cubic with a = -1/2, 4 pixels wide. */
    BICUBIC(2),
    /** A windowed sinc, 6 pixels wide. */
    LANCZOS(3);

    /** Half its width. */
    final double reach;

    Interpolation(double reach) {
        this.reach = reach;
    }

    double at(double x) {
        double d = Math.abs(x);
        return switch (this) {
            case BILINEAR -> Math.max(0, 1 - d);
            case BICUBIC -> {
                if (d < 1) yield (1.5 * d - 2.5) * d * d + 1;
                yield d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
            }
            case LANCZOS -> d < 3 ? sinc(d) * sinc(d / 3) : 0;
        };
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }

    /** As it is written in options and checkpoints. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads what {@code toString} gives.
     *
     * @throws DataException if there is no such filter
     */
    public static Interpolation parse(String text) {
        for (Interpolation i : values()) if (i.toString().equals(text.strip().toLowerCase(Locale.ROOT))) return i;
        throw new DataException("the interpolation '" + text + "' is unknown; use bilinear, bicubic or lanczos");
    }
}
