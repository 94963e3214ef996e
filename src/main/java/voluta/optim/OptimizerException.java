package voluta.optim;

import java.util.function.Supplier;
import voluta.graph.Op;
import voluta.tensor.VolutaException;

/** A setting of optimizer, clipping or schedule that makes no sense: says which values are allowed. */
public final class OptimizerException extends VolutaException {
    private static final long serialVersionUID = 1L;

    public OptimizerException(String message) {
        super(message);
    }

    /** Refuses settings that the op refuses which is made of them. */
    static void ifRefused(Supplier<Op> op) {
        try {
            op.get();
        } catch (VolutaException e) {
            throw new OptimizerException(e.problem());
        }
    }
}
