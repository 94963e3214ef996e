package voluta.tensor;

/** IEEE 754 binary16: 5 bits of exponent, 10 of fraction; numbers up to 65504, steps of 2^-24 near 0. */
public final class Half {
    private static final int SIGN = 0x8000, INFINITY = 0x7c00, QUIET = 0x200, FRACTION = 0x3ff;
    /** The bits of the smallest float that rounds to infinity, 65520, and of the smallest normal half, 2^-14. */
    private static final int OVERFLOW = 0x477ff000, NORMAL = 0x38800000;
    /** The distance between the exponents' biases, where a float has its exponent. */
    private static final int REBIAS = (127 - 15) << 23;

    private Half() {}

    /** The value of a half; exact, NaN payloads included. */
    public static float toFloat(short half) {
        int sign = (half & SIGN) << 16;
        int exponent = (half >>> 10) & 0x1f;
        int fraction = half & FRACTION;
        if (exponent == 0x1f) return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f; // Zero or subnormal, which a float holds exactly.
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | (exponent << 23) + REBIAS | fraction << 13);
    }

    /** The nearest half, ties to even; 65520 and more become infinity, NaN stays NaN. */
    public static short of(float value) {
        int bits = Float.floatToRawIntBits(value), sign = bits >>> 16 & SIGN, rest = bits & 0x7fffffff;
        if (Float.isNaN(value)) return (short) (sign | INFINITY | QUIET | rest >>> 13 & FRACTION);
        if (rest >= OVERFLOW) return (short) (sign | INFINITY);
        // 2^24 times a subnormal half is its bits
        if (rest < NORMAL) return (short) (sign | (int) Math.rint(Float.intBitsToFloat(rest) * 0x1p24));
        return (short) (sign | rest - REBIAS + 0xfff + (rest >>> 13 & 1) >>> 13);
    }

    /** The value after being stored as a half. */
    public static float round(float value) {
        return toFloat(of(value));
    }
}
