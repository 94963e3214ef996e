package voluta.op;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import voluta.graph.GradientScope;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Convolution over one to three spatial dimensions with zero padding (the machine learner's: the kernel is not flipped).
 *
 * <p>Inputs x [N, C, spatial...], w [O, C/groups, kernel...], optionally b [O]; output y [N, O, spatial...] with
 *
 * <pre>y[n,o,p] = b[o] + sum over c, k of w[o,c,k] * x[n, g*C/groups + c, p*stride + k*dilation - padBefore]</pre>
 *
 * where g = o / (O/groups), elements outside x count as 0, and each spatial size is {@code (in + padBefore + padAfter -
 * dilation*(kernel-1) - 1) / stride + 1}, rounded down.
 *
 * @param stride step of the window, per spatial dimension, outermost first
 * @param dilation distance between neighbouring taps; 1 is dense
 * @param padBefore zeros before the first element
 * @param padAfter zeros after the last element
 * @param groups into how many independent convolutions the channels are divided; C for a depthwise one
 */
public record Convolution(
        List<Integer> stride, List<Integer> dilation, List<Integer> padBefore, List<Integer> padAfter, int groups)
        implements Op {

    public Convolution {
        stride = List.copyOf(stride);
        dilation = List.copyOf(dilation);
        padBefore = List.copyOf(padBefore);
        padAfter = List.copyOf(padAfter);
        check("convolution", stride, dilation, padBefore, padAfter, groups);
    }

    /** Two dimensions, dense, one group, the same stride and padding everywhere. */
    public static Convolution of2d(int stride, int pad) {
        return of(2, stride, pad);
    }

    /** Dense, one group, the same stride and padding in each of {@code rank} spatial dimensions. */
    public static Convolution of(int rank, int stride, int pad) {
        List<Integer> p = Collections.nCopies(rank, pad);
        return new Convolution(Collections.nCopies(rank, stride), Collections.nCopies(rank, 1), p, p, 1);
    }

    /** The same in so many groups. */
    public Convolution grouped(int groups) {
        return new Convolution(stride, dilation, padBefore, padAfter, groups);
    }

    /** The same with this dilation everywhere. */
    public Convolution dilated(int dilation) {
        return new Convolution(stride, Collections.nCopies(stride.size(), dilation), padBefore, padAfter, groups);
    }

    /** The number of spatial dimensions. */
    public int spatial() {
        return stride.size();
    }

    /** Refuses attributes that make no sense for any shape; {@code what} begins the message. */
    static void check(
            String what,
            List<Integer> stride,
            List<Integer> dilation,
            List<Integer> padBefore,
            List<Integer> padAfter,
            int groups) {
        int n = stride.size();
        if (n < 1 || n > 3 || dilation.size() != n || padBefore.size() != n || padAfter.size() != n) {
            throw new ShapeException(what
                    + " expects stride, dilation and padding with one entry for each of its 1 to 3"
                    + " spatial dimensions, got stride " + stride + ", dilation " + dilation + ", padding " + padBefore
                    + " and " + padAfter);
        }
        atLeast(what, "stride", stride, 1);
        atLeast(what, "dilation", dilation, 1);
        atLeast(what, "padding before", padBefore, 0);
        atLeast(what, "padding after", padAfter, 0);
        if (groups < 1) throw new ShapeException(what + " expects at least 1 group, got " + groups);
    }

    static void atLeast(String what, String attribute, List<Integer> values, int least) {
        for (int v : values) {
            if (v < least) {
                throw new ShapeException(
                        what + " expects each " + attribute + " to be at least " + least + ", got " + values);
            }
        }
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        count("convolution", inputs, 2, 3);
        TensorType x = inputs.get(0), w = inputs.get(1);
        ranks("convolution", x, w, spatial());
        if (x.dim(1) != w.dim(1) * groups) {
            throw new ShapeException(
                    "convolution expects " + w.dim(1) * groups + " input channels (weights " + w.shape()
                            + (groups == 1 ? "" : " in " + groups + " groups") + "), got " + x.dim(1)
                            + "; change the number of input channels of this convolution or of filters before it"
                            + (groups == 1 ? "" : ", or the number of groups"));
        }
        if (w.dim(0) % groups != 0) {
            throw new ShapeException("convolution expects a number of filters that " + groups + " groups divide, got "
                    + w.dim(0) + "; choose a multiple of " + groups);
        }
        if (inputs.size() == 3) bias("convolution", inputs.get(2), w.dim(0));
        return List.of(new TensorType(x.dtype(), outputShape(x.shape(), w.shape())));
    }

    /** The shape of y for these shapes of x and w. */
    public Shape outputShape(Shape x, Shape w) {
        long[] d = new long[x.rank()];
        d[0] = x.dim(0);
        d[1] = w.dim(0);
        for (int i = 0; i < spatial(); i++) {
            long padded = x.dim(2 + i) + padBefore.get(i) + padAfter.get(i);
            long window = (long) dilation.get(i) * (w.dim(2 + i) - 1) + 1;
            if (padded < window) {
                throw new ShapeException("the kernel of a convolution covers " + window + " elements of dimension "
                        + (2 + i) + ", which has only " + padded + " with padding (input " + x + ", weights " + w
                        + "); use a smaller kernel or dilation, more padding, or larger images");
            }
            d[2 + i] = (padded - window) / stride.get(i) + 1;
        }
        return Shape.of(d);
    }

    static void count(String what, List<TensorType> inputs, int least, int most) {
        int n = inputs.size();
        if (n < least || n > most) {
            throw new ShapeException(
                    what + " expects " + (least == most ? least : least + " to " + most) + " inputs, got " + n);
        }
        for (TensorType t : inputs) {
            if (t.dtype() != DType.F32) {
                throw new ShapeException(what + " expects f32 inputs, got " + t + "; convert it first");
            }
        }
    }

    static void ranks(String what, TensorType x, TensorType w, int spatial) {
        if (x.rank() != spatial + 2 || w.rank() != spatial + 2) {
            throw new ShapeException(
                    what + " over " + spatial + " spatial dimensions expects input and weights of rank "
                            + (spatial + 2) + ", got " + x.shape() + " and " + w.shape()
                            + "; give stride and padding one entry for each spatial dimension of the input");
        }
    }

    static void bias(String what, TensorType b, long filters) {
        if (!b.shape().equals(Shape.of(filters))) {
            throw new ShapeException(
                    what + " expects a bias of shape [" + filters + "], one for each filter, got " + b.shape());
        }
    }

    @Override
    public void differentiate(GradientScope s) {
        Value x = s.input(0), w = s.input(1), dy = s.gradient(0);
        if (s.wants(0))
            s.give(0, s.add(new BackwardData(this, x.type().shape()), w, dy).output());
        if (s.wants(1) || s.wants(2)) {
            Node n = s.add(new BackwardWeights(this, w.type().shape(), s.wants(2)), x, dy);
            s.give(1, n.output(0));
            if (s.wants(2)) s.give(2, n.output(1));
        }
    }

    private static void expectOutput(String what, Convolution forward, TensorType dy, Shape x, Shape w) {
        Shape y = forward.outputShape(x, w);
        if (!dy.shape().equals(y)) {
            throw new ShapeException(what + " expects the gradient of an output of shape " + y + ", got " + dy.shape());
        }
    }

    /** The gradient with respect to x. Inputs w, dy; output dx. */
    public record BackwardData(Convolution forward, Shape x) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            count(name(), inputs, 2, 2);
            expectOutput(name(), forward, inputs.get(1), x, inputs.get(0).shape());
            return List.of(new TensorType(inputs.get(1).dtype(), x));
        }
    }

    /** The gradients with respect to w and, if {@code bias}, b. Inputs x, dy; outputs dw, db. */
    public record BackwardWeights(Convolution forward, Shape w, boolean bias) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            count(name(), inputs, 2, 2);
            TensorType x = inputs.get(0), dy = inputs.get(1);
            expectOutput(name(), forward, dy, x.shape(), w);
            TensorType dw = TensorType.f32(w);
            return bias ? List.of(dw, TensorType.f32(w.dim(0))) : List.of(dw);
        }
    }

    /** Attributes as a short list such as {@code stride [2, 2], groups 3}; those that change nothing are left out. */
    @Override
    public String toString() {
        int n = spatial();
        StringBuilder s = new StringBuilder("Convolution[").append(n).append('d');
        if (IntStream.range(0, n).anyMatch(i -> stride.get(i) != 1))
            s.append(", stride ").append(stride);
        if (IntStream.range(0, n).anyMatch(i -> dilation.get(i) != 1))
            s.append(", dilation ").append(dilation);
        if (!padBefore.equals(padAfter)) {
            s.append(", padding ").append(padBefore).append(" and ").append(padAfter);
        } else if (IntStream.range(0, n).anyMatch(i -> padBefore.get(i) != 0)) {
            s.append(", padding ").append(padBefore);
        }
        if (groups != 1) s.append(", groups ").append(groups);
        return s.append(']').toString();
    }
}
