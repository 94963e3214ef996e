package voluta.data;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Labelled images of one size, reached by index.
 *
 * <p>Written so that sources whose images have to be decoded fit beside those that lie in memory: {@link #read} may be
 * slow, and several threads call it at once. An implementation must be safe for that, must give the same bytes for the
 * same index every time, and must come to an end. A {@link BatchLoader} interrupts its workers when it is closed; an
 * implementation that waits for something should give up then by throwing any unchecked exception.
 *
 * <p>Everything but {@link #read} and {@link #label} is known from the opening on and costs nothing.
 */
public interface Dataset extends AutoCloseable {
    /** What messages and reports call it, for instance {@code fashion-mnist (train)}. */
    String name();

    /** The number of images, at least 1. */
    int size();

    /** The names of the classes; label {@code i} means the i-th name. Unmodifiable. */
    List<String> classNames();

    /** The size of every image, after decoding. */
    ImageShape imageShape();

    /**
     * Writes one image from the buffer's position on, unsigned bytes in the order H,W,C, and advances the position by
     * exactly {@code imageShape().bytes()}.
     *
     * @param index 0 to {@code size() - 1}
     * @throws DataException if the image cannot be read or decoded
     */
    void read(int index, ByteBuffer image);

    /** The class of an image: 0 to {@code classNames().size() - 1}. */
    int label(int index);

    /** Lets go of files that an implementation keeps open; data sets in memory have nothing to close. */
    @Override
    default void close() {}
}
