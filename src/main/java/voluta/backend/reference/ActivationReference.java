package voluta.backend.reference;

import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import voluta.op.Activation;

/** Activations and their derivatives, written down from the input alone. */
final class ActivationReference {
    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double GELU_CUBIC = 0.044715;

    private ActivationReference() {}

    static void register(ReferenceTable table) {
        table.add(Activation.class, (op, node) -> {
            DoubleUnaryOperator f = function(op);
            return new ReferenceKernel((in, out, context) -> IntStream.range(0, in[0].size())
                    .parallel()
                    .forEach(i -> out[0].set(i, f.applyAsDouble(in[0].get(i)))));
        });
        table.add(Activation.Backward.class, (op, node) -> {
            DoubleUnaryOperator d = derivative(op.forward());
            return new ReferenceKernel((in, out, context) -> IntStream.range(0, in[0].size())
                    .parallel()
                    .forEach(i -> out[0].set(i, d.applyAsDouble(in[0].get(i)) * in[2].get(i))));
        });
    }

    /** The activation of one number. */
    static DoubleUnaryOperator function(Activation op) {
        double a = op.alpha(), b = op.beta();
        return switch (op.kind()) {
            case RELU -> x -> Math.max(x, 0);
            case LEAKY_RELU -> x -> x > 0 ? x : a * x;
            case ELU -> x -> x > 0 ? x : a * Math.expm1(x);
            case GELU -> x -> x * normal(x);
            case GELU_TANH -> x -> 0.5 * x * (1 + Math.tanh(geluArgument(x)));
            case SILU -> x -> x * sigmoid(x);
            case SIGMOID -> ActivationReference::sigmoid;
            case TANH -> Math::tanh;
            case HARDSIGMOID -> x -> cut(a * x + b, 0, 1);
            case HARDSWISH -> x -> x * cut(a * x + b, 0, 1);
            case MISH -> x -> x * Math.tanh(softplus(x));
            case SOFTPLUS -> ActivationReference::softplus;
            case RELU6 -> x -> cut(x, a, b);
        };
    }

    /** Its derivative; at a kink the value from the left. */
    static DoubleUnaryOperator derivative(Activation op) {
        double a = op.alpha(), b = op.beta();
        return switch (op.kind()) {
            case RELU -> x -> x > 0 ? 1 : 0;
            case LEAKY_RELU -> x -> x > 0 ? 1 : a;
            case ELU -> x -> x > 0 ? 1 : a * Math.exp(x);
            case GELU -> x -> normal(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
            case GELU_TANH ->
                x -> {
                    double t = Math.tanh(geluArgument(x));
                    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SQRT_2_OVER_PI * (1 + 3 * GELU_CUBIC * x * x);
                };
            case SILU ->
                x -> {
                    double s = sigmoid(x);
                    return s * (1 + x * (1 - s));
                };
            case SIGMOID -> x -> sigmoid(x) * (1 - sigmoid(x));
            case TANH -> x -> 1 - Math.tanh(x) * Math.tanh(x);
            case HARDSIGMOID -> x -> inside(a * x + b) ? a : 0;
            case HARDSWISH -> x -> inside(a * x + b) ? 2 * a * x + b : a * x + b < 1 ? 0 : 1;
            case MISH ->
                x -> {
                    double t = Math.tanh(softplus(x));
                    return t + x * (1 - t * t) * sigmoid(x);
                };
            case SOFTPLUS -> ActivationReference::sigmoid;
            case RELU6 -> x -> x > a && x < b ? 1 : 0;
        };
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** ln(1 + e^x) without overflow. */
    static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    private static double normal(double x) {
        return 0.5 * (1 + Erf.erf(x / Math.sqrt(2)));
    }

    private static double geluArgument(double x) {
        return SQRT_2_OVER_PI * (x + GELU_CUBIC * x * x * x);
    }

    private static double cut(double x, double low, double high) {
        return Math.min(Math.max(x, low), high);
    }

    private static boolean inside(double unit) {
        return unit > 0 && unit < 1;
    }
}
