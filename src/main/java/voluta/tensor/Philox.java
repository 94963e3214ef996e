package voluta.tensor;

/**
 * Philox 4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1,
 * 2, 3" (SC 2011). The numbers are a pure function of key and counter, so any position of any stream is reached
 * directly: data order, augmentation, initial weights and dropout are the same on every backend and after a resume.
 */
public final class Philox {
    private Philox() {}

    /**
     * One block of four 32-bit numbers.
     *
     * @param key the stream: seed and purpose mixed by {@link #key}
     * @param counter the position within the stream, in blocks
     * @param sub a second coordinate of the position, for instance the step or the sample
     * @param out four numbers are written to out[0..3]
     */
    public static void block(long key, long counter, long sub, int[] out) {
        int k0 = (int) key, k1 = (int) (key >>> 32);
        int c0 = (int) counter, c1 = (int) (counter >>> 32), c2 = (int) sub, c3 = (int) (sub >>> 32);
        for (int round = 0; round < 10; round++) {
            long p0 = (c0 & 0xffffffffL) * 0xD2511F53L, p1 = (c2 & 0xffffffffL) * 0xCD9E8D57L;
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0, n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c0 = n0;
            c1 = (int) p1;
            c2 = n2;
            c3 = (int) p0;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        out[0] = c0;
        out[1] = c1;
        out[2] = c2;
        out[3] = c3;
    }

    /** The stream key for a seed and a purpose (a name such as {@code shuffle} or a parameter's path); FNV-1a, then mixed. */
    public static long key(long seed, String purpose) {
        long h = 0xcbf29ce484222325L;
        for (int i = 0; i < purpose.length(); i++) h = (h ^ purpose.charAt(i)) * 0x100000001b3L;
        return mix(seed ^ mix(h));
    }

    /** A 64-bit finaliser (splitmix64). */
    public static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** A number in [0, 1) with 24 bits, exactly representable as a float. */
    public static float uniform(int bits) {
        return (bits >>> 8) * 0x1p-24f;
    }

    /** An integer in [0, bound) without noticeable bias for bounds far below 2^32 (multiply-shift). */
    public static int below(int bits, int bound) {
        return (int) (((bits & 0xffffffffL) * bound) >>> 32);
    }
}
