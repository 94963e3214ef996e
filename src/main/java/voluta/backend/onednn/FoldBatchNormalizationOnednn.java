package voluta.backend.onednn;

import java.nio.FloatBuffer;
import voluta.backend.Preparation;
import voluta.op.FoldBatchNormalization;

/** Folds a frozen batch normalization into plain f32 weights; runs once per load of the parameters, so in Java. */
final class FoldBatchNormalizationOnednn {
    private FoldBatchNormalizationOnednn() {}

    static void register(OnednnTable table) {
        table.add(FoldBatchNormalization.class, FoldBatchNormalizationOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, FoldBatchNormalization op, Preparation p) {
        boolean bias = p.node().inputs().size() == 6;
        int first = bias ? 2 : 1;
        int filters = p.node().input(0).type().shape().size(0);
        int each = Math.toIntExact(p.node().input(0).type().elements() / filters);
        return OnednnKernel.of(p.node(), "java:fold").bind(x -> {
            FloatBuffer w = x.inputFloats(0), b = bias ? x.inputFloats(1) : null;
            FloatBuffer scale = x.inputFloats(first), shift = x.inputFloats(first + 1);
            FloatBuffer mean = x.inputFloats(first + 2), variance = x.inputFloats(first + 3);
            FloatBuffer w2 = x.outputFloats(0), b2 = x.outputFloats(1);
            x.run(() -> {
                for (int o = 0; o < filters; o++) {
                    double f = scale.get(o) / Math.sqrt(variance.get(o) + op.epsilon());
                    for (int i = o * each; i < (o + 1) * each; i++) w2.put(i, (float) (w.get(i) * f));
                    b2.put(o, (float) (((b == null ? 0 : b.get(o)) - mean.get(o)) * f + shift.get(o)));
                }
            });
        });
    }
}
