package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import voluta.op.SampleCount;

/** Counts labels that are not negative, in Java. */
final class SampleCountOnednn {
    private SampleCountOnednn() {}

    static void register(OnednnTable table) {
        table.add(
                SampleCount.class,
                (c, op, p) -> OnednnKernel.of(p.node(), "java:i32").bind(x -> {
                    IntBuffer labels = x.inputInts(0);
                    FloatBuffer out = x.outputFloats(0);
                    int n = x.inputType(0).shape().size(0);
                    x.run(() -> {
                        int counted = 0;
                        for (int i = 0; i < n; i++) if (labels.get(i) >= 0) counted++;
                        out.put(0, counted);
                    });
                }));
    }
}
