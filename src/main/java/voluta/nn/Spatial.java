package voluta.nn;

import java.util.Collections;
import java.util.List;
import voluta.graph.Value;
import voluta.tensor.ShapeException;

/** What layers over spatial dimensions share: how many there are, and a number for each. */
final class Spatial {
    private Spatial() {}

    /** The number of spatial dimensions of {@code [N,C,spatial...]}, 1 to 3. */
    static int dimensions(String what, Value x) {
        int n = x.type().rank() - 2;
        if (n < 1 || n > 3) {
            throw new ShapeException(what + " expects an input [N,C,...] with one to three spatial dimensions, got "
                    + x.type().shape() + (n == 0 ? "; place it before the layer that flattens" : ""));
        }
        return n;
    }

    /** One number per dimension; a single one stands for all. */
    static List<Integer> each(String what, List<Integer> numbers, int dimensions) {
        if (numbers.size() == dimensions) return numbers;
        if (numbers.size() == 1) return Collections.nCopies(dimensions, numbers.get(0));
        throw new ShapeException(what + " expects one number, or one for each of the " + dimensions
                + " spatial dimensions, got " + numbers);
    }
}
