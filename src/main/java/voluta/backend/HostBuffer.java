package voluta.backend;

import java.nio.ByteBuffer;

/** Host memory that a backend can feed from quickly (pinned where that matters). Its owner closes it. */
public interface HostBuffer extends AutoCloseable {
    /** The whole buffer in native byte order; the same object each time. */
    ByteBuffer bytes();

    @Override
    void close();
}
