package voluta.conformance;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import voluta.backend.Precision;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;

/**
 * How far each element of a result may lie from the exact one for no other reason than that numbers are stored with few
 * digits. A sum that cancels is off by much relative to itself and is right all the same if it is the exact sum of terms
 * a rounding away: that is a small backward error (Higham, Accuracy and Stability of Numerical Algorithms, section 1.5).
 *
 * <p>It is found as in stochastic arithmetic (Vignes, A stochastic arithmetic for reliable scientific computation, 1993;
 * the CESTAC method): the reference computes a few times more in double from inputs that are each moved by a random
 * fraction of a rounding, and how far an element then moves is what its conditioning makes of roundings.
 */
final class BackwardError {
    /** So many that all of them hardly ever happen to leave an element where it was. */
    private static final int SAMPLES = 6;

    /**
     * How many roundings of the inputs one result may be away: kernels round intermediate values too, and a few samples
     * seldom show the largest move.
     */
    private static final double ROUNDINGS = 8;

    private final Precision precision;
    private final Map<String, double[]> expected;
    private final Function<UnaryOperator<HostTensor>, Map<String, double[]>> reference;
    private Map<String, double[]> spread;

    /**
     * @param expected the exact results
     * @param reference the results of the reference once every tensor that goes in was changed so; not asked for before needed
     */
    BackwardError(
            Precision precision,
            Map<String, double[]> expected,
            Function<UnaryOperator<HostTensor>, Map<String, double[]>> reference) {
        this.precision = precision;
        this.expected = expected;
        this.reference = reference;
    }

    /**
     * Whether every element of an output is as near as roundings allow.
     *
     * @param besides what any element may be off anyway
     */
    boolean explain(String output, double[] got, double besides) {
        if (spread == null) spread = spread();
        double[] exact = expected.get(output), far = spread.get(output);
        for (int i = 0; i < exact.length; i++)
            if (!(Math.abs(got[i] - exact[i]) <= besides + ROUNDINGS * far[i])) return false;
        return true;
    }

    /** How far one rounding of the inputs moves each element. */
    private Map<String, double[]> spread() {
        // what is fed is F32, in which a single rounding is too small a step: many are taken at once there
        double unit = precision.rounding(), at = precision == Precision.F32 ? 64 : 1;
        RandomGenerator random = new SplittableRandom(1);
        Map<String, double[]> spread = new HashMap<>();
        for (int s = 0; s < SAMPLES; s++) {
            reference.apply(t -> moved(t, at * unit, random)).forEach((name, y) -> {
                double[] x = expected.get(name), far = spread.computeIfAbsent(name, n -> new double[y.length]);
                for (int i = 0; i < y.length; i++) far[i] = Math.max(far[i], Math.abs(y[i] - x[i]) / at);
            });
        }
        return spread;
    }

    private static HostTensor moved(HostTensor t, double relative, RandomGenerator random) {
        if (t.type().dtype() != DType.F32) return t;
        HostTensor moved = HostTensor.zeros(t.type());
        for (long i = 0; i < t.type().elements(); i++)
            moved.set(i, t.get(i) * (1 + relative * (2 * random.nextDouble() - 1)));
        return moved;
    }
}
