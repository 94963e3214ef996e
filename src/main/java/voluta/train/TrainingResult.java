package voluta.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a run ended.
 *
 * @param folder the run's folder
 * @param last the checkpoint of the last step
 * @param best the checkpoint of the best epoch; none if no epoch was completed
 * @param epochs all completed epochs
 * @param bestEpoch the best of them
 * @param steps optimizer steps done
 * @param end why it ended
 */
public record TrainingResult(
        Path folder,
        Path last,
        Optional<Path> best,
        List<EpochReport> epochs,
        Optional<EpochReport> bestEpoch,
        long steps,
        End end) {
    /** Why a run ended. */
    public enum End {
        /** All epochs, or steps, were done. */
        COMPLETE,
        /** The evaluation did not improve for {@code patience} epochs. */
        NO_IMPROVEMENT,
        /** The time that the options give was up; the run can go on. */
        TIME,
        /** Someone asked for it: see {@link Trainer#stop}. */
        STOPPED
    }

    public TrainingResult {
        epochs = List.copyOf(epochs);
    }

    /** Whether someone ended it before its time. */
    public boolean stopped() {
        return end == End.STOPPED;
    }

    /** The weights to use: the best, else the last. */
    public Path weights() {
        return best.orElse(last);
    }
}
