package voluta.train;

import java.util.Locale;

/** What decides which epoch was the best. */
public enum EvalMetric {
    /** The share of images whose first guess is right. */
    TOP1,
    /** The share of images of which one of the first five guesses is right. */
    TOP5,
    /** The mean loss, where less is better. */
    LOSS;

    /** This metric's value. */
    public double of(Evaluation evaluation) {
        return switch (this) {
            case TOP1 -> evaluation.top1();
            case TOP5 -> evaluation.top5();
            case LOSS -> evaluation.loss();
        };
    }

    /** Whether {@code value} is better than {@code best}; NaN is never better, and anything is better than NaN. */
    public boolean better(double value, double best) {
        if (Double.isNaN(value)) return false;
        if (Double.isNaN(best)) return true;
        return this == LOSS ? value < best : value > best;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
