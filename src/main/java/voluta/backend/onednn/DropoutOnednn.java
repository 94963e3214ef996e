package voluta.backend.onednn;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import voluta.backend.Preparation;
import voluta.op.Dropout;

/** Dropout in Java over plain f32, 256 elements at a time; the backward kernel makes the mask anew. */
final class DropoutOnednn {
    private static final long GRAIN = 4096;

    private DropoutOnednn() {}

    static void register(OnednnTable table) {
        table.add(Dropout.class, DropoutOnednn::prepare);
        table.add(Dropout.Backward.class, (c, op, p) -> prepare(c, op.forward(), p));
    }

    private static OnednnKernel prepare(OnednnContext c, Dropout op, Preparation p) {
        return OnednnKernel.of(p.node(), "java:philox").overwrites(0, 0).bind(x -> {
            long n = x.inputType(0).elements(), blocks = (n + 3) / 4;
            FloatBuffer in = x.inputFloats(0), out = x.outputFloats(0);
            ByteBuffer step = x.inputBytes(1);
            Parts.emit(
                    x,
                    blocks,
                    GRAIN / 4,
                    (from, to) -> new Part(op, in, step, out, (int) (4 * from), (int) Math.min(n, 4 * to)));
        });
    }

    /** Elements {@code from} to {@code to} of one dropout; {@code from} is a multiple of four. */
    private static final class Part implements Runnable {
        private final Dropout op;
        private final FloatBuffer in;
        private final ByteBuffer step;
        private final FloatBuffer out;
        private final int from;
        private final int to;
        private final PhiloxLanes lanes = new PhiloxLanes();
        private final float[] values = new float[4 * PhiloxLanes.COUNT];

        Part(Dropout op, FloatBuffer in, ByteBuffer step, FloatBuffer out, int from, int to) {
            this.op = op;
            this.in = in;
            this.step = step;
            this.out = out;
            this.from = from;
            this.to = to;
        }

        @Override
        public void run() {
            int threshold = op.threshold();
            float scale = (float) op.scale();
            long sub = step.getLong(0);
            for (int i = from; i < to; i += values.length) {
                int n = Math.min(values.length, to - i);
                in.get(i, values, 0, n);
                lanes.fill(op.seedKey(), i / 4, sub);
                mask(lanes.out, values, threshold, scale);
                out.put(i, values, 0, n);
            }
        }

        /** Without branches: half of them would be mispredicted. */
        private static void mask(long[] random, float[] values, int threshold, float scale) {
            for (int b = 0; b < PhiloxLanes.COUNT; b++) {
                for (int j = 0; j < 4; j++) {
                    // all ones where the number is below the threshold
                    int dropped = (int) ((random[j * PhiloxLanes.COUNT + b] >>> 8) - threshold >> 63);
                    int v = Float.floatToRawIntBits(values[4 * b + j] * scale);
                    values[4 * b + j] = Float.intBitsToFloat(v & ~dropped);
                }
            }
        }
    }
}
