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
    // Each is some five times what the shipped networks gave on oneDNN.
    private static final double F32 = 1e-5;
    private static final double BF16 = 0.03;
    private static final double KINKED_F32 = 0.05;
    private static final double KINKED_BF16 = 0.3;

    static Bound of(Place place, Precision precision) {
        boolean f32 = precision == Precision.F32;
        if (place.kinked()) return new Bound(Measure.ROOT_MEAN_SQUARE, f32 ? KINKED_F32 : KINKED_BF16);
        return new Bound(Measure.LARGEST, f32 ? F32 : BF16);
    }
}
