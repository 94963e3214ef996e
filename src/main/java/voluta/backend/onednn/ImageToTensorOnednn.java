package voluta.backend.onednn;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ImageToTensor;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * Images in Java: a table per channel says what each byte becomes. The result is stored as the first convolution reads it,
 * in f32 or bf16: with channels last, as the bytes come, or row-major where convolutions work in blocks of channels.
 */
final class ImageToTensorOnednn {
    /** Pixels that are staged at once. */
    private static final int CHUNK = 1024;

    /** Bytes that are worth waking another thread for. */
    private static final long GRAIN = 128 * 1024;

    private ImageToTensorOnednn() {}

    static void register(OnednnTable table) {
        table.add(ImageToTensor.class, ImageToTensorOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, ImageToTensor op, Preparation p) {
        TensorType y = p.node().output().type();
        data_type storage = OnednnContext.storage(p.precision());
        boolean planes = storage == data_type.bf16 && p.training() && y.dim(1) > 1;
        memory.desc desc = planes
                ? c.plain(y.shape(), storage)
                : new memory.desc(y.shape().dims(), storage, LayoutChoice.CHANNELS_LAST[y.rank()]);
        Layout l = c.layout(y, desc);
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
                    Math.max(1, GRAIN / (Math.min(CHUNK, pixels) * op.mean().size())),
                    (from, to) ->
                            new Part(in, sink.fork(), (int) pixels, op.mean().size(), planes, from, to));
        });
    }

    /** Where pixels go. */
    private interface Sink {
        /** The same with working memory of its own. */
        Sink fork();

        /** Converts {@code n} pixels' channel {@code c} and writes them from element {@code at} on. */
        void plane(byte[] pixels, int n, int c, int channels, int at);

        /** Converts {@code n} pixels of {@code channels} bytes and writes them, channels last, from element {@code at} on. */
        void pixels(byte[] pixels, int n, int channels, int at);
    }

    private static final class Part implements Runnable {
        private final ByteBuffer in;
        private final Sink sink;
        private final int pixels;
        private final int channels;
        private final boolean planes;
        private final long from;
        private final long to;
        private final byte[] bytes;

        Part(ByteBuffer in, Sink sink, int pixels, int channels, boolean planes, long from, long to) {
            this.in = in;
            this.sink = sink;
            this.pixels = pixels;
            this.channels = channels;
            this.planes = planes;
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
                if (!planes) {
                    sink.pixels(bytes, n, channels, (image * pixels + first) * channels);
                    continue;
                }
                for (int c = 0; c < channels; c++) {
                    sink.plane(bytes, n, c, channels, (image * channels + c) * pixels + first);
                }
            }
        }
    }

    private static final class Floats implements Sink {
        private final float[][] table;
        private final FloatBuffer out;
        private final float[] values;

        Floats(ImageToTensor op, FloatBuffer out) {
            this(table(op), out);
        }

        private Floats(float[][] table, FloatBuffer out) {
            this.table = table;
            this.out = out;
            this.values = new float[CHUNK * table.length];
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
        public void plane(byte[] pixels, int n, int c, int channels, int at) {
            float[] t = table[c], to = values;
            if (channels == 1) for (int i = 0; i < n; i++) to[i] = t[pixels[i] & 0xff];
            else for (int i = 0, from = c; i < n; i++, from += channels) to[i] = t[pixels[from] & 0xff];
            out.put(at, to, 0, n);
        }

        @Override
        public void pixels(byte[] pixels, int n, int channels, int at) {
            float[] to = values;
            if (channels == 1) {
                plane(pixels, n, 0, 1, at);
                return;
            }
            if (channels == 3) {
                float[] r = table[0], g = table[1], b = table[2];
                for (int i = 0; i < 3 * n; i += 3) {
                    to[i] = r[pixels[i] & 0xff];
                    to[i + 1] = g[pixels[i + 1] & 0xff];
                    to[i + 2] = b[pixels[i + 2] & 0xff];
                }
            } else {
                for (int c = 0; c < channels; c++) {
                    float[] t = table[c];
                    for (int i = c; i < channels * n; i += channels) to[i] = t[pixels[i] & 0xff];
                }
            }
            out.put(at, to, 0, channels * n);
        }
    }

    private static final class Halves implements Sink {
        private final short[][] table;
        private final ShortBuffer out;
        private final short[] values;

        Halves(ImageToTensor op, ShortBuffer out) {
            this(table(op), out);
        }

        private Halves(short[][] table, ShortBuffer out) {
            this.table = table;
            this.out = out;
            this.values = new short[CHUNK * table.length];
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
        public void plane(byte[] pixels, int n, int c, int channels, int at) {
            short[] t = table[c], to = values;
            if (channels == 1) for (int i = 0; i < n; i++) to[i] = t[pixels[i] & 0xff];
            else for (int i = 0, from = c; i < n; i++, from += channels) to[i] = t[pixels[from] & 0xff];
            out.put(at, to, 0, n);
        }

        @Override
        public void pixels(byte[] pixels, int n, int channels, int at) {
            short[] to = values;
            if (channels == 1) {
                plane(pixels, n, 0, 1, at);
                return;
            }
            if (channels == 3) {
                short[] r = table[0], g = table[1], b = table[2];
                for (int i = 0; i < 3 * n; i += 3) {
                    to[i] = r[pixels[i] & 0xff];
                    to[i + 1] = g[pixels[i + 1] & 0xff];
                    to[i + 2] = b[pixels[i + 2] & 0xff];
                }
            } else {
                for (int c = 0; c < channels; c++) {
                    short[] t = table[c];
                    for (int i = c; i < channels * n; i += channels) to[i] = t[pixels[i] & 0xff];
                }
            }
            out.put(at, to, 0, channels * n);
        }
    }
}
