package voluta.tensor;

import java.util.Optional;

/**
 * The root of every error that a user can cause or mend. The message is a sentence with the values that matter and a
 * remedy. Rooms declare typed subclasses; nobody classifies errors by their text.
 */
public class VolutaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String path;
    private final String source;
    private final String problem;

    /** An error that concerns no particular node. */
    public VolutaException(String message) {
        this(null, null, message, null);
    }

    /** An error that concerns no particular node, with its cause. */
    public VolutaException(String message, Throwable cause) {
        this(null, null, message, cause);
    }

    /**
     * An error at a place.
     *
     * @param path the node's path in the network, for instance {@code layer3/conv2}, or null
     * @param source where the user wrote it, for instance {@code net.yaml:41}, or null
     * @param problem the sentence, without the place
     * @param cause what lies beneath, or null
     */
    public VolutaException(String path, String source, String problem, Throwable cause) {
        super(prefix(path, source) + problem, cause);
        this.path = path;
        this.source = source;
        this.problem = problem;
    }

    private static String prefix(String path, String source) {
        if (path == null && source == null) return "";
        if (path == null) return source + ": ";
        return source == null ? path + ": " : path + " (" + source + "): ";
    }

    /** The node's path in the network, if the error has one. */
    public final Optional<String> path() {
        return Optional.ofNullable(path);
    }

    /** Where the user wrote the thing, for instance {@code net.yaml:41}. */
    public final Optional<String> source() {
        return Optional.ofNullable(source);
    }

    /** The sentence without the place, so that a caller who knows the place better can say it again. */
    public final String problem() {
        return problem;
    }
}
