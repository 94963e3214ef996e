package voluta.backend.onednn;

import java.nio.FloatBuffer;
import voluta.op.Accumulate;

/** A running sum in Java, in place. */
final class AccumulateOnednn {
    private AccumulateOnednn() {}

    static void register(OnednnTable table) {
        table.add(
                Accumulate.class,
                (c, op, p) -> OnednnKernel.of(p.node(), "java:f32").bind(x -> {
                    FloatBuffer sum = x.outputFloats(0), add = x.inputFloats(1);
                    x.run(() -> sum.put(0, sum.get(0) + add.get(0)));
                }));
    }
}
