package voluta.optim;

import voluta.tensor.VolutaException;

/** A setting of optimizer, clipping or schedule that makes no sense: says which values are allowed. */
public final class OptimizerException extends VolutaException {
    private static final long serialVersionUID = 1L;

    public OptimizerException(String message) {
        super(message);
    }
}
