package voluta.data.jpeg;

/**
 * The inverse 8x8 cosine transform in integers, after Loeffler, Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms
 * with 11 multiplications" (ICASSP 1989): columns, then rows, 13 bits for the constants and 2 more between the passes. Each
 * pass has a second form for blocks whose upper half of frequencies is empty, which gives the same numbers.
 */
final class InverseTransform {
    private static final int BITS = 13;
    private static final int BETWEEN = 2;
    /** By how much the results are too large: {@link #finish} divides by this power of two. */
    private static final int SHIFT = BITS + BETWEEN + 3;

    private static final int C0_298 = fixed(0.298631336);
    private static final int C0_390 = fixed(0.390180644);
    private static final int C0_541 = fixed(0.541196100);
    private static final int C0_765 = fixed(0.765366865);
    private static final int C0_899 = fixed(0.899976223);
    private static final int C1_175 = fixed(1.175875602);
    private static final int C1_501 = fixed(1.501321110);
    private static final int C1_847 = fixed(1.847759065);
    private static final int C1_961 = fixed(1.961570560);
    private static final int C2_053 = fixed(2.053119869);
    private static final int C2_562 = fixed(2.562915447);
    private static final int C3_072 = fixed(3.072711026);

    private final int[] between = new int[64];

    private static int fixed(double constant) {
        return (int) Math.round(constant * (1 << BITS));
    }

    /**
     * Transforms a block; {@link #finish} makes samples of what is written.
     *
     * @param block 64 dequantized coefficients in natural order
     * @param places the bits that occur in the places of coefficients that are not 0
     * @param row 8 of them are written, from this one on
     * @param at where they are written
     */
    void apply(int[] block, int places, Component out, int row, int at) {
        if (places == 0) {
            flat(block[0], out, row, at);
            return;
        }
        if (places < 8) noColumns(block);
        else if ((places & 32) == 0) halfColumns(block);
        else columns(block);
        if ((places & 4) == 0) halfRows(out, row, at);
        else rows(out, row, at);
    }

    /** Turns results from {@code from} to {@code to} into samples, 0 to 255. Without min and max, which would be no vectors on Java 17. */
    static void finish(int[] results, int from, int to) {
        for (int i = from; i < to; i++) {
            int v = (results[i] >> SHIFT) + 128;
            v &= ~(v >> 31);
            v |= (255 - v) >> 31;
            results[i] = v & 255;
        }
    }

    /** All samples are the same. */
    private static void flat(int dc, Component out, int row, int at) {
        // Beyond this range all is black or white; within it nothing overflows.
        int bounded = Math.max(-(1 << 15), Math.min(1 << 15, dc));
        int v = ((bounded << BETWEEN) + (1 << (BETWEEN + 2))) << BITS;
        int pair = out.split ? 1 : 2, odd = out.split ? at : at + 1;
        for (int y = row; y < row + 8; y++) write(out.even[y], at, out.odd[y], odd, pair, v, v, v, v, 0, 0, 0, 0);
    }

    private void noColumns(int[] in) {
        int[] out = between;
        for (int x = 0; x < 8; x++) {
            int v = in[x] << BETWEEN;
            for (int y = x; y < 64; y += 8) out[y] = v;
        }
    }

    private void columns(int[] in) {
        for (int x = 0; x < 8; x++) {
            int in2 = in[x + 16], in6 = in[x + 48];
            int shared = (in2 + in6) * C0_541;
            int e2 = shared - in6 * C1_847, e3 = shared + in2 * C0_765;
            int e0 = (in[x] + in[x + 32]) << BITS, e1 = (in[x] - in[x + 32]) << BITS;

            int o0 = in[x + 56], o1 = in[x + 40], o2 = in[x + 24], o3 = in[x + 8];
            int z5 = (o0 + o2 + o1 + o3) * C1_175;
            int z1 = -(o0 + o3) * C0_899, z2 = -(o1 + o2) * C2_562;
            int z3 = z5 - (o0 + o2) * C1_961, z4 = z5 - (o1 + o3) * C0_390;
            column(
                    x,
                    e0 + e3,
                    e1 + e2,
                    e1 - e2,
                    e0 - e3,
                    o0 * C0_298 + z1 + z3,
                    o1 * C2_053 + z2 + z4,
                    o2 * C3_072 + z2 + z3,
                    o3 * C1_501 + z1 + z4);
        }
    }

    /** Rows 4 to 7 are empty. */
    private void halfColumns(int[] in) {
        for (int x = 0; x < 8; x++) {
            int in0 = in[x] << BITS, in2 = in[x + 16], o2 = in[x + 24], o3 = in[x + 8];
            int e2 = in2 * C0_541, e3 = in2 * (C0_541 + C0_765);
            int z5 = (o2 + o3) * C1_175;
            int z1 = -o3 * C0_899, z2 = -o2 * C2_562;
            int z3 = z5 - o2 * C1_961, z4 = z5 - o3 * C0_390;
            column(
                    x,
                    in0 + e3,
                    in0 + e2,
                    in0 - e2,
                    in0 - e3,
                    z1 + z3,
                    z2 + z4,
                    o2 * C3_072 + z2 + z3,
                    o3 * C1_501 + z1 + z4);
        }
    }

    private void column(int x, int s0, int s1, int s2, int s3, int o0, int o1, int o2, int o3) {
        int[] out = between;
        int half = 1 << (BITS - BETWEEN - 1), shift = BITS - BETWEEN;
        out[x] = (s0 + o3 + half) >> shift;
        out[x + 56] = (s0 - o3 + half) >> shift;
        out[x + 8] = (s1 + o2 + half) >> shift;
        out[x + 48] = (s1 - o2 + half) >> shift;
        out[x + 16] = (s2 + o1 + half) >> shift;
        out[x + 40] = (s2 - o1 + half) >> shift;
        out[x + 24] = (s3 + o0 + half) >> shift;
        out[x + 32] = (s3 - o0 + half) >> shift;
    }

    private void rows(Component out, int row, int at) {
        int[] in = between;
        int half = 1 << (SHIFT - 1), pair = out.split ? 1 : 2, odd = out.split ? at : at + 1;
        int[][] evens = out.even, odds = out.odd;
        for (int i = 0; i < 64; i += 8, row++) {
            int in2 = in[i + 2], in6 = in[i + 6];
            int shared = (in2 + in6) * C0_541;
            int e2 = shared - in6 * C1_847, e3 = shared + in2 * C0_765;
            int e0 = ((in[i] + in[i + 4]) << BITS) + half, e1 = ((in[i] - in[i + 4]) << BITS) + half;
            int s0 = e0 + e3, s3 = e0 - e3, s1 = e1 + e2, s2 = e1 - e2;

            int o0 = in[i + 7], o1 = in[i + 5], o2 = in[i + 3], o3 = in[i + 1];
            int z5 = (o0 + o2 + o1 + o3) * C1_175;
            int z1 = -(o0 + o3) * C0_899, z2 = -(o1 + o2) * C2_562;
            int z3 = z5 - (o0 + o2) * C1_961, z4 = z5 - (o1 + o3) * C0_390;
            write(
                    evens[row],
                    at,
                    odds[row],
                    odd,
                    pair,
                    s0,
                    s1,
                    s2,
                    s3,
                    o0 * C0_298 + z1 + z3,
                    o1 * C2_053 + z2 + z4,
                    o2 * C3_072 + z2 + z3,
                    o3 * C1_501 + z1 + z4);
        }
    }

    /** Columns 4 to 7 are empty. */
    private void halfRows(Component out, int row, int at) {
        int[] in = between;
        int half = 1 << (SHIFT - 1), pair = out.split ? 1 : 2, odd = out.split ? at : at + 1;
        int[][] evens = out.even, odds = out.odd;
        for (int i = 0; i < 64; i += 8, row++) {
            int in0 = (in[i] << BITS) + half, in2 = in[i + 2], o2 = in[i + 3], o3 = in[i + 1];
            int e2 = in2 * C0_541, e3 = in2 * (C0_541 + C0_765);
            int z5 = (o2 + o3) * C1_175;
            int z1 = -o3 * C0_899, z2 = -o2 * C2_562;
            int z3 = z5 - o2 * C1_961, z4 = z5 - o3 * C0_390;
            write(
                    evens[row],
                    at,
                    odds[row],
                    odd,
                    pair,
                    in0 + e3,
                    in0 + e2,
                    in0 - e2,
                    in0 - e3,
                    z1 + z3,
                    z2 + z4,
                    o2 * C3_072 + z2 + z3,
                    o3 * C1_501 + z1 + z4);
        }
    }

    private static void write(
            int[] even,
            int at,
            int[] odd,
            int oddAt,
            int pair,
            int s0,
            int s1,
            int s2,
            int s3,
            int o0,
            int o1,
            int o2,
            int o3) {
        even[at] = s0 + o3;
        even[at + pair] = s2 + o1;
        even[at + 2 * pair] = s3 - o0;
        even[at + 3 * pair] = s1 - o2;
        odd[oddAt] = s1 + o2;
        odd[oddAt + pair] = s3 + o0;
        odd[oddAt + 2 * pair] = s2 - o1;
        odd[oddAt + 3 * pair] = s0 - o3;
    }
}
