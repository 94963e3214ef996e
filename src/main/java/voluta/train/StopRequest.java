package voluta.train;

import java.util.Optional;

/** A wish to end, made by any thread or by the clock, and looked at by the thread that drives. */
final class StopRequest {
    private volatile boolean requested;
    private long deadline;
    private boolean limited;

    void request() {
        requested = true;
    }

    /** Starts the clock, if there is a limit; for the thread that drives. */
    void limit(Optional<String> time) {
        limited = time.isPresent();
        time.ifPresent(t -> deadline = System.nanoTime() + TrainingConfig.nanos(t));
    }

    boolean requested() {
        return requested || (limited && System.nanoTime() - deadline >= 0);
    }

    /** Why: somebody asked for it, or the time was up. */
    TrainingResult.End end() {
        return requested ? TrainingResult.End.STOPPED : TrainingResult.End.TIME;
    }
}
