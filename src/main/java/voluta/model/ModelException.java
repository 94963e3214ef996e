package voluta.model;

import voluta.tensor.VolutaException;

/** A network description that cannot be understood, or that does not fit its data. */
public final class ModelException extends VolutaException {
    private static final long serialVersionUID = 1L;

    /** A fault that has no place of its own. */
    public ModelException(String problem) {
        super(problem);
    }

    /** A fault at a place such as {@code net.yaml:41}; null for nowhere. */
    public ModelException(String source, String problem) {
        super(null, source, problem, null);
    }

    /** A fault of a layer at a place. */
    public ModelException(String path, String source, String problem) {
        super(path, source, problem, null);
    }
}
