package voluta.backend.onednn;

/**
 * Loops over parameters by {@link NativeKernels} where these lie in memory, with the bits of the same loops in Java.
 * Addresses are of floats that do not overlap.
 */
final class NativeUpdates {
    /** For the plan. */
    static final String NAME = "in place avx2";

    private NativeUpdates() {}

    /** Whether the library is there. */
    static boolean serve() {
        return NativeKernels.problem().isEmpty();
    }

    /** The sum of squares in double, as {@link GlobalNormOnednn#squares(float[], int)} has it. */
    static native double squares(long x, int n);

    static native void sgd(long p, long g, int n, float rate, float decay);

    static native void sgdMomentum(long p, long g, long v, int n, float rate, float decay, float keep, float take);

    static native void sgdNesterov(long p, long g, long v, int n, float rate, float decay, float keep, float momentum);

    /** Adam; the numbers are those of updates.h. */
    static native void adam(
            long p,
            long g,
            long mean,
            long square,
            int n,
            float beta1,
            float beta2,
            float gamma1,
            float gamma2,
            float epsilon,
            float rate,
            float rootScale,
            float shrink,
            float decay);
}
