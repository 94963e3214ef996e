package voluta.backend.reference;

import java.util.stream.IntStream;
import voluta.op.Linear;

/** Fully connected layers and their gradients. */
final class LinearReference {
    private LinearReference() {}

    static void register(ReferenceTable table) {
        table.add(
                Linear.class,
                (op, node) -> new ReferenceKernel(
                        (in, out, context) -> forward(in[0], in[1], in.length > 2 ? in[2] : null, out[0])));
        table.add(
                Linear.BackwardData.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> backwardData(in[0], in[1], out[0])));
        table.add(
                Linear.BackwardWeights.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> {
                    backwardWeights(in[0], in[1], out[0]);
                    if (op.bias()) backwardBias(in[1], out[1]);
                }));
    }

    private static void forward(View x, View w, View b, View y) {
        int inputs = x.dim(1), outputs = y.dim(1);
        IntStream.range(0, x.dim(0)).parallel().forEach(n -> {
            for (int o = 0; o < outputs; o++) {
                double s = b == null ? 0 : b.get(o);
                for (int i = 0; i < inputs; i++) s += x.get(n * inputs + i) * w.get(o * inputs + i);
                y.set(n * outputs + o, s);
            }
        });
    }

    private static void backwardData(View w, View dy, View dx) {
        int inputs = dx.dim(1), outputs = dy.dim(1);
        IntStream.range(0, dx.dim(0)).parallel().forEach(n -> {
            for (int i = 0; i < inputs; i++) dx.set(n * inputs + i, 0);
            for (int o = 0; o < outputs; o++) {
                double g = dy.get(n * outputs + o);
                for (int i = 0; i < inputs; i++) dx.add(n * inputs + i, g * w.get(o * inputs + i));
            }
        });
    }

    private static void backwardWeights(View x, View dy, View dw) {
        int batch = x.dim(0), inputs = x.dim(1), outputs = dy.dim(1);
        IntStream.range(0, outputs).parallel().forEach(o -> {
            for (int i = 0; i < inputs; i++) dw.set(o * inputs + i, 0);
            for (int n = 0; n < batch; n++) {
                double g = dy.get(n * outputs + o);
                for (int i = 0; i < inputs; i++) dw.add(o * inputs + i, g * x.get(n * inputs + i));
            }
        });
    }

    private static void backwardBias(View dy, View db) {
        int outputs = dy.dim(1);
        for (int o = 0; o < outputs; o++) {
            double s = 0;
            for (int n = 0; n < dy.dim(0); n++) s += dy.get(n * outputs + o);
            db.set(o, s);
        }
    }
}
