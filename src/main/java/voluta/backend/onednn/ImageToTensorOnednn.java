package voluta.backend.onednn;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.bytedeco.dnnl.memory.data_type;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ImageToTensor;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * Images in Java: a table per channel says what each byte becomes. The result is row-major, which is what oneDNN's first
 * convolutions like, and stored as they read it, in f32 or bf16.
 */
final class ImageToTensorOnednn {
    /** Pixels that are staged at once. */
    private static final int CHUNK = 1024;

    private ImageToTensorOnednn() {}

    static void register(OnednnTable table) {
        table.add(ImageToTensor.class, ImageToTensorOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, ImageToTensor op, Preparation p) {
        TensorType y = p.node().output().type();
        data_type storage = OnednnContext.storage(p.precision());
        Layout l = c.layout(y, c.plain(y.shape(), storage));
        return OnednnKernel.of(p.node(), "java:table").output(0, l).bind(x -> {
            long images = y.dim(0), pixels = y.dim(2) * y.dim(3);
            long chunks = (pixels + CHUNK - 1) / CHUNK;
            Sink sink = storage == data_type.bf16
                    ? new Halves(op, x.outputBytes(0).asShortBuffer())
                    : new Floats(op, x.outputFloats(0));
            ByteBuffer in = x.inputBytes(0);
            Parts.emit(
                    x,
                    images * chunks,
                    Math.max(1, 8 * CHUNK / Math.min(CHUNK, pixels)),
                    (from, to) ->
                            new Part(in, sink.fork(), (int) pixels, op.mean().size(), from, to));
        });
    }

    /** Where one channel of some pixels goes. */
    private interface Sink {
        /** The same with working memory of its own. */
        Sink fork();

        /** Converts {@code n} pixels' channel {@code c} and writes them from element {@code at} on. */
        void write(byte[] pixels, int n, int c, int channels, int at);
    }

    private static final class Part implements Runnable {
        private final ByteBuffer in;
        private final Sink sink;
        private final int pixels;
        private final int channels;
        private final long from;
        private final long to;
        private final byte[] bytes;

        Part(ByteBuffer in, Sink sink, int pixels, int channels, long from, long to) {
            this.in = in;
            this.sink = sink;
            this.pixels = pixels;
            this.channels = channels;
            this.from = from;
            this.to = to;
            this.bytes = new byte[CHUNK * channels];
        }

        @Override
        public void run() {
            int chunks = (pixels + CHUNK - 1) / CHUNK;
            for (long item = from; item < to; item++) {
                int image = (int) (item / chunks), first = (int) (item % chunks) * CHUNK;
                int n = Math.min(CHUNK, pixels - first);
                in.get((image * pixels + first) * channels, bytes, 0, n * channels);
                for (int c = 0; c < channels; c++)
                    sink.write(bytes, n, c, channels, (image * channels + c) * pixels + first);
            }
        }
    }

    private static final class Floats implements Sink {
        private final float[][] table;
        private final FloatBuffer out;
        private final float[] values = new float[CHUNK];

        Floats(ImageToTensor op, FloatBuffer out) {
            this(table(op), out);
        }

        private Floats(float[][] table, FloatBuffer out) {
            this.table = table;
            this.out = out;
        }

        static float[][] table(ImageToTensor op) {
            float[][] t = new float[op.mean().size()][256];
            for (int c = 0; c < t.length; c++) for (int v = 0; v < 256; v++) t[c][v] = (float) op.value(v, c);
            return t;
        }

        @Override
        public Sink fork() {
            return new Floats(table, out);
        }

        @Override
        public void write(byte[] pixels, int n, int c, int channels, int at) {
            float[] t = table[c], to = values;
            for (int i = 0, from = c; i < n; i++, from += channels) to[i] = t[pixels[from] & 0xff];
            out.put(at, to, 0, n);
        }
    }

    private static final class Halves implements Sink {
        private final short[][] table;
        private final ShortBuffer out;
        private final short[] values = new short[CHUNK];

        Halves(ImageToTensor op, ShortBuffer out) {
            this(table(op), out);
        }

        private Halves(short[][] table, ShortBuffer out) {
            this.table = table;
            this.out = out;
        }

        private static short[][] table(ImageToTensor op) {
            float[][] f = Floats.table(op);
            short[][] t = new short[f.length][256];
            for (int c = 0; c < t.length; c++) for (int v = 0; v < 256; v++) t[c][v] = HostTensor.bf16(f[c][v]);
            return t;
        }

        @Override
        public Sink fork() {
            return new Halves(table, out);
        }

        @Override
        public void write(byte[] pixels, int n, int c, int channels, int at) {
            short[] t = table[c], to = values;
            for (int i = 0, from = c; i < n; i++, from += channels) to[i] = t[pixels[from] & 0xff];
            out.put(at, to, 0, n);
        }
    }
}
