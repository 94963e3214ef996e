package voluta.nn;

/** What a graph is built for. */
public enum Mode {
    /** Batch statistics, dropout, running statistics updated. */
    TRAINING,
    /** Running statistics, no dropout. */
    INFERENCE
}
