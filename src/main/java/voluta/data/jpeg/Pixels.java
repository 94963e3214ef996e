package voluta.data.jpeg;

/**
 * Brings components to the picture's size and makes colours of them.
 *
 * <p>Components that are half as wide, half as high or both are interpolated with a triangle filter: each new sample is 3/4
 * of the nearer old one and 1/4 of the farther one, in each direction; rounding alternates so that nothing drifts. Other
 * ratios repeat samples.
 */
final class Pixels {
    /** What components mean. */
    enum Colours {
        GREY,
        RGB,
        YCC,
        CMYK,
        YCCK
    }

    private static final int SHIFT = 16;
    private static final int HALF = 1 << (SHIFT - 1);
    private static final int RED = fixed(1.40200), BLUE = fixed(1.77200);
    private static final int GREEN_BLUE = fixed(0.34414), GREEN_RED = fixed(0.71414);

    private final byte[][] rows = new byte[4][];
    private final byte[][] current = new byte[4][];
    private final int[] starts = new int[4];
    private int[] sums = new int[0];
    /** Rows of luma, chroma and colours. */
    private final int[][] wide = new int[6][0];

    private static int fixed(double constant) {
        return (int) Math.round(constant * (1 << SHIFT));
    }

    void write(Component[] components, int width, int height, Colours colours, byte[] out) {
        int mostH = 1, mostV = 1;
        for (Component c : components) {
            mostH = Math.max(mostH, c.horizontal);
            mostV = Math.max(mostV, c.vertical);
        }
        for (int y = 0; y < height; y++) {
            for (int i = 0; i < components.length; i++) row(components[i], i, y, width, mostH, mostV);
            switch (colours) {
                case GREY -> System.arraycopy(current[0], starts[0], out, y * width, width);
                case RGB -> rgb(out, 3 * y * width, width);
                case YCC -> ycc(out, 3 * y * width, width);
                case CMYK -> cmyk(out, 3 * y * width, width);
                case YCCK -> {
                    ycc(out, 3 * y * width, width);
                    for (int at = 3 * y * width; at < 3 * (y + 1) * width; at++) out[at] = (byte) ~out[at];
                    black(out, 3 * y * width, width);
                }
            }
        }
    }

    /** Points {@code current} and {@code starts} to a component's samples for a row of the picture. */
    private void row(Component c, int i, int y, int width, int mostH, int mostV) {
        if (c.horizontal == mostH && c.vertical == mostV) {
            current[i] = c.samples;
            starts[i] = y * c.stride();
            return;
        }
        // A multiple of what is needed, since samples come in groups.
        int room = c.width * ((mostH + c.horizontal - 1) / c.horizontal) + 8;
        if (rows[i] == null || rows[i].length < room) rows[i] = new byte[room];
        current[i] = rows[i];
        starts[i] = 0;
        boolean halfWidth = 2 * c.horizontal == mostH, halfHeight = 2 * c.vertical == mostV;
        boolean fullWidth = c.horizontal == mostH, fullHeight = c.vertical == mostV;
        boolean smooth = c.width > 2;
        if (halfWidth && fullHeight && smooth) widen(c, y, rows[i]);
        else if (halfWidth && halfHeight && smooth) enlarge(c, y, rows[i]);
        else if (fullWidth && halfHeight) heighten(c, y, rows[i]);
        else repeat(c, y, width, mostH, mostV, rows[i]);
    }

    private static void widen(Component c, int y, byte[] to) {
        byte[] s = c.samples;
        int at = y * c.stride(), n = c.width;
        int last = s[at] & 0xff, here = last, next;
        for (int x = 0; x < n; x++) {
            next = x + 1 < n ? s[at + x + 1] & 0xff : here;
            to[2 * x] = (byte) ((3 * here + last + 1) >> 2);
            to[2 * x + 1] = (byte) ((3 * here + next + 2) >> 2);
            last = here;
            here = next;
        }
    }

    /** The row of samples that a row of the picture is farther from, kept within the picture. */
    private static int farther(Component c, int y) {
        int row = (y & 1) == 0 ? y / 2 - 1 : y / 2 + 1;
        return Math.max(0, Math.min(c.height - 1, row));
    }

    private void enlarge(Component c, int y, byte[] to) {
        byte[] s = c.samples;
        int n = c.width;
        if (sums.length < n + 2) sums = new int[n + 2];
        int near = y / 2 * c.stride(), far = farther(c, y) * c.stride();
        int[] sum = sums;
        for (int x = 0; x < n; x++) sum[x + 1] = 3 * (s[near + x] & 0xff) + (s[far + x] & 0xff);
        sum[0] = sum[1];
        sum[n + 1] = sum[n];
        for (int x = 0; x < n; x++) {
            int here = 3 * sum[x + 1];
            to[2 * x] = (byte) ((here + sum[x] + 8) >> 4);
            to[2 * x + 1] = (byte) ((here + sum[x + 2] + 7) >> 4);
        }
    }

    private static void heighten(Component c, int y, byte[] to) {
        byte[] s = c.samples;
        int near = y / 2 * c.stride(), far = farther(c, y) * c.stride(), round = (y & 1) == 0 ? 1 : 2;
        for (int x = 0; x < c.width; x++) {
            to[x] = (byte) ((3 * (s[near + x] & 0xff) + (s[far + x] & 0xff) + round) >> 2);
        }
    }

    private static void repeat(Component c, int y, int width, int mostH, int mostV, byte[] to) {
        int at = y * c.vertical / mostV * c.stride();
        for (int x = 0; x < width; x++) to[x] = c.samples[at + x * c.horizontal / mostH];
    }

    private void rgb(byte[] out, int at, int width) {
        for (int x = 0; x < width; x++, at += 3) {
            out[at] = current[0][starts[0] + x];
            out[at + 1] = current[1][starts[1] + x];
            out[at + 2] = current[2][starts[2] + x];
        }
    }

    private void ycc(byte[] out, int at, int width) {
        if (wide[0].length < width) for (int i = 0; i < 6; i++) wide[i] = new int[width];
        int[] y = wide[0], cb = wide[1], cr = wide[2], red = wide[3], green = wide[4], blue = wide[5];
        widen(current[0], starts[0], y, 0, width);
        widen(current[1], starts[1], cb, 128, width);
        widen(current[2], starts[2], cr, 128, width);
        // Apart from bytes, so that it is done in vectors.
        for (int x = 0; x < width; x++) {
            red[x] = Math.max(0, Math.min(255, y[x] + ((RED * cr[x] + HALF) >> SHIFT)));
        }
        for (int x = 0; x < width; x++) {
            green[x] = Math.max(0, Math.min(255, y[x] + ((HALF - GREEN_BLUE * cb[x] - GREEN_RED * cr[x]) >> SHIFT)));
        }
        for (int x = 0; x < width; x++) {
            blue[x] = Math.max(0, Math.min(255, y[x] + ((BLUE * cb[x] + HALF) >> SHIFT)));
        }
        for (int x = 0; x < width; x++, at += 3) {
            out[at] = (byte) red[x];
            out[at + 1] = (byte) green[x];
            out[at + 2] = (byte) blue[x];
        }
    }

    private static void widen(byte[] from, int at, int[] to, int zero, int width) {
        for (int x = 0; x < width; x++) to[x] = (from[at + x] & 0xff) - zero;
    }

    /** Inks are stored inverted, as all programs that write them do: 255 is no ink. */
    private void cmyk(byte[] out, int at, int width) {
        rgb(out, at, width);
        black(out, at, width);
    }

    private void black(byte[] out, int at, int width) {
        for (int x = 0; x < width; x++) {
            int k = current[3][starts[3] + x] & 0xff;
            for (int c = 0; c < 3; c++, at++) out[at] = (byte) multiply(out[at] & 0xff, k);
        }
    }

    /** a b / 255, rounded. */
    private static int multiply(int a, int b) {
        int v = a * b + 128;
        return (v + (v >> 8)) >> 8;
    }
}
