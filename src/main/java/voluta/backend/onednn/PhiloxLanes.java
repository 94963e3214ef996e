package voluta.backend.onednn;

/**
 * {@link voluta.tensor.Philox} for many counters at once, word by word, so that the compiler turns each round into
 * vector instructions. All words lie in one array, since the compiler must see that what is read and written there does
 * not overlap.
 */
final class PhiloxLanes {
    /** How many blocks are made at once. */
    static final int COUNT = 64;

    private static final long LOW = 0xffffffffL;

    /** Number j of block b is {@code out[j * COUNT + b]}, as an unsigned 32-bit number. */
    final long[] out = new long[4 * COUNT];

    /** Makes the blocks {@code counter} to {@code counter + COUNT - 1}. */
    void fill(long key, long counter, long sub) {
        long[] s = out;
        for (int i = 0; i < COUNT; i++) {
            long c = counter + i;
            s[i] = c & LOW;
            s[i + COUNT] = c >>> 32;
            s[i + 2 * COUNT] = sub & LOW;
            s[i + 3 * COUNT] = sub >>> 32;
        }
        long k0 = key & LOW, k1 = key >>> 32;
        for (int round = 0; round < 10; round++) {
            round(s, k0, k1);
            k0 = k0 + 0x9E3779B9L & LOW;
            k1 = k1 + 0xBB67AE85L & LOW;
        }
    }

    private static void round(long[] s, long k0, long k1) {
        for (int i = 0; i < COUNT; i++) {
            long p0 = s[i] * 0xD2511F53L, p1 = s[i + 2 * COUNT] * 0xCD9E8D57L;
            long n0 = p1 >>> 32 ^ s[i + COUNT] ^ k0, n2 = p0 >>> 32 ^ s[i + 3 * COUNT] ^ k1;
            s[i] = n0;
            s[i + COUNT] = p1 & LOW;
            s[i + 2 * COUNT] = n2;
            s[i + 3 * COUNT] = p0 & LOW;
        }
    }
}
