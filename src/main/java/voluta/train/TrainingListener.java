package voluta.train;

import java.nio.file.Path;

/**
 * Told what a run does. Every start has its end; a failure ends whatever is open.
 *
 * <pre>
 * runStarted
 *   epochStarted                          for each epoch
 *     stepsLogged                         every log-interval steps, and at the epoch's end
 *     evaluationStarted, evaluationEnded
 *   epochEnded                            left out if the run is stopped within the epoch
 * profiled                                only where {@link Training#profile} asks for it
 * runEnded or runFailed
 * </pre>
 *
 * <p>Checkpoints are written while the training goes on: {@code checkpointWritten} comes between two other events once one
 * is on the disk (best, if it is, then last), that of the last step before {@code runEnded}. For a run that has nothing
 * left to do there is {@code runEnded} alone.
 *
 * <p>Called by the thread that drives the training: a listener must be quick and must not block, since the device waits for
 * it. What it throws ends the run.
 */
public interface TrainingListener {
    /** The run's folder exists, everything is compiled, the first step comes next. */
    default void runStarted(RunStart run) {}

    /** An epoch begins, counted from 1. */
    default void epochStarted(int epoch) {}

    /** Some steps were done. */
    default void stepsLogged(StepReport steps) {}

    /** An evaluation of so many batches begins. */
    default void evaluationStarted(int epoch, int batches) {}

    /** The evaluation is done, or was {@code null} because the run was stopped meanwhile. */
    default void evaluationEnded(int epoch, Evaluation evaluation) {}

    /** A checkpoint is on the disk. */
    default void checkpointWritten(Path file, long step) {}

    /** An epoch and its evaluation are done. */
    default void epochEnded(EpochReport epoch) {}

    /** Something that the user should know once, as a sentence. */
    default void notice(String sentence) {}

    /** Where the time of the steps went; only where a profile was asked for, right before the end. */
    default void profiled(StepProfile profile) {}

    /** The run is over and everything is written. */
    default void runEnded(TrainingResult result) {}

    /** The run failed; the same exception comes out of {@link Trainer#run}. */
    default void runFailed(Throwable failure) {}
}
