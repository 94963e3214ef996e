package voluta.train;

import voluta.tensor.VolutaException;

/** A run that cannot be started as asked for, or that went wrong: the message says what to change. */
public final class TrainingException extends VolutaException {
    private static final long serialVersionUID = 1L;

    public TrainingException(String message) {
        super(message);
    }

    public TrainingException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A fault at a place such as {@code args.yaml:7}. */
    TrainingException(String source, String problem, Throwable cause) {
        super(null, source, problem, cause);
    }
}
