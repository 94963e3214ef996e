package voluta.checkpoint;

import java.nio.file.Path;
import voluta.tensor.VolutaException;

/**
 * A checkpoint that cannot be read, written or understood. The message begins with the file and ends with what to do;
 * {@link #source()} is the file.
 */
public final class CheckpointException extends VolutaException {
    private static final long serialVersionUID = 1L;

    /** A problem with a file. */
    public CheckpointException(Path file, String problem) {
        this(file, problem, null);
    }

    /** A problem with a file, and what lies beneath. */
    public CheckpointException(Path file, String problem, Throwable cause) {
        super(null, file.toString(), problem, cause);
    }
}
