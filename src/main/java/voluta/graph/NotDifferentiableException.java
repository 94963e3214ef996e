package voluta.graph;

import voluta.tensor.VolutaException;

/** A gradient was asked for through an op that has none. */
public final class NotDifferentiableException extends VolutaException {
    private static final long serialVersionUID = 1L;

    public NotDifferentiableException(Node node, String problem) {
        super(node.path(), node.source(), problem, null);
    }
}
