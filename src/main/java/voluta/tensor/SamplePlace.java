package voluta.tensor;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Where a sample of a batch comes from when all samples lie in one value: which one, and for images which of its pixels each
 * pixel is. Steps that mirror, move and erase are put one after another here and add up to one such map, so that whoever
 * gathers the batch reads each pixel once. Travels as {@value #WORDS} 32-bit numbers.
 *
 * <p>Pixel (y, x) of the sample in the batch is the fill colour within the erased rectangle. Elsewhere it is pixel (v -
 * down, h - right) of the source, where v is y, or counted from the other end if upside down, and h is x, or counted from the
 * other end if mirrored; and where that is outside of the source, 0 or the fill colour.
 *
 * <p>One object is used for sample after sample; see {@link #begin}.
 */
public final class SamplePlace {
    /** How many numbers a place takes. */
    public static final int WORDS = 8;

    /** How many bytes a place takes. */
    public static final int BYTES = WORDS * Integer.BYTES;

    /** The sample that has only zeros. */
    public static final int BLANK = -1;

    // Where in the numbers each of them is.
    public static final int SAMPLE = 0, FLAGS = 1, DOWN = 2, RIGHT = 3, TOP = 4, LEFT = 5, HEIGHT = 6, WIDTH = 7;

    // Bits of the flags.
    /** Left and right are swapped. */
    public static final int MIRRORED = 1;
    /** Top and bottom are swapped. */
    public static final int UPSIDE_DOWN = 2;
    /** What the source does not cover has the fill colour, not zeros. */
    public static final int FILLED = 4;

    /** No pixel of the source, but zeros. */
    public static final int ZERO = -1;

    /** No pixel of the source, but the fill colour. */
    public static final int FILL = -2;

    private final int[] words = new int[WORDS];

    /** Turns to a sample as it is, or to {@link #BLANK}. */
    public void begin(int sample) {
        Arrays.fill(words, 0);
        words[SAMPLE] = sample;
    }

    /** Swaps left and right of what there is, {@code width} pixels wide. */
    public void mirror(int width) {
        words[FLAGS] ^= MIRRORED;
        words[LEFT] = width - words[LEFT] - words[WIDTH];
    }

    /** Swaps top and bottom of what there is, {@code height} pixels high. */
    public void turnUpsideDown(int height) {
        words[FLAGS] ^= UPSIDE_DOWN;
        words[TOP] = height - words[TOP] - words[HEIGHT];
    }

    /** Moves what there is. At most once for a sample: the pixels that left would come back with a second move. */
    public void move(int down, int right, boolean filled) {
        words[DOWN] = (words[FLAGS] & UPSIDE_DOWN) == 0 ? down : -down;
        words[RIGHT] = (words[FLAGS] & MIRRORED) == 0 ? right : -right;
        words[TOP] += down;
        words[LEFT] += right;
        if (filled) words[FLAGS] |= FILLED;
    }

    /** Erases a rectangle; at most once for a sample. */
    public void erase(int top, int left, int height, int width) {
        words[TOP] = top;
        words[LEFT] = left;
        words[HEIGHT] = height;
        words[WIDTH] = width;
    }

    /** Writes the numbers, in the buffer's order, from a byte on. */
    public void write(ByteBuffer to, int at) {
        for (int i = 0; i < WORDS; i++) to.putInt(at + i * Integer.BYTES, words[i]);
    }

    /**
     * Which pixel of the source a pixel is.
     *
     * @param place the numbers of a place
     * @return the pixel's number in the source, row by row; {@link #ZERO} or {@link #FILL} where there is none
     */
    public static int source(int[] place, int y, int x, int height, int width) {
        int up = y - place[TOP], across = x - place[LEFT];
        if (up >= 0 && up < place[HEIGHT] && across >= 0 && across < place[WIDTH]) return FILL;
        int row = ((place[FLAGS] & UPSIDE_DOWN) == 0 ? y : height - 1 - y) - place[DOWN];
        int column = ((place[FLAGS] & MIRRORED) == 0 ? x : width - 1 - x) - place[RIGHT];
        if (row >= 0 && row < height && column >= 0 && column < width) return row * width + column;
        return (place[FLAGS] & FILLED) == 0 ? ZERO : FILL;
    }
}
