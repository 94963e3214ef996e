package voluta.backend;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Host memory that a backend can feed from quickly (pinned where that matters). Its owner closes it. */
public interface HostBuffer extends AutoCloseable {
    /** The whole buffer in native byte order; the same object each time. */
    ByteBuffer bytes();

    @Override
    void close();

    /** A plain buffer outside the Java heap, at most 2 GiB; freed when nobody holds it any more. */
    static HostBuffer direct(long bytes) {
        ByteBuffer b = ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
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
