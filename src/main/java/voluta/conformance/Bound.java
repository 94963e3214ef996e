package voluta.conformance;

import voluta.backend.Precision;
import voluta.conformance.Difference.Measure;

/**
 * How far apart two backends may be in a value.
 *
 * @param measure what the tolerance is a ratio of
 * @param tolerance the most that is allowed
 */
record Bound(Measure measure, double tolerance) {
    /** Each is some five times what the shipped networks gave, on oneDNN and, in f16, on the simulated CUDA device. */
    static Bound of(Place place, Precision precision) {
        if (place.kinked()) return new Bound(Measure.ROOT_MEAN_SQUARE, kinked(precision));
        double tolerance = switch (precision) {
            case F32 -> 1e-5;
            case BF16 -> 0.03;
            case F16 -> 0.004;
        };
        return new Bound(Measure.LARGEST, tolerance);
    }

    private static double kinked(Precision precision) {
        return switch (precision) {
            case F32 -> 0.05;
            case BF16 -> 0.3;
            case F16 -> 0.1;
        };
    }
}
