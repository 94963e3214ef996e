package voluta.experiment;

import voluta.tensor.VolutaException;

/** An experiment that cannot be done as it is asked for. */
public final class ExperimentException extends VolutaException {
    private static final long serialVersionUID = 1;

    ExperimentException(String message) {
        super(message);
    }

    ExperimentException(String message, Throwable cause) {
        super(message, cause);
    }
}
