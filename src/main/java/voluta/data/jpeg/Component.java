package voluta.data.jpeg;

/**
 * One colour component of a picture: how it is sampled, and two rows of units of its samples, since no more are needed at a
 * time. Buffers are kept from picture to picture.
 *
 * <p>Where the picture is twice as wide as its narrowest component, the wide ones have their even columns in the first half of
 * a row and the odd ones in the second: so both halves meet the narrow component's samples side by side, in vectors.
 */
final class Component {
    /** Buffers beyond this are given back after each picture. */
    private static final int KEPT = 1 << 26;

    int id;
    int horizontal;
    int vertical;
    /** In natural order, as it was when the component's first scan began. */
    final int[] quantization = new int[64];

    int quantizationTable;

    /** Samples that count, of those that fill whole blocks. */
    int width;

    int height;
    /** Blocks in a row and in a column, padded to whole units of the interleaved order. */
    int blocksWide;

    int blocksHigh;
    /** Whether even and odd columns lie apart. */
    boolean split;

    /** The rows of two rows of units, an even one and an odd one; arrays of their own, since loops become vectors only then. */
    int[][] even = {};
    /** Where {@link #split}, their odd columns; else the same arrays. */
    int[][] odd = {};

    /** Where they are kept until all scans have been read, 64 for each block in natural order. */
    short[] coefficients = new short[0];

    /** Whether a scan has brought it: all of it in a sequential picture, the mean of each block in a progressive one. */
    boolean seen;

    int dcTable;
    int acTable;
    int predictor;

    /** Which of the rows holds the picture's row {@code y} of samples. */
    int row(int y) {
        return y % (16 * vertical);
    }

    /** The sample in a column of one of the rows. */
    int sample(int row, int x) {
        if (!split) return even[row][x];
        return (x & 1) == 0 ? even[row][x >> 1] : odd[row][x >> 1];
    }

    /** Makes room. */
    void prepare(boolean keepCoefficients) {
        int width = split ? 4 * blocksWide : 8 * blocksWide;
        if (even.length < 16 * vertical || even[0].length < width) even = new int[16 * vertical][width];
        if (!split) odd = even;
        else if (odd == even || odd.length < 16 * vertical || odd[0].length < width)
            odd = new int[16 * vertical][width];
        if (keepCoefficients) {
            int count = Math.multiplyExact(Math.multiplyExact(blocksWide, blocksHigh), 64);
            if (coefficients.length < count || coefficients.length > KEPT) coefficients = new short[count];
            else java.util.Arrays.fill(coefficients, 0, count, (short) 0);
        }
        predictor = 0;
    }
}
