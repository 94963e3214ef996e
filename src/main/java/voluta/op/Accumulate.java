package voluta.op;

import java.util.List;
import java.util.OptionalInt;
import voluta.graph.Op;
import voluta.tensor.DType;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Adds to a running sum kept as state. Inputs sum, F32 of any shape (updated in place), and x of its type; with {@code
 * restarts} also begin F32[]: where it is not 0, a new sum begins, so that it becomes x, whatever it held. Output the new
 * sum.
 *
 * @param restarts whether there is the input begin
 */
public record Accumulate(boolean restarts) implements Op {
    /** The input index of begin. */
    public static final int BEGIN = 2;

    /** A sum that begins anew only when someone writes zeros. */
    public Accumulate() {
        this(false);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorLists.checkInputs(name(), inputs, restarts ? 3 : 2);
        TensorType sum = inputs.get(0), x = inputs.get(1);
        if (sum.dtype() != DType.F32 || !x.equals(sum)) {
            throw new ShapeException("a running sum needs two values f32 of one shape, got " + sum + " and " + x
                    + "; bring what is added to the shape of the sum");
        }
        if (restarts) TensorLists.checkScalar(name(), "begin", inputs, BEGIN, DType.F32);
        return List.of(sum);
    }

    @Override
    public OptionalInt updates(int output) {
        return OptionalInt.of(0);
    }
}
