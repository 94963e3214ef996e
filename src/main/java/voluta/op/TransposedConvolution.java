package voluta.op;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * The transpose of a {@link Convolution}: its data gradient, used forward to enlarge feature maps.
 *
 * <p>Inputs x [N, C, spatial...], w [C, O/groups, kernel...], optionally b [O]; output y [N, O, spatial...], to which
 * each element of x adds its kernel-sized stamp:
 *
 * <pre>y[n, g*O/groups + o, p*stride + k*dilation - padBefore] += w[c,o,k] * x[n,c,p], then + b</pre>
 *
 * where g = c / (C/groups), and each spatial size is {@code (in - 1)*stride - padBefore - padAfter + dilation*(kernel-1)
 * + 1 + outputPadding}.
 *
 * @param stride distance between neighbouring stamps, per spatial dimension, outermost first
 * @param dilation distance between neighbouring taps; 1 is dense
 * @param padBefore elements cut off before
 * @param padAfter elements cut off after
 * @param outputPadding elements more at the end, fewer than the stride or the dilation, and than stride + padAfter
 * @param groups into how many independent ones the channels are divided
 */
public record TransposedConvolution(
        List<Integer> stride,
        List<Integer> dilation,
        List<Integer> padBefore,
        List<Integer> padAfter,
        List<Integer> outputPadding,
        int groups)
        implements Op {

    private static final String WHAT = "transposed convolution";

    public TransposedConvolution {
        stride = List.copyOf(stride);
        dilation = List.copyOf(dilation);
        padBefore = List.copyOf(padBefore);
        padAfter = List.copyOf(padAfter);
        outputPadding = List.copyOf(outputPadding);
        Convolution.check(WHAT, stride, dilation, padBefore, padAfter, groups);
        Convolution.atLeast(WHAT, "output padding", outputPadding, 0);
        if (outputPadding.size() != stride.size()) {
            throw new ShapeException(
                    WHAT + " expects " + stride.size() + " entries of output padding, got " + outputPadding);
        }
        for (int i = 0; i < stride.size(); i++) {
            int limit = Math.max(stride.get(i), dilation.get(i));
            if (outputPadding.get(i) >= limit) {
                throw new ShapeException(WHAT + " expects an output padding below the stride or the dilation (" + limit
                        + "), got " + outputPadding.get(i) + "; use less of it");
            }
            if (outputPadding.get(i) >= padAfter.get(i) + stride.get(i)) {
                throw new ShapeException(
                        WHAT + " expects an output padding below the stride and the padding after together ("
                                + (padAfter.get(i) + stride.get(i)) + "), got " + outputPadding.get(i)
                                + ": what lies beyond would belong to no input; use less of it");
            }
        }
    }

    /** Two dimensions, dense, one group, the same attributes everywhere. */
    public static TransposedConvolution of2d(int stride, int pad, int outputPadding) {
        return of(2, stride, pad, outputPadding);
    }

    /** Dense, one group, the same attributes in each of {@code rank} spatial dimensions. */
    public static TransposedConvolution of(int rank, int stride, int pad, int outputPadding) {
        List<Integer> p = Collections.nCopies(rank, pad);
        return new TransposedConvolution(
                Collections.nCopies(rank, stride),
                Collections.nCopies(rank, 1),
                p,
                p,
                Collections.nCopies(rank, outputPadding),
                1);
    }

    /** The number of spatial dimensions. */
    public int spatial() {
        return stride.size();
    }

    /**
     * The convolution from y to x whose transpose this is; its weights [C, O/groups, kernel...] are the same array. Its
     * output size is that of x exactly, for output padding below the stride; the attributes are the same.
     */
    public Convolution transposed() {
        return new Convolution(stride, dilation, padBefore, padAfter, groups);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Convolution.count(WHAT, inputs, 2, 3);
        TensorType x = inputs.get(0), w = inputs.get(1);
        Convolution.ranks(WHAT, x, w, spatial());
        if (x.dim(1) != w.dim(0)) {
            throw new ShapeException(WHAT + " expects " + w.dim(0) + " input channels (weights " + w.shape() + "), got "
                    + x.dim(1)
                    + "; change the number of input channels of this layer or of filters before it");
        }
        if (x.dim(1) % groups != 0) {
            throw new ShapeException(
                    WHAT + " expects a number of input channels that " + groups + " groups divide, got " + x.dim(1));
        }
        Shape y = outputShape(x.shape(), w.shape());
        if (inputs.size() == 3) Convolution.bias(WHAT, inputs.get(2), y.dim(1));
        return List.of(new TensorType(x.dtype(), y));
    }

    /** The shape of y for these shapes of x and w. */
    public Shape outputShape(Shape x, Shape w) {
        long[] d = new long[x.rank()];
        d[0] = x.dim(0);
        d[1] = w.dim(1) * groups;
        for (int i = 0; i < spatial(); i++) {
            d[2 + i] = (x.dim(2 + i) - 1) * stride.get(i)
                    - padBefore.get(i)
                    - padAfter.get(i)
                    + (long) dilation.get(i) * (w.dim(2 + i) - 1)
                    + 1
                    + outputPadding.get(i);
            if (d[2 + i] < 1) {
                throw new ShapeException(WHAT + " of " + x + " with weights " + w + " and padding " + padBefore
                        + " and " + padAfter + " leaves nothing of dimension " + (2 + i) + "; use less padding");
            }
        }
        return Shape.of(d);
    }

    @Override
    public void differentiate(GradientScope s) {
        Value x = s.input(0), w = s.input(1), dy = s.gradient(0);
        if (s.wants(0))
            s.give(0, s.add(new BackwardData(this, x.type().shape()), w, dy).output());
        if (s.wants(1))
            s.give(1, s.add(new BackwardWeights(this, w.type().shape()), x, dy).output());
        if (s.wants(2)) {
            List<Integer> axes = IntStream.range(0, dy.type().rank())
                    .filter(i -> i != 1)
                    .boxed()
                    .toList();
            s.give(2, s.add(new Reduction(Reduction.Kind.SUM, axes, false), dy).output());
        }
    }

    private static void expectOutput(String what, TransposedConvolution forward, TensorType dy, Shape x, Shape w) {
        Shape y = forward.outputShape(x, w);
        if (!dy.shape().equals(y)) {
            throw new ShapeException(what + " expects the gradient of an output of shape " + y + ", got " + dy.shape());
        }
    }

    /** The gradient with respect to x: the {@linkplain #transposed convolution} of dy. Inputs w, dy; output dx. */
    public record BackwardData(TransposedConvolution forward, Shape x) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            Convolution.count(name(), inputs, 2, 2);
            expectOutput(name(), forward, inputs.get(1), x, inputs.get(0).shape());
            return List.of(new TensorType(inputs.get(1).dtype(), x));
        }
    }

    /** The gradient with respect to w; that of b is a {@link Reduction}. Inputs x, dy; output dw. */
    public record BackwardWeights(TransposedConvolution forward, Shape w) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            Convolution.count(name(), inputs, 2, 2);
            expectOutput(name(), forward, inputs.get(1), inputs.get(0).shape(), w);
            return List.of(TensorType.f32(w));
        }
    }
}
