package voluta.data.jpeg;

/** One colour component of a picture: how it is sampled, and its samples. Buffers are kept from picture to picture. */
final class Component {
    /** Buffers beyond this are given back after each picture. */
    private static final int KEPT = 1 << 26;

    int id;
    int horizontal;
    int vertical;
    int[] quantization;
    int quantizationTable;

    /** Samples that count, of those that fill whole blocks. */
    int width;

    int height;
    /** Blocks in a row and in a column, padded to whole units of the interleaved order. */
    int blocksWide;

    int blocksHigh;

    /** The samples, {@code 8 * blocksWide} in a row. */
    byte[] samples = new byte[0];
    /** For progressive pictures, 64 for each block in natural order. */
    short[] coefficients = new short[0];

    /** Whether a scan has brought it: all of it in a sequential picture, the mean of each block in a progressive one. */
    boolean seen;

    int dcTable;
    int acTable;
    int predictor;

    int stride() {
        return 8 * blocksWide;
    }

    /** Makes room. */
    void prepare(boolean progressive) {
        int blocks = Math.multiplyExact(blocksWide, blocksHigh);
        int count = Math.multiplyExact(blocks, 64);
        if (samples.length < count || samples.length > KEPT) samples = new byte[count];
        if (progressive) {
            if (coefficients.length < count || coefficients.length > KEPT) coefficients = new short[count];
            else java.util.Arrays.fill(coefficients, 0, count, (short) 0);
        }
        seen = false;
        predictor = 0;
    }
}
