package voluta.backend;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import voluta.tensor.Bytes;

/** Host memory that a backend can feed from quickly (pinned where that matters). Its owner closes it. */
public interface HostBuffer extends AutoCloseable {
    /** The whole buffer in native byte order; the same object each time. */
    ByteBuffer bytes();

    @Override
    void close();

    /**
     * A plain buffer outside the Java heap, at most 2 GiB; freed when nobody holds it any more.
     *
     * @throws DeviceMemoryException if it is larger, or the JVM has no room for it
     */
    static HostBuffer direct(String purpose, long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new DeviceMemoryException(
                    "the input " + purpose + " takes " + Bytes.text(bytes)
                            + " a step, at most 2 GiB are possible; use a" + " smaller batch",
                    bytes,
                    Integer.MAX_VALUE,
                    null);
        }
        ByteBuffer b;
        try {
            b = ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
        } catch (OutOfMemoryError e) {
            throw new DeviceMemoryException(
                    "Java has no " + Bytes.text(bytes) + " for the input " + purpose
                            + "; use a smaller batch, or raise its limit with -XX:MaxDirectMemorySize",
                    bytes,
                    DeviceMemoryException.UNKNOWN,
                    e);
        }
        return new HostBuffer() {
            @Override
            public ByteBuffer bytes() {
                return b;
            }

            @Override
            public void close() {}
        };
    }
}
