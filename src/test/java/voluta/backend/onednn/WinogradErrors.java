package voluta.backend.onednn;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import voluta.backend.BackendOptions;
import voluta.backend.MemoryAccount;

/**
 * The error of Winograd convolutions against sums in double, on normally distributed numbers: of each shape, some results
 * of each pass, chosen at random, are computed again.
 */
final class WinogradErrors {
    private static final int RESULTS = 2000, WEIGHTS = 200;
    /** Images are made fewer until each of the tensors has at most so many elements. */
    private static final long MOST_ELEMENTS = 1 << 22;

    private WinogradErrors() {}

    /** A layer: x [n, h, w, c], weights [3, 3, c, k], y [n, oh, ow, k]. */
    record Layer(int n, int c, int k, int h, int w, int top, int left, int bottom, int right) {
        int oh() {
            return h + top + bottom - 2;
        }

        int ow() {
            return w + left + right - 2;
        }

        /** With as many images as there is room for. */
        Layer within(long elements) {
            long each = Math.max((long) c * h * w, (long) k * oh() * ow());
            int most = (int) Math.max(1, Math.min(n, elements / each));
            return new Layer(most, c, k, h, w, top, left, bottom, right);
        }

        Winograd.Geometry geometry(Winograd.Pass pass, int tile, int threads) {
            return pass == Winograd.Pass.BACKWARD_DATA
                    ? new Winograd.Geometry(pass, tile, n, k, c, oh(), ow(), h, w, 2 - top, 2 - left, threads, 0)
                    : new Winograd.Geometry(pass, tile, n, c, k, h, w, oh(), ow(), top, left, threads, 0);
        }

        @Override
        public String toString() {
            return "n" + n + " " + c + "->" + k + " " + h + "x" + w + " padding " + top + " " + left + " " + bottom
                    + " " + right;
        }
    }

    /** All shapes that oneDNN's benchmarks have. */
    static List<Layer> layers() throws IOException {
        try (BufferedReader r = new BufferedReader(new InputStreamReader(
                WinogradErrors.class.getResourceAsStream("winograd-shapes.txt"), StandardCharsets.US_ASCII))) {
            return r.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> {
                        int[] v = java.util.Arrays.stream(line.split(" "))
                                .mapToInt(Integer::parseInt)
                                .toArray();
                        return new Layer(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]);
                    })
                    .collect(Collectors.toList());
        }
    }

    /** The error of each pass: in the norm of the results that were computed again, relative to theirs. */
    static Map<Winograd.Pass, Double> measure(Layer l, int tile, int threads) {
        SplittableRandom random = new SplittableRandom(l.hashCode());
        float[] x = normal(random, (long) l.n * l.h * l.w * l.c), w = normal(random, 9L * l.c * l.k);
        float[] dy = normal(random, (long) l.n * l.oh() * l.ow() * l.k);
        Map<Winograd.Pass, Double> errors = new EnumMap<>(Winograd.Pass.class);
        for (Winograd.Pass pass : Winograd.Pass.values()) {
            float[] source = pass == Winograd.Pass.BACKWARD_DATA ? dy : x;
            float[] other = pass == Winograd.Pass.BACKWARD_WEIGHTS ? dy : w;
            float[] got = new float
                    [pass == Winograd.Pass.FORWARD
                            ? dy.length
                            : pass == Winograd.Pass.BACKWARD_DATA ? x.length : w.length];
            run(l.geometry(pass, tile, threads), source, other, got);
            int samples = Math.min(got.length, pass == Winograd.Pass.BACKWARD_WEIGHTS ? WEIGHTS : RESULTS);
            int[] chosen = random.ints(samples, 0, got.length).toArray();
            errors.put(
                    pass,
                    error(
                            got,
                            chosen,
                            IntStream.of(chosen)
                                    .parallel()
                                    .mapToDouble(i -> exact(l, pass, x, w, dy, i))
                                    .toArray()));
        }
        return errors;
    }

    private static float[] normal(SplittableRandom random, long n) {
        float[] v = new float[Math.toIntExact(n)];
        for (int i = 0; i < v.length; i++) v[i] = (float) random.nextGaussian();
        return v;
    }

    private static double error(float[] got, int[] chosen, double[] want) {
        double off = 0, all = 0;
        for (int i = 0; i < chosen.length; i++) {
            double d = got[chosen[i]] - want[i];
            off += d * d;
            all += want[i] * want[i];
        }
        return Math.sqrt(off / all);
    }

    private static void run(Winograd.Geometry g, float[] source, float[] other, float[] result) {
        MemoryAccount account = MemoryAccount.of(BackendOptions.DEFAULT, Long.MAX_VALUE, "test");
        long[] offsets = new long[4];
        long[] sizes = {4L * source.length, 4L * other.length, 4L * result.length, g.scratch()};
        long bytes = 0;
        for (int i = 0; i < sizes.length; i++) {
            offsets[i] = bytes;
            bytes += (sizes[i] + 255) / 256 * 256;
        }
        try (NativeMemory memory = new NativeMemory("test", bytes, account);
                IntPointer words = g.words();
                LongPointer arrays = Winograd.arrays(
                        memory.address() + offsets[0],
                        memory.address() + offsets[1],
                        memory.address() + offsets[2],
                        0,
                        0,
                        0,
                        memory.address() + offsets[3])) {
            memory.fill((byte) 0xff); // NaN: what is read before it is written shows
            floats(memory, offsets[0], source.length).put(source);
            floats(memory, offsets[1], other.length).put(other);
            Winograd.run(words.address(), arrays.address());
            floats(memory, offsets[2], result.length).get(result);
        }
    }

    private static FloatBuffer floats(NativeMemory memory, long offset, int n) {
        return NativeMemory.buffer(memory.address() + offset, 4L * n).asFloatBuffer();
    }

    /** Result i of a pass, summed up in double. */
    private static double exact(Layer l, Winograd.Pass pass, float[] x, float[] w, float[] dy, int i) {
        return switch (pass) {
            case FORWARD -> forward(l, x, w, i);
            case BACKWARD_DATA -> backwardData(l, dy, w, i);
            case BACKWARD_WEIGHTS -> backwardWeights(l, x, dy, i);
        };
    }

    private static double forward(Layer l, float[] x, float[] w, int i) {
        int k = i % l.k, p = i / l.k, ox = p % l.ow(), oy = p / l.ow() % l.oh(), n = p / l.ow() / l.oh();
        double sum = 0;
        for (int t = 0; t < 9; t++) {
            int iy = oy + t / 3 - l.top, ix = ox + t % 3 - l.left;
            if (iy < 0 || iy >= l.h || ix < 0 || ix >= l.w) continue;
            int from = ((n * l.h + iy) * l.w + ix) * l.c;
            for (int c = 0; c < l.c; c++) sum += (double) x[from + c] * w[(t * l.c + c) * l.k + k];
        }
        return sum;
    }

    private static double backwardData(Layer l, float[] dy, float[] w, int i) {
        int c = i % l.c, p = i / l.c, ix = p % l.w, iy = p / l.w % l.h, n = p / l.w / l.h;
        double sum = 0;
        for (int t = 0; t < 9; t++) {
            int oy = iy - t / 3 + l.top, ox = ix - t % 3 + l.left;
            if (oy < 0 || oy >= l.oh() || ox < 0 || ox >= l.ow()) continue;
            int from = ((n * l.oh() + oy) * l.ow() + ox) * l.k;
            for (int k = 0; k < l.k; k++) sum += (double) dy[from + k] * w[(t * l.c + c) * l.k + k];
        }
        return sum;
    }

    private static double backwardWeights(Layer l, float[] x, float[] dy, int i) {
        int k = i % l.k, c = i / l.k % l.c, t = i / l.k / l.c;
        double sum = 0;
        for (int n = 0; n < l.n; n++) {
            for (int oy = 0; oy < l.oh(); oy++) {
                int iy = oy + t / 3 - l.top;
                if (iy < 0 || iy >= l.h) continue;
                for (int ox = 0; ox < l.ow(); ox++) {
                    int ix = ox + t % 3 - l.left;
                    if (ix < 0 || ix >= l.w) continue;
                    sum += (double) x[((n * l.h + iy) * l.w + ix) * l.c + c]
                            * dy[((n * l.oh() + oy) * l.ow() + ox) * l.k + k];
                }
            }
        }
        return sum;
    }

    /** Measures every shape with both tiles, and prints the largest errors of each pass. */
    public static void main(String[] args) throws IOException {
        Loader.load(dnnl.class);
        NativeKernels.problem().ifPresent(why -> {
            throw new IllegalStateException("there are no Winograd convolutions here: " + why);
        });
        int threads = Runtime.getRuntime().availableProcessors(), reduced = 0;
        List<Layer> layers = layers();
        for (int tile : new int[] {2, 4}) {
            Map<Winograd.Pass, List<String>> lines = new EnumMap<>(Winograd.Pass.class);
            reduced = 0;
            for (Layer all : layers) {
                Layer l = all.within(MOST_ELEMENTS);
                if (l.n < all.n) reduced++;
                measure(l, tile, threads)
                        .forEach((pass, error) -> lines.computeIfAbsent(pass, p -> new ArrayList<>())
                                .add(String.format(Locale.ROOT, "%.2e  %s", error, l)));
            }
            lines.forEach((pass, all) -> {
                all.sort(java.util.Comparator.comparingDouble(
                        (String s) -> -Double.parseDouble(s.substring(0, s.indexOf(' ')))));
                System.out.println("F(" + tile + "x" + tile + ") " + pass + ", " + NativeKernels.instructions());
                all.stream().limit(5).forEach(s -> System.out.println("  " + s));
                System.out.println("  " + all.get(all.size() / 2) + " (median)");
            });
        }
        System.out.println(layers.size() + " shapes, " + reduced + " of them with fewer images");
    }
}
