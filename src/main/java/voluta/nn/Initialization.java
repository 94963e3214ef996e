package voluta.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import voluta.graph.Initializer;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.Shape;

/**
 * How the first content of a weight is drawn.
 *
 * <p>For weights {@code [O, I, k...]} the fan-in is {@code I * k...} and the fan-out {@code O * k...}. He: "Delving Deep
 * into Rectifiers" (2015), for layers followed by a rectifier. Xavier: Glorot and Bengio, "Understanding the difficulty
 * of training deep feedforward neural networks" (2010).
 *
 * @param a mean of {@code NORMAL}, lower bound of {@code UNIFORM}, the number of {@code CONSTANT}; 0 for the others
 * @param b standard deviation of {@code NORMAL}, upper bound of {@code UNIFORM}; 0 for the others
 */
public record Initialization(Scheme scheme, double a, double b) {
    /** The rule. Its name in a description is the lower-case one. */
    public enum Scheme {
        /** PyTorch's for convolution and linear: uniform within 1/sqrt(fan-in), and so is the bias. */
        DEFAULT(0),
        HE_NORMAL(0),
        HE_UNIFORM(0),
        HE_NORMAL_FAN_OUT(0),
        HE_UNIFORM_FAN_OUT(0),
        XAVIER_NORMAL(0),
        XAVIER_UNIFORM(0),
        ZEROS(0),
        ONES(0),
        CONSTANT(1),
        NORMAL(2),
        UNIFORM(2);

        private final int arguments;

        Scheme(int arguments) {
            this.arguments = arguments;
        }

        /** How many numbers the rule needs: 0, 1 or 2. */
        public int arguments() {
            return arguments;
        }

        /** For instance {@code he_normal}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** All words. */
        public static List<String> words() {
            return Arrays.stream(values()).map(Scheme::word).toList();
        }
    }

    /** PyTorch's rule for convolution and linear layers. */
    public static final Initialization DEFAULT = of(Scheme.DEFAULT);

    public Initialization {
        if (!(Math.abs(a) <= Float.MAX_VALUE && Math.abs(b) <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "the numbers of an initialization are up to 3.4e38, got " + a + " and " + b);
        }
        if (scheme == Scheme.NORMAL && !(b >= 0)) {
            throw new IllegalArgumentException("a standard deviation must not be negative, got " + b);
        }
        if (scheme == Scheme.UNIFORM && !(a <= b)) {
            throw new IllegalArgumentException("a uniform distribution needs low <= high, got " + a + " and " + b);
        }
    }

    /** A rule without numbers. */
    public static Initialization of(Scheme scheme) {
        return new Initialization(scheme, 0, 0);
    }

    public static Initialization constant(double value) {
        return new Initialization(Scheme.CONSTANT, value, 0);
    }

    public static Initialization normal(double mean, double standardDeviation) {
        return new Initialization(Scheme.NORMAL, mean, standardDeviation);
    }

    public static Initialization uniform(double low, double high) {
        return new Initialization(Scheme.UNIFORM, low, high);
    }

    /** The numbers of the rule, as many as it needs. */
    public List<Double> numbers() {
        return new ArrayList<>(List.of(a, b)).subList(0, scheme.arguments());
    }

    /**
     * Fills weights of this shape.
     *
     * @param weights {@code [O, I, k...]}; a vector's fans are its length
     */
    public Initializer forWeights(Shape weights) {
        long receptive = weights.product(Math.min(2, weights.rank()), weights.rank());
        double in = receptive * (double) weights.dim(weights.rank() > 1 ? 1 : 0);
        double out = receptive * (double) weights.dim(0);
        return switch (scheme) {
            case DEFAULT -> uniformWithin(1 / StrictMath.sqrt(in));
            case HE_NORMAL -> gaussian(0, StrictMath.sqrt(2 / in));
            case HE_UNIFORM -> uniformWithin(StrictMath.sqrt(6 / in));
            case HE_NORMAL_FAN_OUT -> gaussian(0, StrictMath.sqrt(2 / out));
            case HE_UNIFORM_FAN_OUT -> uniformWithin(StrictMath.sqrt(6 / out));
            case XAVIER_NORMAL -> gaussian(0, StrictMath.sqrt(2 / (in + out)));
            case XAVIER_UNIFORM -> uniformWithin(StrictMath.sqrt(6 / (in + out)));
            case ZEROS -> Initializer.ZEROS;
            case ONES -> Initializer.ONES;
            case CONSTANT -> Initializer.constant(a);
            case NORMAL -> gaussian(a, b);
            case UNIFORM -> between(a, b);
        };
    }

    /** Fills the bias beside weights of this shape: uniform within 1/sqrt(fan-in) for {@code DEFAULT}, else zeros. */
    public Initializer forBias(Shape weights) {
        return scheme == Scheme.DEFAULT ? forWeights(weights) : Initializer.ZEROS;
    }

    private static Initializer uniformWithin(double bound) {
        return between(-bound, bound);
    }

    private static Initializer between(double low, double high) {
        return (tensor, name, seed) -> fill(tensor, name, seed, (bits, values) -> {
            for (int i = 0; i < 4; i++) values[i] = low + (high - low) * (unsigned(bits[i]) * 0x1p-32);
        });
    }

    /** Box-Muller: two numbers in (0, 1] and [0, 1) give two independent normal ones. */
    private static Initializer gaussian(double mean, double deviation) {
        return (tensor, name, seed) -> fill(tensor, name, seed, (bits, values) -> {
            for (int i = 0; i < 4; i += 2) {
                double radius = StrictMath.sqrt(-2 * StrictMath.log((unsigned(bits[i]) + 1) * 0x1p-32));
                double angle = 2 * StrictMath.PI * (unsigned(bits[i + 1]) * 0x1p-32);
                values[i] = mean + deviation * radius * StrictMath.cos(angle);
                values[i + 1] = mean + deviation * radius * StrictMath.sin(angle);
            }
        });
    }

    private static double unsigned(int bits) {
        return bits & 0xffffffffL;
    }

    /** Four random numbers to four values. */
    private interface Transform {
        void apply(int[] bits, double[] values);
    }

    private static void fill(HostTensor tensor, String name, long seed, Transform transform) {
        long key = Philox.key(seed, name), n = tensor.type().elements();
        int[] bits = new int[4];
        double[] values = new double[4];
        for (long i = 0; i < n; i++) {
            int lane = (int) (i & 3);
            if (lane == 0) {
                Philox.block(key, i >>> 2, 0, bits);
                transform.apply(bits, values);
            }
            tensor.set(i, values[lane]);
        }
    }
}
