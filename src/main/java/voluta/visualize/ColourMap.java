package voluta.visualize;

import java.awt.Color;
import java.awt.image.IndexColorModel;
import java.util.Locale;
import voluta.explain.Theme;

/**
 * Colours for numbers: entry 0 is transparent, for gaps; 1 to {@value #LEVELS} go from the lowest number to the highest. Equal
 * steps of the number look like equal steps: colours are mixed in Oklab (Ottosson, 2020), a space made for that, and
 * neighbours are equally far apart in it. Lightness always rises away from the lowest number, or from 0, so the maps can be
 * read without colour vision.
 */
public final class ColourMap {
    /** How many colours there are. */
    static final int LEVELS = 255;

    /** The middle of {@link #diverging}: 0. */
    static final int MIDDLE = 128;

    private static final int FINE = 2048;

    /** Viridis (Smith and van der Walt, 2015; public domain). */
    private static final int[] VIRIDIS = {
        0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725
    };

    private final int[] argb;

    private ColourMap(int[] argb) {
        this.argb = argb;
    }

    /** From dark violet to light yellow, for numbers from 0 up. */
    public static ColourMap sequential() {
        int[] argb = new int[LEVELS + 1];
        double[][] path = new double[VIRIDIS.length][];
        for (int i = 0; i < path.length; i++) path[i] = oklab(VIRIDIS[i]);
        fill(argb, 1, LEVELS, path);
        return new ColourMap(argb);
    }

    /** Blue below 0, the theme's colour for weights of 0, vermilion above. */
    public static ColourMap diverging(Theme theme) {
        int[] argb = new int[LEVELS + 1];
        double[] zero = oklab(theme.weight(0).getRGB());
        fill(argb, 1, MIDDLE, oklab(theme.weight(-1).getRGB()), zero);
        fill(argb, MIDDLE, LEVELS, zero, oklab(theme.weight(1).getRGB()));
        return new ColourMap(argb);
    }

    /** Entries {@code from} to {@code to} along a path of colours, each as far from the last. */
    private static void fill(int[] argb, int from, int to, double[]... path) {
        double[] travelled = new double[FINE + 1];
        for (int i = 1; i <= FINE; i++) {
            travelled[i] = travelled[i - 1] + distance(along(path, i - 1.0), along(path, i));
        }
        int i = 0;
        for (int entry = from; entry <= to; entry++) {
            double wanted = travelled[FINE] * (entry - from) / (to - from);
            while (i < FINE && travelled[i] < wanted) i++;
            argb[entry] = 0xff000000 | rgb(along(path, i));
        }
    }

    private static double[] along(double[][] path, double i) {
        double at = i / FINE * (path.length - 1);
        int k = Math.min(path.length - 2, (int) at);
        double[] mixed = new double[3];
        for (int c = 0; c < 3; c++) mixed[c] = path[k][c] + (at - k) * (path[k + 1][c] - path[k][c]);
        return mixed;
    }

    static double distance(double[] a, double[] b) {
        return Math.sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
    }

    /** Lightness and two colour axes. */
    static double[] oklab(int rgb) {
        double r = linear(rgb >> 16 & 0xff), g = linear(rgb >> 8 & 0xff), b = linear(rgb & 0xff);
        double l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
        double m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
        double s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
        return new double[] {
            0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
        };
    }

    private static int rgb(double[] lab) {
        double l = cube(lab[0] + 0.3963377774 * lab[1] + 0.2158037573 * lab[2]);
        double m = cube(lab[0] - 0.1055613458 * lab[1] - 0.0638541728 * lab[2]);
        double s = cube(lab[0] - 0.0894841775 * lab[1] - 1.2914855480 * lab[2]);
        return channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s) << 16
                | channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s) << 8
                | channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
    }

    private static double cube(double v) {
        return v * v * v;
    }

    private static double linear(int channel) {
        double v = channel / 255.0;
        return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    }

    private static int channel(double linear) {
        double v = Math.max(0, Math.min(1, linear));
        return (int) Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * Math.pow(v, 1 / 2.4) - 0.055));
    }

    /** Entry 1 to {@value #LEVELS}. */
    Color colour(int entry) {
        return new Color(argb[entry]);
    }

    /** For pictures whose pixels are entries. */
    IndexColorModel model() {
        return new IndexColorModel(8, argb.length, argb, 0, true, 0, java.awt.image.DataBuffer.TYPE_BYTE);
    }

    /** Entries 1 to {@value #LEVELS} as {@code rrggbb}, one after another. */
    String hex() {
        StringBuilder s = new StringBuilder();
        for (int i = 1; i < argb.length; i++) s.append(String.format(Locale.ROOT, "%06x", argb[i] & 0xffffff));
        return s.toString();
    }
}
