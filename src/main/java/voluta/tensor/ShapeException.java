package voluta.tensor;

/** Shapes that do not fit together: says which op, what was expected, what came, and what to change. */
public final class ShapeException extends VolutaException {
    private static final long serialVersionUID = 1L;

    /** A shape error whose place is not known yet; the graph builder adds it. */
    public ShapeException(String problem) {
        super(problem);
    }

    /** A shape error at a node. */
    public ShapeException(String path, String source, String problem) {
        super(path, source, problem, null);
    }
}
