package voluta.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Safetensors files put together by hand, right or wrong. */
final class RawFile {
    private RawFile() {}

    static byte[] of(String json, byte[] data) {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        return of(header.length, header, data);
    }

    static byte[] of(long length, byte[] header, byte[] data) {
        return ByteBuffer.allocate(8 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(header)
                .put(data)
                .array();
    }
}
