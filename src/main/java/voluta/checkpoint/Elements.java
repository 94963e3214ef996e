package voluta.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Conversions between elements as they lie in a file, little-endian, and as they lie in memory. */
final class Elements {
    private Elements() {}

    /**
     * The remaining elements of {@code chunk} with their bytes in the other order if {@code host} is not little-endian;
     * otherwise {@code chunk} itself. Works in both directions.
     */
    static ByteBuffer littleEndian(ByteBuffer chunk, int elementBytes, ByteOrder host) {
        if (host == ByteOrder.LITTLE_ENDIAN || elementBytes == 1) return chunk;
        ByteBuffer swapped = ByteBuffer.allocate(chunk.remaining());
        for (int i = chunk.position(); i < chunk.limit(); i += elementBytes) {
            for (int k = elementBytes - 1; k >= 0; k--) swapped.put(chunk.get(i + k));
        }
        return swapped.flip();
    }

    /** The value of an IEEE 754 binary16 number; exact, NaN payloads included. */
    static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >>> 10) & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0x1f) return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f; // Zero or subnormal, which a float holds exactly.
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | (exponent + 127 - 15) << 23 | fraction << 13);
    }
}
