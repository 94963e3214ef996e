package voluta.backend.reference;

import voluta.op.Padding;
import voluta.tensor.Shape;

/** Padding: each element of y knows the element of x from which it comes. */
final class PaddingReference {
    private PaddingReference() {}

    static void register(ReferenceTable table) {
        table.add(Padding.class, (op, n) -> new ReferenceKernel((in, out, context) -> forward(op, in[0], out[0])));
        table.add(
                Padding.Backward.class,
                (op, n) -> new ReferenceKernel((in, out, context) -> backward(op.forward(), in[0], out[0])));
    }

    private static void forward(Padding op, View x, View y) {
        long[] from = origins(op, x.shape(), y.shape());
        for (int i = 0; i < from.length; i++) y.set(i, from[i] < 0 ? op.value() : x.get(from[i]));
    }

    private static void backward(Padding op, View dy, View dx) {
        long[] from = origins(op, dx.shape(), dy.shape());
        dx.fill(0);
        for (int i = 0; i < from.length; i++) if (from[i] >= 0) dx.add(from[i], dy.get(i));
    }

    /** For each element of y the index in x, or -1 for the constant. */
    private static long[] origins(Padding op, Shape x, Shape y) {
        long[] from = new long[(int) y.elements()];
        for (int i = 0; i < from.length; i++) {
            long rest = i, index = 0, step = 1;
            for (int d = y.rank() - 1; d >= 0 && index >= 0; d--) {
                int o = (int) (rest % y.dim(d));
                rest /= y.dim(d);
                int p = d < 2 ? o : op.origin(d - 2, o, x.size(d));
                index = p < 0 ? -1 : index + p * step;
                step *= x.dim(d);
            }
            from[i] = index;
        }
        return from;
    }
}
