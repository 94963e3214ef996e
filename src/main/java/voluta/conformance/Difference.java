package voluta.conformance;

/**
 * How far two backends are apart in one value.
 *
 * @param layer path of the layer that it belongs to
 * @param value its name in the first backend's graph
 * @param kind what sort of value it is
 * @param step in which step, counted from 1
 * @param measure what the error is a ratio of
 * @param error how far apart, relative to what the second backend gives
 * @param tolerance what is allowed
 * @param implementation the first backend's kernel that computed it
 */
public record Difference(
        String layer,
        String value,
        Kind kind,
        int step,
        Measure measure,
        double error,
        double tolerance,
        String implementation) {
    /** Sorts of values of a training step. */
    public enum Kind {
        /** What a layer gives, and the loss. */
        OUTPUT,
        /** What flows back through a layer, the gradients of its parameters, and their moments. */
        GRADIENT,
        /** Parameters and running statistics after the step. */
        WEIGHT
    }

    /** How the elements of two values are compared. */
    public enum Measure {
        /** The largest difference of an element over the largest element. */
        LARGEST,
        /** The root of the mean square of the differences over that of the elements. */
        ROOT_MEAN_SQUARE
    }

    public boolean passed() {
        return error <= tolerance;
    }

    /** The error in units of what is allowed; what is no number is beyond all bounds. */
    double excess() {
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error / tolerance;
    }
}
