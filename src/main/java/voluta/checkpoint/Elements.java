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
}
