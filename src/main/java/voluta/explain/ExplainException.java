package voluta.explain;

import voluta.tensor.VolutaException;

/** An example that cannot be shown: the message says what was given and what to give instead. */
public final class ExplainException extends VolutaException {
    private static final long serialVersionUID = 1L;

    ExplainException(String message) {
        super(message);
    }
}
