package voluta.op;

import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * An elementwise nonlinearity. Input x of any float shape; output y of the same type.
 *
 * <p>{@code alpha} and {@code beta} are the constants of the formulas below; both are kept at 0 for kinds without them, so
 * that equal activations are equal records.
 *
 * <p>NaN gives NaN, as in PyTorch, but for {@code RELU}, {@code RELU6} and {@code HARDSIGMOID} where oneDNN computes them, whose
 * maximum of NaN and 0 is 0: within its convolutions, and on processors that Voluta has no kernels of its own for. For
 * numbers as large as 1e30 gradients of {@code GELU_TANH} and {@code MISH} may overflow.
 */
public record Activation(Kind kind, double alpha, double beta) implements Op {
    /** Which function. */
    public enum Kind {
        /** max(x, 0); gradient 0 at 0. */
        RELU,
        /** x for x &gt; 0, else alpha x. */
        LEAKY_RELU,
        /** x for x &gt; 0, else alpha (e^x - 1). */
        ELU,
        /** x Phi(x) with the normal distribution's Phi, by the error function. */
        GELU,
        /** x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2. */
        GELU_TANH,
        /** x / (1 + e^-x), also called swish. */
        SILU,
        /** 1 / (1 + e^-x). */
        SIGMOID,
        /** tanh x. */
        TANH,
        /** x times hard sigmoid of x. */
        HARDSWISH,
        /** alpha x + beta cut to [0, 1]; alpha 1/6 and beta 1/2. */
        HARDSIGMOID,
        /** x tanh(ln(1 + e^x)). */
        MISH,
        /** ln(1 + e^x). */
        SOFTPLUS,
        /** x cut to [alpha, beta]: 0 and 6. */
        RELU6
    }

    public Activation {
        switch (kind) {
            case LEAKY_RELU, ELU -> {
                if (!Double.isFinite(alpha)) throw new ShapeException(kind + " needs a finite alpha, got " + alpha);
                beta = 0;
            }
            case HARDSWISH, HARDSIGMOID -> {
                alpha = 1.0 / 6;
                beta = 0.5;
            }
            case RELU6 -> {
                alpha = 0;
                beta = 6;
            }
            default -> {
                alpha = 0;
                beta = 0;
            }
        }
    }

    /** A kind without constants of the user's choice; {@code LEAKY_RELU} gets slope 0.01 and {@code ELU} alpha 1. */
    public static Activation of(Kind kind) {
        return new Activation(kind, kind == Kind.LEAKY_RELU ? 0.01 : kind == Kind.ELU ? 1 : 0, 0);
    }

    public static Activation relu() {
        return of(Kind.RELU);
    }

    /** @param slope what negative numbers are multiplied with */
    public static Activation leakyRelu(double slope) {
        return new Activation(Kind.LEAKY_RELU, slope, 0);
    }

    public static Activation elu(double alpha) {
        return new Activation(Kind.ELU, alpha, 0);
    }

    public static Activation gelu() {
        return of(Kind.GELU);
    }

    public static Activation geluTanh() {
        return of(Kind.GELU_TANH);
    }

    public static Activation silu() {
        return of(Kind.SILU);
    }

    public static Activation sigmoid() {
        return of(Kind.SIGMOID);
    }

    public static Activation tanh() {
        return of(Kind.TANH);
    }

    public static Activation hardswish() {
        return of(Kind.HARDSWISH);
    }

    public static Activation hardsigmoid() {
        return of(Kind.HARDSIGMOID);
    }

    public static Activation mish() {
        return of(Kind.MISH);
    }

    public static Activation softplus() {
        return of(Kind.SOFTPLUS);
    }

    public static Activation relu6() {
        return of(Kind.RELU6);
    }

    /** Whether the gradient can be computed from the output alone, so that the input need not be kept. */
    public boolean fromOutput() {
        return switch (kind) {
            case RELU, RELU6, SIGMOID, TANH -> true;
            case LEAKY_RELU, ELU -> alpha >= 0;
            default -> false;
        };
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        if (!x.dtype().floating()) throw new ShapeException("an activation needs a float input, got " + x);
        return List.of(x);
    }

    @Override
    public void differentiate(GradientScope s) {
        s.give(
                0,
                s.add(new Backward(this), s.input(0), s.output(0), s.gradient(0))
                        .output());
    }

    /**
     * dx = f'(x) dy. Inputs x, y, dy of one type; output dx. A kernel reads x or y, whichever it wants: y suffices where
     * {@link Activation#fromOutput}.
     */
    public record Backward(Activation forward) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            TensorType x = inputs.get(0);
            if (!inputs.get(1).equals(x) || !inputs.get(2).equals(x)) {
                throw new ShapeException("an activation's gradient needs x, y and dy of one type, got " + inputs);
            }
            return List.of(x);
        }
    }
}
