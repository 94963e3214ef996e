package voluta.nn;

import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.LayerNormalization;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;

/**
 * Layer normalization: each sample by its own mean and variance over the dimensions from {@code axis} on. Parameters
 * {@code weight} and {@code bias} of the shape of those dimensions.
 */
public record LayerNorm(int axis, double epsilon) implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        Shape shape = x.type().shape();
        if (axis >= shape.rank()) {
            throw new ShapeException("layer normalization from dimension " + axis + " expects an input with more than "
                    + axis + " dimensions, got " + shape);
        }
        long[] normalized = new long[shape.rank() - axis];
        for (int i = 0; i < normalized.length; i++) normalized[i] = shape.dim(axis + i);
        Value scale = build.parameter(name, "weight", Shape.of(normalized), Initializer.ONES);
        Value shift = build.parameter(name, "bias", Shape.of(normalized), Initializer.ZEROS);
        return build.add(name, new LayerNormalization(axis, epsilon), x, scale, shift);
    }
}
