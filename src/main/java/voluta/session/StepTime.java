package voluta.session;

/**
 * How long one step of a plan took.
 *
 * @param path the node's path, or the value's name for a reorder
 * @param kind the op's name, or {@code Reorder}
 * @param implementation what the backend chose
 * @param nanos its time
 */
public record StepTime(String path, String kind, String implementation, long nanos) {}
