package voluta.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import voluta.graph.Value;
import voluta.op.Convolution;
import voluta.op.Padding;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;

/**
 * Convolution (cross-correlation) over one to three spatial dimensions. Input {@code [N,C,spatial...]}, output {@code
 * [N,filters,spatial...]}; parameters {@code weight [filters, C/groups, kernel...]} and {@code bias [filters]}.
 *
 * @param kernel sizes; a single one stands for all dimensions, and so do stride and dilation
 * @param dilation distance between taps; 1 is dense
 * @param groups into how many independent convolutions the channels are divided; 0 means one per input channel
 * @param padMode where the border's values come from; {@code CONSTANT} zeros are part of the convolution, all else is a
 *     node of its own
 * @param padValue the number of {@code CONSTANT}
 */
public record Conv(
        int filters,
        List<Integer> kernel,
        List<Integer> stride,
        List<Integer> dilation,
        Border padding,
        Padding.Mode padMode,
        double padValue,
        int groups,
        boolean bias,
        Initialization init)
        implements Layer {

    public Conv {
        kernel = List.copyOf(kernel);
        stride = List.copyOf(stride);
        dilation = List.copyOf(dilation);
    }

    /** Dense, zero-padded, in one group. */
    public static Conv of(int filters, int kernel, int stride, int padding, boolean bias, Initialization init) {
        return new Conv(
                filters,
                List.of(kernel),
                List.of(stride),
                List.of(1),
                Border.of(padding),
                Padding.Mode.CONSTANT,
                0,
                1,
                bias,
                init);
    }

    /** The same with this many groups; 0 means one per input channel. */
    public Conv withGroups(int count) {
        return new Conv(filters, kernel, stride, dilation, padding, padMode, padValue, count, bias, init);
    }

    @Override
    public Value apply(Build build, String name, Value x) {
        int dims = Spatial.dimensions("convolution", x);
        long channels = x.type().dim(1);
        long g = groups == 0 ? channels : groups;
        if (channels % g != 0 || filters % g != 0) {
            throw new ShapeException("convolution in " + g + " groups expects input channels and filters divisible by "
                    + g + ", got " + channels + " channels and " + filters + " filters");
        }
        List<Integer> k = Spatial.each("kernel", kernel, dims);
        List<Integer> s = Spatial.each("stride", stride, dims);
        List<Integer> d = Spatial.each("dilation", dilation, dims);
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < dims; i++) sizes.add(x.type().shape().size(i + 2));
        Border border = padding.resolve(sizes, k, s, d);
        boolean zeros = padMode == Padding.Mode.CONSTANT && padValue == 0;
        if (!zeros && !border.isNone()) {
            x = build.add(name + ".pad", new Padding(padMode, padValue, border.before(), border.after()), x);
            border = Border.of(Collections.nCopies(dims, 0));
        }
        long[] shape = new long[dims + 2];
        shape[0] = filters;
        shape[1] = channels / g;
        for (int i = 0; i < dims; i++) shape[i + 2] = k.get(i);
        Shape weights = Shape.of(shape);
        Value w = build.parameter(name, "weight", weights, init.forWeights(weights));
        Value b = bias ? build.parameter(name, "bias", Shape.of(filters), init.forBias(weights)) : null;
        return build.addPresent(
                name, new Convolution(s, d, border.before(), border.after(), Math.toIntExact(g)), x, w, b);
    }
}
