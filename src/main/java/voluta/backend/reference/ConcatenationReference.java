package voluta.backend.reference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import voluta.op.Concatenation;

/** Values joined along one dimension: each is put into its box of the result. */
final class ConcatenationReference {
    private ConcatenationReference() {}

    static void register(ReferenceTable table) {
        table.add(
                Concatenation.class, (op, n) -> new ReferenceKernel((in, out, context) -> run(op.axis(), in, out[0])));
    }

    private static void run(int axis, View[] in, View y) {
        List<Integer> begin = new ArrayList<>(Collections.nCopies(y.shape().rank(), 0));
        for (View x : in) {
            for (int i = 0, n = x.size(); i < n; i++)
                y.set(SliceReference.within(y.shape(), begin, x.shape(), i), x.get(i));
            begin.set(axis, begin.get(axis) + x.dim(axis));
        }
    }
}
