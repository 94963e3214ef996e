package voluta.op;

import java.util.ArrayList;
import java.util.List;
import voluta.tensor.DType;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;

/** Checks and results of ops that take several lists of equally long tensors, as clipping and optimizer steps do. */
final class TensorLists {
    private TensorLists() {}

    /** Refuses an op for no tensor at all. */
    static void checkCount(String op, int count) {
        if (count < 1) throw new VolutaException(op + " needs at least one tensor, got a count of " + count);
    }

    /** Refuses a limit that would clip everything to nothing or let everything pass. */
    static void checkLimit(String op, double limit) {
        if (!((float) limit > 0) || Float.isInfinite((float) limit)) {
            throw new VolutaException(op + " needs a limit above 0 that a 32-bit float can hold, got " + limit
                    + "; leave clipping out if nothing shall be clipped");
        }
    }

    /** Refuses an attribute outside [low, high). */
    static void checkRange(String op, String attribute, double value, double low, double high) {
        if (!(value >= low && value < high)) {
            throw new VolutaException(op + " needs its " + attribute + " from " + low
                    + (high == Double.POSITIVE_INFINITY ? " up" : " to below " + high) + ", got " + value);
        }
    }

    /** Refuses an epsilon that is no positive F32: without it, a gradient of zero would give 0 / 0. */
    static void checkEpsilon(String op, double epsilon) {
        if (!((float) epsilon > 0) || Float.isInfinite((float) epsilon)) {
            throw new VolutaException(
                    op + " needs an epsilon above 0 that a 32-bit float can hold, such as 1e-8, got " + epsilon);
        }
    }

    /** Refuses any number of inputs but this. */
    static void checkInputs(String op, List<TensorType> inputs, int expected) {
        if (inputs.size() != expected)
            throw new ShapeException(op + " expects " + expected + " inputs, got " + inputs.size());
    }

    /** Refuses anything but F32 among the first {@code n} inputs. */
    static void checkF32(String op, List<TensorType> inputs, int n) {
        for (int i = 0; i < n; i++) {
            if (inputs.get(i).dtype() != DType.F32)
                throw new ShapeException(op + " expects f32 tensors, got " + inputs.get(i) + " as input " + i);
        }
    }

    /** Refuses anything but a scalar of this element type as input {@code i}. */
    static void checkScalar(String op, String what, List<TensorType> inputs, int i, DType dtype) {
        TensorType t = inputs.get(i);
        if (t.dtype() != dtype || t.rank() != 0) {
            throw new ShapeException(
                    op + " expects the " + what + " as a scalar of type " + dtype + " as input " + i + ", got " + t);
        }
    }

    /** What clipping gives: the first {@code n} inputs again, and an f32 that says whether anything was clipped. */
    static List<TensorType> andFlag(List<TensorType> inputs, int n) {
        List<TensorType> outputs = new ArrayList<>(inputs.subList(0, n));
        outputs.add(TensorType.f32());
        return outputs;
    }
}
