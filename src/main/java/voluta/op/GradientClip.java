package voluta.op;

import java.util.OptionalInt;
import voluta.graph.Op;

/** An op that changes gradients in place, its first inputs and outputs, and says in one output more whether it changed any. */
public sealed interface GradientClip extends Op permits ClipByGlobalNorm, ClipByNorm, ClipByUnitNorm, ClipByValue {
    /** How many gradients. */
    int count();

    @Override
    default OptionalInt updates(int output) {
        return output < count() ? OptionalInt.of(output) : OptionalInt.empty();
    }

    /** The index of the output that says whether anything was clipped. */
    default int clipped() {
        return count();
    }
}
