package voluta.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The calls on the file system that replacing a file takes, one method each, so that a test can make any one of them
 * fail.
 */
interface Disk {
    /** The real one. */
    Disk LOCAL = new LocalDisk();

    /**
     * Creates a new file that other processes can tell to be in use until the output is closed. Leaves none behind if it
     * fails.
     *
     * @throws java.nio.file.FileAlreadyExistsException if the name is taken: try another
     */
    Output create(Path file) throws IOException;

    /** Renames in one step; {@code to} is replaced. */
    void move(Path from, Path to) throws IOException;

    /** Makes the names in a folder durable. */
    void forceFolder(Path folder) throws IOException;

    /** Removes a file if it is there. */
    void delete(Path file) throws IOException;

    /** A file being written. */
    interface Output extends Closeable {
        /** Writes at least one of the remaining bytes and returns how many; may write fewer than remain. */
        int write(ByteBuffer bytes) throws IOException;

        /** Makes what was written durable. */
        void force() throws IOException;
    }
}
