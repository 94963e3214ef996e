package voluta.data.jpeg;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Brings components to the picture's size and makes colours of them, row by row as units are decoded.
 *
 * <p>Components that are half as wide, half as high or both are interpolated with a triangle filter: each new sample is 3/4
 * of the nearer old one and 1/4 of the farther one, in each direction; rounding alternates so that nothing drifts. Other
 * ratios repeat samples.
 *
 * <p>All is computed in loops over ints, which Java's compiler turns into vectors, for even columns and for odd ones where
 * they lie apart; only the bytes at the end are put together one pixel after another.
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

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int SHIFT = 16;
    private static final int HALF = 1 << (SHIFT - 1);
    private static final int RED = fixed(1.40200), BLUE = fixed(1.77200);
    private static final int GREEN_BLUE = fixed(0.34414), GREEN_RED = fixed(0.71414);

    private final Area area;
    private Component[] components;
    private Colours colours;
    private int height;
    private int mostH;
    private int mostV;
    /** 2 where even and odd columns lie apart. */
    private int ways;
    /** The columns that are wanted, in pixels of one way. */
    private int first;

    private int end;
    private byte[] out;
    private int next;

    /** Interpolated rows, for each component and way. */
    private final int[][][] rows = new int[4][2][0];
    /** Where a component's samples for the current row are, for each way. */
    private final int[][][] current = new int[4][2][];

    /** Sums of rows of samples, and each one's neighbours: loops with one index for all arrays become vectors. */
    private int[] sums = new int[0];

    private int[] before = new int[0];
    private int[] after = new int[0];
    /** Packed colours of a row, red lowest, for each way. */
    private final int[][] packed = new int[2][0];

    Pixels(Area area) {
        this.area = area;
    }

    private static int fixed(double constant) {
        return (int) Math.round(constant * (1 << SHIFT));
    }

    /** Begins a picture; rows of the area are written to {@code out} as soon as {@link #unitRow} has what it takes. */
    void begin(Component[] components, int height, Colours colours, byte[] out) {
        this.components = components;
        this.colours = colours;
        this.height = height;
        this.out = out;
        mostH = 1;
        mostV = 1;
        for (Component c : components) {
            mostH = Math.max(mostH, c.horizontal);
            mostV = Math.max(mostV, c.vertical);
        }
        ways = mostH == 2 ? 2 : 1;
        first = area.left / ways;
        end = (area.right - 1) / ways + 1;
        for (int way = 0; way < ways; way++) {
            if (packed[way].length < end) packed[way] = new int[end];
            for (int i = 0; i < components.length; i++) {
                if (rows[i][way].length < end) rows[i][way] = new int[end];
            }
        }
        if (sums.length < end + 1) {
            sums = new int[end + 1];
            before = new int[end + 1];
            after = new int[end + 1];
        }
        next = area.top;
    }

    /** A row of units has been transformed. */
    void unitRow(int unit) {
        for (Component c : components) finish(c, unit);
        // The last row of pixels waits for the samples below it.
        int ready = (unit + 1) * 8 * mostV;
        int stop = Math.min(area.bottom, ready < height ? ready - 1 : height);
        for (; next < stop; next++) {
            for (int i = 0; i < components.length; i++) row(components[i], i, next);
            colours();
        }
    }

    private void finish(Component c, int unit) {
        int block = c.split ? 4 : 8, from = block * area.firstUnit * c.horizontal;
        int to = block * (area.lastUnit + 1) * c.horizontal, row = c.row(8 * unit * c.vertical);
        for (int y = row; y < row + 8 * c.vertical; y++) {
            InverseTransform.finish(c.even[y], from, to);
            if (c.split) InverseTransform.finish(c.odd[y], from, to);
        }
    }

    /** Points {@code current} to a component's samples for a row of the picture. */
    private void row(Component c, int i, int y) {
        boolean fullWidth = c.horizontal == mostH, fullHeight = c.vertical == mostV;
        if (fullWidth && fullHeight) {
            current[i][0] = c.even[c.row(y)];
            current[i][1] = c.odd[c.row(y)];
            return;
        }
        int[] even = rows[i][0], odd = rows[i][1];
        current[i][0] = even;
        current[i][1] = odd;
        boolean halfHeight = 2 * c.vertical == mostV, smooth = ways == 2 && c.horizontal == 1 && c.width > 2;
        if (fullWidth && halfHeight) {
            int near = c.row(y / 2), far = c.row(farther(c, y)), round = (y & 1) == 0 ? 1 : 2;
            heighten(c.even[near], c.even[far], round, even, first, end);
            if (ways == 2) heighten(c.odd[near], c.odd[far], round, odd, first, end);
        } else if (smooth && fullHeight) {
            widen(c, c.even[c.row(y)], even, odd);
        } else if (smooth && halfHeight) {
            enlarge(c, c.even[c.row(y / 2)], c.even[c.row(farther(c, y))], even, odd);
        } else {
            repeat(c, y, 0, even);
            if (ways == 2) repeat(c, y, 1, odd);
        }
    }

    private static void heighten(int[] near, int[] far, int round, int[] to, int first, int end) {
        for (int x = first; x < end; x++) to[x] = (3 * near[x] + far[x] + round) >> 2;
    }

    private void widen(Component c, int[] row, int[] even, int[] odd) {
        neighbours(c, row);
        third(row, before, 1, 2, even, first, end);
        third(row, after, 2, 2, odd, first, end);
    }

    private void enlarge(Component c, int[] near, int[] far, int[] even, int[] odd) {
        sum(near, far, sums, Math.max(0, first - 1), Math.min(c.width, end + 1));
        neighbours(c, sums);
        third(sums, before, 8, 4, even, first, end);
        third(sums, after, 7, 4, odd, first, end);
    }

    private static void sum(int[] near, int[] far, int[] to, int from, int end) {
        for (int x = from; x < end; x++) to[x] = 3 * near[x] + far[x];
    }

    private static void third(int[] near, int[] far, int round, int shift, int[] to, int first, int end) {
        for (int x = first; x < end; x++) to[x] = (3 * near[x] + far[x] + round) >> shift;
    }

    /** Fills {@code before} and {@code after}; the picture's first and last samples are neighbours to themselves. */
    private void neighbours(Component c, int[] row) {
        int from = Math.max(1, first), to = Math.min(c.width - 1, end);
        System.arraycopy(row, from - 1, before, from, end - from);
        if (first == 0) before[0] = row[0];
        System.arraycopy(row, first + 1, after, first, to - first);
        if (to < end) after[to] = row[to];
    }

    /** The row of samples that a row of the picture is farther from, kept within the picture. */
    private static int farther(Component c, int y) {
        int row = (y & 1) == 0 ? y / 2 - 1 : y / 2 + 1;
        return Math.max(0, Math.min(c.height - 1, row));
    }

    private void repeat(Component c, int y, int way, int[] to) {
        int row = c.row(y * c.vertical / mostV);
        for (int x = first; x < end; x++) to[x] = c.sample(row, (x * ways + way) * c.horizontal / mostH);
    }

    private void colours() {
        int width = area.right - area.left, line = next - area.top;
        if (colours == Colours.GREY) {
            for (int x = 0; x < width; x++) out[line * width + x] = (byte) current[0][0][first + x];
            return;
        }
        for (int way = 0; way < ways; way++) colours(way, packed[way]);
        if (ways == 1) write(3 * line * width);
        else writePairs(3 * line * width);
    }

    private void colours(int way, int[] to) {
        int[] a = current[0][way], b = current[1][way], c = current[2][way];
        switch (colours) {
            case YCC -> ycc(a, b, c, to, first, end);
            case YCCK -> {
                ycc(a, b, c, to, first, end);
                for (int x = first; x < end; x++) to[x] = ~to[x];
                black(current[3][way], to, first, end);
            }
            case CMYK -> {
                rgb(a, b, c, to, first, end);
                black(current[3][way], to, first, end);
            }
            default -> rgb(a, b, c, to, first, end);
        }
    }

    private static void rgb(int[] r, int[] g, int[] b, int[] to, int first, int end) {
        for (int x = first; x < end; x++) to[x] = r[x] | g[x] << 8 | b[x] << 16;
    }

    // Note [Bounds without branches]. v & ~(v >> 31) is max(v, 0), and (255 - v) >> 31 is all ones above 255. Java 17
    // makes
    // vectors of these, but not of Math.max and Math.min; and of three short loops, but not of a long one.
    private static void ycc(int[] luma, int[] blue, int[] red, int[] to, int first, int end) {
        for (int x = first; x < end; x++) {
            int v = luma[x] + ((RED * (red[x] - 128) + HALF) >> SHIFT);
            v &= ~(v >> 31);
            v |= (255 - v) >> 31;
            to[x] = v & 255;
        }
        for (int x = first; x < end; x++) {
            int v = luma[x] + ((HALF - GREEN_BLUE * (blue[x] - 128) - GREEN_RED * (red[x] - 128)) >> SHIFT);
            v &= ~(v >> 31);
            v |= (255 - v) >> 31;
            to[x] |= (v & 255) << 8;
        }
        for (int x = first; x < end; x++) {
            int v = luma[x] + ((BLUE * (blue[x] - 128) + HALF) >> SHIFT);
            v &= ~(v >> 31);
            v |= (255 - v) >> 31;
            to[x] |= (v & 255) << 16;
        }
    }

    /** Inks are stored inverted, as all programs that write them do: 255 is no ink. */
    private static void black(int[] black, int[] to, int first, int end) {
        for (int x = first; x < end; x++) {
            int k = black[x], v = to[x];
            to[x] = multiply(v & 255, k) | multiply(v >> 8 & 255, k) << 8 | multiply(v >> 16 & 255, k) << 16;
        }
    }

    /** a b / 255, rounded. */
    private static int multiply(int a, int b) {
        int v = a * b + 128;
        return (v + (v >> 8)) >> 8;
    }

    private void write(int at) {
        int[] p = packed[0];
        for (int x = first; x < end; x++, at += 3) put(at, p[x]);
    }

    /** Two pixels at once: what is written beyond them is overwritten by the next ones, which the last ones do not have. */
    private void writePairs(int at) {
        int[] even = packed[0], odd = packed[1];
        byte[] to = out;
        int x = first, all = area.right - area.left;
        if ((area.left & 1) == 1) {
            put(at, odd[x++]);
            at += 3;
            all--;
        }
        int stop = at + 3 * all;
        for (; at + 8 <= stop; at += 6, x++) LONG.set(to, at, even[x] & 0xffffffffL | (long) odd[x] << 24);
        for (; at < stop; at += 6, x++) {
            put(at, even[x]);
            if (at + 3 < stop) put(at + 3, odd[x]);
        }
    }

    private void put(int at, int colour) {
        out[at] = (byte) colour;
        out[at + 1] = (byte) (colour >> 8);
        out[at + 2] = (byte) (colour >> 16);
    }
}
