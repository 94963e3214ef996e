package voluta.backend.reference;

import voluta.op.Prelu;

/** PReLU with one slope per channel or one for all. */
final class PreluReference {
    private PreluReference() {}

    static void register(ReferenceTable table) {
        table.add(Prelu.class, (op, node) -> new ReferenceKernel((in, out, context) -> forward(in[0], in[1], out[0])));
        table.add(
                Prelu.Backward.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> backward(in[0], in[1], in[2], out[0], out[1])));
    }

    private static void forward(View x, View slope, View y) {
        for (int i = 0, n = x.size(); i < n; i++) {
            double v = x.get(i);
            y.set(i, v > 0 ? v : slope.get(slopeIndex(x, slope, i)) * v);
        }
    }

    private static void backward(View x, View slope, View dy, View dx, View dslope) {
        dslope.fill(0);
        for (int i = 0, n = x.size(); i < n; i++) {
            int s = slopeIndex(x, slope, i);
            double v = x.get(i), d = dy.get(i);
            dx.set(i, v > 0 ? d : slope.get(s) * d);
            if (v <= 0) dslope.add(s, v * d);
        }
    }

    private static int slopeIndex(View x, View slope, int i) {
        if (slope.size() == 1) return 0;
        int inner = (int) x.shape().product(2, x.shape().rank());
        return i / inner % slope.size();
    }
}
