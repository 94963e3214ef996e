package voluta.backend;

/** How a program is run. */
public enum ExecutionMode {
    /** One launch after another, synchronised after each, so that a fault names its node. */
    CHECKED,
    /** One launch after another. */
    EAGER,
    /** Recorded once and replayed as a whole where the device can; otherwise as EAGER. */
    CAPTURED
}
