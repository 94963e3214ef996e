package voluta.nn;

import java.util.ArrayList;
import java.util.List;
import voluta.graph.Value;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;

/**
 * Takes positions {@code begin} to below {@code end} of one dimension.
 *
 * @param axis the dimension, at least 1
 * @param end counted from the dimension's end if not positive: 0 is the end itself
 */
public record Crop(int axis, int begin, int end) implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        Shape s = x.type().shape();
        if (axis < 1 || axis >= s.rank()) {
            throw new ShapeException(
                    "slice expects an axis from 1 to " + (s.rank() - 1) + " for an input " + s + ", got " + axis);
        }
        List<Integer> from = new ArrayList<>(), to = new ArrayList<>();
        for (int i = 0; i < s.rank(); i++) {
            from.add(i == axis ? begin : 0);
            to.add(i == axis ? (end > 0 ? end : s.size(i) + end) : s.size(i));
        }
        return build.add(name, new voluta.op.Slice(from, to), x);
    }
}
