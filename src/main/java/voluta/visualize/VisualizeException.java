package voluta.visualize;

import voluta.tensor.VolutaException;

/** Something that cannot be shown: what, and what to ask for instead. */
public final class VisualizeException extends VolutaException {
    private static final long serialVersionUID = 1L;

    public VisualizeException(String message) {
        super(message);
    }

    VisualizeException(String message, Throwable cause) {
        super(message, cause);
    }
}
