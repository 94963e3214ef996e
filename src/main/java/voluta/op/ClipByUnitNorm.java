package voluta.op;

import java.util.List;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Adaptive gradient clipping (Brock et al. 2021, equation 3): scales the gradient of each unit so that its L2 norm is at
 * most {@code ratio} of the norm of the unit's weights: with the bound b = ratio * max(norm(p), 1e-3), g' = g * b / norm(g)
 * where norm(g) is above b, else g. A unit is what leads to one output: an index of the first dimension; a tensor of
 * rank 0 or 1, a bias for instance, is one unit.
 *
 * <p>Inputs g1..gn of any shapes, F32, then p1..pn of the same; outputs g1'..gn', each updating its input, and last {@code
 * clipped}, F32[]: 1 if any unit was scaled, else 0. A unit that is not scaled keeps its bits; so does one whose norm is
 * NaN.
 *
 * @param count how many gradients
 * @param ratio the largest ratio left, above 0
 */
public record ClipByUnitNorm(int count, double ratio) implements GradientClip {
    /** What the norm of a unit's weights is taken for, at least: units that begin with zeros must be able to grow. */
    public static final double LEAST_NORM = 1e-3;

    public ClipByUnitNorm {
        TensorLists.checkCount("ClipByUnitNorm", count);
        TensorLists.checkLimit("ClipByUnitNorm", ratio);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorLists.checkInputs(name(), inputs, 2 * count);
        TensorLists.checkF32(name(), inputs, 2 * count);
        for (int i = 0; i < count; i++) {
            if (inputs.get(i).equals(inputs.get(count + i))) continue;
            throw new ShapeException("ClipByUnitNorm expects each gradient in the shape of its weights, got "
                    + inputs.get(i) + " for " + inputs.get(count + i));
        }
        return TensorLists.andFlag(inputs, count);
    }

    /** How many units a tensor has. */
    public static long units(TensorType tensor) {
        return tensor.rank() < 2 ? 1 : tensor.dim(0);
    }

    /** The factor of a unit's gradient: below 1 where it is clipped, else 1. */
    public double factor(double gradientNorm, double weightNorm) {
        double bound = ratio * Math.max(weightNorm, LEAST_NORM);
        return gradientNorm > bound ? bound / gradientNorm : 1;
    }
}
