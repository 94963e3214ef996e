package voluta.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import voluta.checkpoint.CheckpointException;
import voluta.checkpoint.RunState;

/**
 * What a run has achieved so far, as far as it is no tensor: the epochs that are done, the best of them, and the one that
 * goes on. A checkpoint holds all of it, so a resumed run writes the same {@code results.csv} and ends for the same
 * reasons.
 */
final class RunHistory {
    static final String EPOCHS = "epochs";
    private static final String TOTALS = "epoch_totals";

    private final List<EpochReport> epochs = new ArrayList<>();
    private final BestEpoch best;
    private final EpochTotals totals = new EpochTotals();

    RunHistory(TrainingConfig config) {
        this.best = new BestEpoch(config.evalMetric(), config.patience());
    }

    /** @throws CheckpointException if the checkpoint lacks a part of it */
    void restore(Path file, RunState run) {
        try {
            epochs.addAll(EpochRows.read(entry(file, run, EPOCHS)));
            totals.restore(entry(file, run, TOTALS));
            best.restore(
                    Double.parseDouble(entry(file, run, BestEpoch.VALUE)),
                    Integer.parseInt(entry(file, run, BestEpoch.EPOCH)),
                    Integer.parseInt(entry(file, run, BestEpoch.WAITED)));
        } catch (NumberFormatException e) {
            throw new CheckpointException(
                    file,
                    "what it says about the epochs of its run is not what Voluta writes (" + e.getMessage()
                            + "); resume from an earlier checkpoint",
                    e);
        }
    }

    private static String entry(Path file, RunState run, String name) {
        String value = run.extra().get(name);
        if (value != null) return value;
        throw new CheckpointException(
                file,
                "says nothing about " + name
                        + " of its run, so no run can go on from it; begin a new one with its weights: "
                        + "--initial-checkpoint " + file);
    }

    Map<String, String> remembered() {
        Map<String, String> all = new LinkedHashMap<>(best.remembered());
        all.put(EPOCHS, EpochRows.write(epochs));
        all.put(TOTALS, totals.remembered());
        return all;
    }

    List<EpochReport> epochs() {
        return epochs;
    }

    /** Whether this epoch, counted from 1, has been evaluated. */
    boolean isDone(int epoch) {
        return !epochs.isEmpty() && epochs.get(epochs.size() - 1).epoch() >= epoch;
    }

    /** Forgets the row of an epoch that goes on after all, since a run may now take more steps than before. */
    void reopen(int epoch) {
        if (epochs.removeIf(e -> e.epoch() >= epoch)) best.replay(epochs);
    }

    BestEpoch best() {
        return best;
    }

    Optional<EpochReport> bestReport() {
        return epochs.stream().filter(e -> e.epoch() == best.epoch()).findFirst();
    }

    /** The last epoch that is done, or null. */
    EpochReport latest() {
        return epochs.isEmpty() ? null : epochs.get(epochs.size() - 1);
    }

    EpochTotals totals() {
        return totals;
    }
}
