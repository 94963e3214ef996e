package voluta.data.jpeg;

/**
 * The inverse 8x8 cosine transform in integers, after Loeffler, Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms
 * with 11 multiplications" (ICASSP 1989): columns, then rows, 13 bits for the constants and 2 more between the passes.
 */
final class InverseTransform {
    private static final int BITS = 13;
    private static final int BETWEEN = 2;

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
     * @param block 64 dequantized coefficients in natural order
     * @param last the highest row of a coefficient that is not 0
     * @param out 8 rows of 8 samples are written from {@code at} on
     */
    void apply(int[] block, int last, byte[] out, int at, int stride) {
        if (last == 0 && (block[1] | block[2] | block[3] | block[4] | block[5] | block[6] | block[7]) == 0) {
            flat(block[0], out, at, stride);
            return;
        }
        columns(block, last);
        rows(out, at, stride);
    }

    /** All samples are the same. */
    private static void flat(int dc, byte[] out, int at, int stride) {
        byte v = clamp(((dc << BETWEEN) + (1 << (BETWEEN + 2))) >> (BETWEEN + 3));
        for (int y = 0; y < 8; y++, at += stride) {
            for (int x = 0; x < 8; x++) out[at + x] = v;
        }
    }

    private void columns(int[] in, int last) {
        int[] out = between;
        int half = 1 << (BITS - BETWEEN - 1), shift = BITS - BETWEEN;
        for (int x = 0; x < 8; x++) {
            if (last == 0) {
                int v = in[x] << BETWEEN;
                for (int y = x; y < 64; y += 8) out[y] = v;
                continue;
            }
            int in2 = in[x + 16], in6 = in[x + 48];
            int shared = (in2 + in6) * C0_541;
            int e2 = shared - in6 * C1_847, e3 = shared + in2 * C0_765;
            int e0 = (in[x] + in[x + 32]) << BITS, e1 = (in[x] - in[x + 32]) << BITS;
            int s0 = e0 + e3 + half, s3 = e0 - e3 + half, s1 = e1 + e2 + half, s2 = e1 - e2 + half;

            int o0 = in[x + 56], o1 = in[x + 40], o2 = in[x + 24], o3 = in[x + 8];
            int z5 = (o0 + o2 + o1 + o3) * C1_175;
            int z1 = -(o0 + o3) * C0_899, z2 = -(o1 + o2) * C2_562;
            int z3 = z5 - (o0 + o2) * C1_961, z4 = z5 - (o1 + o3) * C0_390;
            o0 = o0 * C0_298 + z1 + z3;
            o1 = o1 * C2_053 + z2 + z4;
            o2 = o2 * C3_072 + z2 + z3;
            o3 = o3 * C1_501 + z1 + z4;

            out[x] = (s0 + o3) >> shift;
            out[x + 56] = (s0 - o3) >> shift;
            out[x + 8] = (s1 + o2) >> shift;
            out[x + 48] = (s1 - o2) >> shift;
            out[x + 16] = (s2 + o1) >> shift;
            out[x + 40] = (s2 - o1) >> shift;
            out[x + 24] = (s3 + o0) >> shift;
            out[x + 32] = (s3 - o0) >> shift;
        }
    }

    private void rows(byte[] out, int at, int stride) {
        int[] in = between;
        int shift = BITS + BETWEEN + 3, half = 1 << (shift - 1);
        for (int i = 0; i < 64; i += 8, at += stride) {
            int in2 = in[i + 2], in6 = in[i + 6];
            int shared = (in2 + in6) * C0_541;
            int e2 = shared - in6 * C1_847, e3 = shared + in2 * C0_765;
            int e0 = (in[i] + in[i + 4]) << BITS, e1 = (in[i] - in[i + 4]) << BITS;
            int s0 = e0 + e3 + half, s3 = e0 - e3 + half, s1 = e1 + e2 + half, s2 = e1 - e2 + half;

            int o0 = in[i + 7], o1 = in[i + 5], o2 = in[i + 3], o3 = in[i + 1];
            int z5 = (o0 + o2 + o1 + o3) * C1_175;
            int z1 = -(o0 + o3) * C0_899, z2 = -(o1 + o2) * C2_562;
            int z3 = z5 - (o0 + o2) * C1_961, z4 = z5 - (o1 + o3) * C0_390;
            o0 = o0 * C0_298 + z1 + z3;
            o1 = o1 * C2_053 + z2 + z4;
            o2 = o2 * C3_072 + z2 + z3;
            o3 = o3 * C1_501 + z1 + z4;

            out[at] = clamp((s0 + o3) >> shift);
            out[at + 7] = clamp((s0 - o3) >> shift);
            out[at + 1] = clamp((s1 + o2) >> shift);
            out[at + 6] = clamp((s1 - o2) >> shift);
            out[at + 2] = clamp((s2 + o1) >> shift);
            out[at + 5] = clamp((s2 - o1) >> shift);
            out[at + 3] = clamp((s3 + o0) >> shift);
            out[at + 4] = clamp((s3 - o0) >> shift);
        }
    }

    /** A sample around zero as a byte around 128. */
    private static byte clamp(int v) {
        v += 128;
        return (byte) ((v & ~255) == 0 ? v : v < 0 ? 0 : 255);
    }
}
