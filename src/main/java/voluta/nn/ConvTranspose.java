package voluta.nn;

import java.util.List;
import voluta.graph.Value;
import voluta.op.TransposedConvolution;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;

/**
 * Transposed convolution: the gradient of a convolution used as a layer, which enlarges. Input {@code [N,C,spatial...]},
 * output {@code [N,filters,spatial...]}; parameters {@code weight [C, filters/groups, kernel...]} and {@code bias [filters]}.
 *
 * @param padding elements cut off the output's border; not {@link Border#SAME}
 * @param outputPadding elements more at the end of each dimension, fewer than the stride
 */
public record ConvTranspose(
        int filters,
        List<Integer> kernel,
        List<Integer> stride,
        List<Integer> dilation,
        Border padding,
        List<Integer> outputPadding,
        int groups,
        boolean bias,
        Initialization init)
        implements Layer {

    public ConvTranspose {
        kernel = List.copyOf(kernel);
        stride = List.copyOf(stride);
        dilation = List.copyOf(dilation);
        outputPadding = List.copyOf(outputPadding);
        if (padding.same()) {
            throw new ShapeException(
                    "a transposed convolution needs its padding as numbers: which input size \"same\" would"
                            + " restore is not known");
        }
    }

    @Override
    public Value apply(Build build, String name, Value x) {
        int dims = Spatial.dimensions("transposed convolution", x);
        long channels = x.type().dim(1);
        if (channels % groups != 0 || filters % groups != 0) {
            throw new ShapeException(
                    "transposed convolution in " + groups + " groups expects input channels and filters"
                            + " divisible by " + groups + ", got " + channels + " channels and " + filters
                            + " filters");
        }
        List<Integer> k = Spatial.each("kernel", kernel, dims);
        long[] shape = new long[dims + 2];
        shape[0] = channels;
        shape[1] = filters / groups;
        for (int i = 0; i < dims; i++) shape[i + 2] = k.get(i);
        Shape weights = Shape.of(shape);
        Value w = build.parameter(name, "weight", weights, init.forWeights(weights));
        Value b = bias ? build.parameter(name, "bias", Shape.of(filters), init.forBias(weights)) : null;
        TransposedConvolution op = new TransposedConvolution(
                Spatial.each("stride", stride, dims),
                Spatial.each("dilation", dilation, dims),
                Spatial.each("padding", padding.before(), dims),
                Spatial.each("padding", padding.after(), dims),
                Spatial.each("output padding", outputPadding, dims),
                groups);
        return build.addPresent(name, op, x, w, b);
    }
}
