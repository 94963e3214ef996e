package voluta.train;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which epoch was the best, and whether it is time to give up. */
final class BestEpoch {
    static final String VALUE = "best_value";
    static final String EPOCH = "best_epoch";
    static final String WAITED = "epochs_without_improvement";

    private final EvalMetric metric;
    private final Optional<Integer> patience;
    private double best = Double.NaN;
    private int bestEpoch;
    private int waited;

    BestEpoch(EvalMetric metric, Optional<Integer> patience) {
        this.metric = metric;
        this.patience = patience;
    }

    /** Whether this epoch is better than all before it; the first one always is. */
    boolean offer(int epoch, Evaluation evaluation) {
        double value = metric.of(evaluation);
        if (bestEpoch > 0 && !metric.better(value, best)) {
            waited++;
            return false;
        }
        best = value;
        bestEpoch = epoch;
        waited = 0;
        return true;
    }

    /** Begins anew with these epochs. */
    void replay(List<EpochReport> epochs) {
        restore(Double.NaN, 0, 0);
        epochs.forEach(e -> offer(e.epoch(), e.evaluation()));
    }

    /** Whether the patience is used up. */
    boolean exhausted() {
        return patience.isPresent() && waited >= patience.get();
    }

    int epoch() {
        return bestEpoch;
    }

    /** What a resumed run must know of it. */
    Map<String, String> remembered() {
        return Map.of(
                VALUE, Double.toString(best),
                EPOCH, Integer.toString(bestEpoch),
                WAITED, Integer.toString(waited));
    }

    void restore(double best, int bestEpoch, int waited) {
        this.best = best;
        this.bestEpoch = bestEpoch;
        this.waited = waited;
    }
}
