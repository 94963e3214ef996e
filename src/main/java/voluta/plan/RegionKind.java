package voluta.plan;

/** What a region of memory is for. */
public enum RegionKind {
    /** Master weights. */
    PARAMETERS,
    /** Gradients of parameters, at the offsets of their parameters. */
    GRADIENTS,
    /** Moments, running statistics, accumulators. */
    STATE,
    /** Data sets that steps take their batches from. */
    DATA,
    /** Constants of the graph. */
    CONSTANTS,
    /** Results of the prologue that steps read: folded and reordered weights. */
    DERIVED,
    /** Activations, their gradients, context and scratch; offsets overlap where lifetimes do not. */
    ARENA,
    /** What is fed from the host. */
    EXCHANGE,
    /** Parameters, state and data that the session already holds for another plan. */
    SHARED
}
