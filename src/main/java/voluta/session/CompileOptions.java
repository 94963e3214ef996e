package voluta.session;

import voluta.backend.ExecutionMode;
import voluta.backend.Precision;

/**
 * How a graph is compiled.
 *
 * @param precision how activations are stored
 * @param mode how steps are run
 * @param slots how many sets of input buffers there are, at least 1
 * @param reuse whether values share memory when their lifetimes allow it
 * @param poison whether the arena is filled with NaN at first, to find reads before writes
 */
public record CompileOptions(Precision precision, ExecutionMode mode, int slots, boolean reuse, boolean poison) {
    /**
     * Slots unless asked otherwise: enough for a loader to get ahead while a step runs, so that its hiccups do not show in
     * fast steps (with two, lenet5 waited 4 % of its time on two cores).
     */
    public static final int SLOTS = 4;

    public CompileOptions {
        if (slots < 1) throw new IllegalArgumentException("a graph needs at least 1 slot, got " + slots);
    }

    /** {@link #SLOTS} slots, captured where the device can, reuse on. */
    public static CompileOptions of(Precision precision) {
        return new CompileOptions(precision, ExecutionMode.CAPTURED, SLOTS, true, false);
    }
}
