package voluta.backend.onednn;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import voluta.backend.Preparation;
import voluta.op.GatherSamples;
import voluta.tensor.SamplePlace;

/** Samples out of all of them, in Java: arrays as they are, images pixel by pixel as their places say. */
final class GatherSamplesOnednn {
    /** Bytes that are worth waking another thread for. */
    private static final long GRAIN = 64 * 1024;

    private GatherSamplesOnednn() {}

    static void register(OnednnTable table) {
        table.add(GatherSamples.class, (c, op, p) -> prepare(op, p));
    }

    private static OnednnKernel prepare(GatherSamples op, Preparation p) {
        return OnednnKernel.of(p.node(), "java:bytes").bind(x -> {
            long samples = x.outputType(0).dim(0), bytes = x.outputType(0).plainBytes() / samples;
            Parts.emit(
                    x,
                    samples,
                    Math.max(1, GRAIN / bytes),
                    (from, to) -> new Part(op, x, (int) bytes, (int) from, (int) to));
        });
    }

    private static final class Part implements Runnable {
        private final ByteBuffer all;
        private final IntBuffer places;
        private final ByteBuffer out;
        private final byte[] fill;
        private final long samples;
        private final int from;
        private final int to;
        private final int height;
        private final int width;
        private final int[] place = new int[SamplePlace.WORDS];
        private final byte[] sample;
        private final byte[] result;

        Part(GatherSamples op, Binding x, int bytes, int from, int to) {
            all = x.inputBytes(0);
            places = x.inputInts(1);
            out = x.outputBytes(0);
            samples = x.inputType(0).dim(0);
            this.from = from;
            this.to = to;
            fill = new byte[op.fill().size()];
            for (int c = 0; c < fill.length; c++)
                fill[c] = (byte) (int) op.fill().get(c);
            height = fill.length == 0 ? 0 : x.outputType(0).shape().size(1);
            width = fill.length == 0 ? 0 : x.outputType(0).shape().size(2);
            sample = new byte[bytes];
            result = new byte[bytes];
        }

        @Override
        public void run() {
            for (int n = from; n < to; n++) {
                places.get(n * place.length, place, 0, place.length);
                int from = place[SamplePlace.SAMPLE];
                boolean blank = from < 0 || from >= samples;
                if (blank) Arrays.fill(result, (byte) 0);
                else all.get(from * sample.length, fill.length == 0 ? result : sample, 0, sample.length);
                if (!blank && fill.length > 0) image();
                out.put(n * result.length, result, 0, result.length);
            }
        }

        private void image() {
            int at = 0;
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int source = SamplePlace.source(place, y, x, height, width);
                    for (int c = 0; c < fill.length; c++) {
                        byte outside = source == SamplePlace.FILL ? fill[c] : 0;
                        result[at++] = source >= 0 ? sample[source * fill.length + c] : outside;
                    }
                }
            }
        }
    }
}
