package voluta.op;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Maximum or mean over windows. Input x [N,C,sp...]; output y [N,C,out...] with one to three spatial dimensions. Tap t
 * of window o reads position {@code o * stride + t * dilation - padBefore}.
 *
 * <p>The output size is {@code floor((size + padBefore + padAfter - dilation * (kernel - 1) - 1) / stride) + 1}. With
 * {@code ceilMode} it is rounded up instead, unless the last window would then start beyond the input: such a window is
 * dropped. The largest element is the maximum's only heir: of equal ones, the first in row-major order of the window
 * gets the whole gradient. Padding never wins. A mean divides by the number of taps within the input or, with {@code
 * countPadding}, within the padded input; taps that only rounding up added are never counted.
 *
 * <p>The maximum of a window with NaN is NaN, and of nothing but -infinity is -infinity, as in PyTorch; oneDNN leaves NaN out,
 * and its maximum is never below the smallest finite number.
 *
 * @param kernel taps per spatial dimension
 * @param stride distance of neighbouring windows
 * @param dilation distance of neighbouring taps; 1 is dense
 * @param padBefore padding before the first element of each spatial dimension
 * @param padAfter padding after the last one
 * @param ceilMode whether a last window may overhang the padded input
 * @param countPadding whether a mean counts padding as zeros; ignored by the maximum
 */
public record Pooling(
        Kind kind,
        List<Integer> kernel,
        List<Integer> stride,
        List<Integer> dilation,
        List<Integer> padBefore,
        List<Integer> padAfter,
        boolean ceilMode,
        boolean countPadding)
        implements Op {
    /** What is taken of a window. */
    public enum Kind {
        MAX,
        AVERAGE
    }

    public Pooling {
        kernel = List.copyOf(kernel);
        stride = List.copyOf(stride);
        dilation = List.copyOf(dilation);
        padBefore = List.copyOf(padBefore);
        padAfter = List.copyOf(padAfter);
        int n = kernel.size();
        if (stride.size() != n || dilation.size() != n || padBefore.size() != n || padAfter.size() != n) {
            throw new ShapeException(
                    "pooling needs as many strides, dilations and paddings as kernel sizes, got kernel "
                            + kernel + ", stride " + stride + ", dilation " + dilation + ", padding " + padBefore
                            + " and "
                            + padAfter);
        }
        requireAtLeast(1, "kernel", kernel);
        requireAtLeast(1, "stride", stride);
        requireAtLeast(1, "dilation", dilation);
        requireAtLeast(0, "padding", padBefore);
        requireAtLeast(0, "padding", padAfter);
    }

    private static void requireAtLeast(int least, String what, List<Integer> values) {
        for (int v : values) {
            if (v < least) {
                throw new ShapeException("the " + what + " of a pooling must be at least " + least + ", got " + values);
            }
        }
    }

    /** Dense windows with the same padding on both sides, sizes rounded down, padding not counted. */
    public static Pooling of(Kind kind, List<Integer> kernel, List<Integer> stride, List<Integer> pad) {
        return new Pooling(kind, kernel, stride, Collections.nCopies(kernel.size(), 1), pad, pad, false, false);
    }

    /** Square windows over images, with the same padding on all sides. */
    public static Pooling of2d(Kind kind, int kernel, int stride, int pad) {
        return of(kind, List.of(kernel, kernel), List.of(stride, stride), List.of(pad, pad));
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        requireSpatial("pooling", x, kernel.size());
        Shape y = x.shape();
        for (int d = 0; d < kernel.size(); d++)
            y = y.with(d + 2, outputSize(d, x.shape().size(d + 2)));
        return List.of(new TensorType(x.dtype(), y));
    }

    /** Refuses what is not a float [N,C,sp...] with this many spatial dimensions, one to three. */
    static void requireSpatial(String op, TensorType x, int spatial) {
        if (spatial < 1 || spatial > 3) {
            throw new ShapeException(op + " works on one to three spatial dimensions, got " + spatial);
        }
        if (x.rank() != spatial + 2 || !x.dtype().floating()) {
            throw new ShapeException(op + " over " + spatial + " spatial dimensions expects a float input [N,C,"
                    + String.join(",", Collections.nCopies(spatial, "size")) + "], got " + x
                    + "; give one number per spatial dimension");
        }
    }

    private int outputSize(int d, int size) {
        int reach = reach(d), room = size + padBefore.get(d) + padAfter.get(d) - reach;
        if (room < 0 && !(ceilMode && room > -stride.get(d))) {
            throw new ShapeException("a pooling window reaches over " + reach + " elements of dimension " + (d + 2)
                    + ", which has " + size + " and with padding " + (room + reach)
                    + "; make the kernel smaller or pad more");
        }
        int s = stride.get(d);
        int out = (ceilMode ? Math.floorDiv(room + s - 1, s) : room / s) + 1;
        if (ceilMode && (out - 1) * s >= size + padBefore.get(d)) out--;
        for (int o = 0; o < out; o++) {
            if (taps(d, o, 0, size) == 0) {
                throw new ShapeException("pooling window " + o + " of dimension " + (d + 2) + " (kernel "
                        + kernel.get(d) + ", dilation " + dilation.get(d) + ", padding " + padBefore.get(d) + " and "
                        + padAfter.get(d) + ") reads none of the " + size
                        + " elements there; pad less than the kernel reaches over");
            }
        }
        return out;
    }

    /** How many elements of a spatial dimension a window reaches over. */
    private int reach(int d) {
        return dilation.get(d) * (kernel.get(d) - 1) + 1;
    }

    /** Where window {@code o} begins in spatial dimension {@code d}; negative in the padding. */
    public int start(int d, int o) {
        return o * stride.get(d) - padBefore.get(d);
    }

    /** The positions that each window reads in spatial dimension {@code d} of this size, ascending, padding left out. */
    public int[][] positions(int d, int size, int outputs) {
        int[][] all = new int[outputs][];
        for (int o = 0; o < outputs; o++) {
            int first = start(d, o);
            all[o] = java.util.stream.IntStream.range(0, kernel.get(d))
                    .map(t -> first + t * dilation.get(d))
                    .filter(i -> i >= 0 && i < size)
                    .toArray();
        }
        return all;
    }

    /** How many taps of window {@code o} in spatial dimension {@code d} read positions from {@code from} to below {@code to}. */
    private int taps(int d, int o, int from, int to) {
        int n = 0;
        for (int t = 0, p = start(d, o); t < kernel.get(d); t++, p += dilation.get(d)) if (p >= from && p < to) n++;
        return n;
    }

    /** What window {@code o} contributes in spatial dimension {@code d} of this size to a mean's divisor, which is the product over all. */
    public int counted(int d, int o, int size) {
        return countPadding ? taps(d, o, -padBefore.get(d), size + padAfter.get(d)) : taps(d, o, 0, size);
    }

    /** By how much the last window overhangs the padded input in spatial dimension {@code d}; 0 or less without overhang. */
    public int overhang(int d, int size, int outputs) {
        return start(d, outputs - 1) + reach(d) - size - padAfter.get(d);
    }

    /** The maximum leaves which element won. */
    @Override
    public boolean savesContext() {
        return kind == Kind.MAX;
    }

    @Override
    public void differentiate(GradientScope s) {
        s.give(0, backward(s, new Backward(this), kind));
    }

    static Value backward(GradientScope s, Op backward, Kind kind) {
        return (kind == Kind.MAX
                        ? s.addWithContext(backward, s.input(0), s.output(0), s.gradient(0))
                        : s.add(backward, s.input(0), s.output(0), s.gradient(0)))
                .output();
    }

    /**
     * Gradient of {@link Pooling}. Inputs x, y, dy (backends read of these, and of the maximum's context, what they
     * need); output dx: each dy goes to its window's maximum, or in equal shares to the taps of its mean.
     */
    public record Backward(Pooling forward) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            return inferBackward(forward, inputs);
        }
    }

    /** The type rule of a gradient that is given x, y and dy. */
    static List<TensorType> inferBackward(Op forward, List<TensorType> inputs) {
        List<TensorType> expected = new ArrayList<>(forward.infer(inputs.subList(0, 1)));
        TensorType y = expected.get(0);
        if (!inputs.get(1).equals(y) || !inputs.get(2).equals(y)) {
            throw new ShapeException("the gradient of " + forward.name() + " expects y and dy of type " + y + ", got "
                    + inputs.get(1) + " and " + inputs.get(2));
        }
        return List.of(inputs.get(0));
    }
}
