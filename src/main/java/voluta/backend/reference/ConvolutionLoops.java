package voluta.backend.reference;

import java.util.List;
import java.util.stream.IntStream;
import voluta.op.Convolution;
import voluta.tensor.Shape;

/**
 * The three passes of a convolution between x [N, C, in...] and y [N, O, out...] with weights w [O, C/groups, kernel...].
 * Fewer than three spatial dimensions are completed with leading ones of size 1.
 *
 * <p>All passes walk the same way: for a pair of channels and a tap of the kernel, the rows of output positions whose
 * element under that tap lies inside x.
 */
final class ConvolutionLoops {
    private final int n;
    private final int c;
    private final int o;
    private final int groups;
    private final int[] in;
    private final int[] out;
    private final int[] kernel;
    private final int[] stride;
    private final int[] dilation;
    private final int[] pad;

    ConvolutionLoops(Convolution op, Shape x, Shape w, Shape y) {
        n = x.size(0);
        c = x.size(1);
        o = y.size(1);
        groups = op.groups();
        in = spatial(x);
        out = spatial(y);
        kernel = spatial(w);
        stride = three(op.stride(), 1);
        dilation = three(op.dilation(), 1);
        pad = three(op.padBefore(), 0);
    }

    private static int[] spatial(Shape s) {
        return three(IntStream.range(2, s.rank()).map(s::size).boxed().toList(), 1);
    }

    private static int[] three(List<Integer> list, int missing) {
        int[] a = {missing, missing, missing};
        for (int i = 0; i < list.size(); i++) a[3 - list.size() + i] = list.get(i);
        return a;
    }

    /** A row of {@code count} output positions from {@code y} on; x advances by the stride. */
    @FunctionalInterface
    private interface Row {
        void visit(int y, int x, int count);
    }

    /** Visits the positions of one tap in one plane of y and one of x; offsets are within the planes. */
    private void rows(int kd, int kh, int kw, Row row) {
        int x2 = kw * dilation[2] - pad[2];
        int from = x2 >= 0 ? 0 : (-x2 + stride[2] - 1) / stride[2];
        int to = in[2] - x2 <= 0 ? 0 : Math.min(out[2], (in[2] - x2 - 1) / stride[2] + 1);
        if (from >= to) return;
        for (int d = 0; d < out[0]; d++) {
            int xd = d * stride[0] + kd * dilation[0] - pad[0];
            if (xd < 0 || xd >= in[0]) continue;
            for (int h = 0; h < out[1]; h++) {
                int xh = h * stride[1] + kh * dilation[1] - pad[1];
                if (xh < 0 || xh >= in[1]) continue;
                row.visit(
                        (d * out[1] + h) * out[2] + from, (xd * in[1] + xh) * in[2] + from * stride[2] + x2, to - from);
            }
        }
    }

    /** One tap of the kernel: its place within a plane of weights. */
    @FunctionalInterface
    private interface Tap {
        void visit(int index, int kd, int kh, int kw);
    }

    private void taps(Tap tap) {
        int i = 0;
        for (int d = 0; d < kernel[0]; d++) {
            for (int h = 0; h < kernel[1]; h++) {
                for (int w = 0; w < kernel[2]; w++) tap.visit(i++, d, h, w);
            }
        }
    }

    private static int size(int[] dims) {
        return dims[0] * dims[1] * dims[2];
    }

    /** Where the weights from input channel {@code j} of its group to output channel {@code k} begin. */
    private int weights(int k, int j) {
        return (k * (c / groups) + j) * size(kernel);
    }

    /** y = x * w + b; {@code b} null for none. */
    void forward(View x, View w, View b, View y) {
        int cg = c / groups, og = o / groups, step = stride[2];
        double[] xs = x.data(), ys = y.data();
        IntStream.range(0, n * o).parallel().forEach(no -> {
            int image = no / o, k = no % o, first = k / og * cg;
            int yBase = y.offset() + no * size(out);
            java.util.Arrays.fill(ys, yBase, yBase + size(out), b == null ? 0 : b.get(k));
            for (int j = 0; j < cg; j++) {
                int xBase = x.offset() + (image * c + first + j) * size(in), wBase = weights(k, j);
                taps((t, kd, kh, kw) -> {
                    double v = w.get(wBase + t);
                    rows(kd, kh, kw, (yo, xo, count) -> {
                        for (int i = 0; i < count; i++) ys[yBase + yo + i] += v * xs[xBase + xo + i * step];
                    });
                });
            }
        });
    }

    /** dx: what each element of x contributed to; {@code b}, if not null, is added to each channel of dx. */
    void backwardData(View w, View dy, View b, View dx) {
        int cg = c / groups, og = o / groups, step = stride[2];
        double[] xs = dx.data(), ys = dy.data();
        IntStream.range(0, n * c).parallel().forEach(nc -> {
            int image = nc / c, channel = nc % c, first = channel / cg * og;
            int xBase = dx.offset() + nc * size(in);
            java.util.Arrays.fill(xs, xBase, xBase + size(in), b == null ? 0 : b.get(channel));
            for (int k = first; k < first + og; k++) {
                int yBase = dy.offset() + (image * o + k) * size(out), wBase = weights(k, channel % cg);
                taps((t, kd, kh, kw) -> {
                    double v = w.get(wBase + t);
                    rows(kd, kh, kw, (yo, xo, count) -> {
                        for (int i = 0; i < count; i++) xs[xBase + xo + i * step] += v * ys[yBase + yo + i];
                    });
                });
            }
        });
    }

    /** dw: for each tap, the products of dy with the elements that lay under it. */
    void backwardWeights(View x, View dy, View dw) {
        int cg = c / groups, og = o / groups, step = stride[2];
        double[] xs = x.data(), ys = dy.data();
        IntStream.range(0, o * cg).parallel().forEach(kj -> {
            int k = kj / cg, channel = k / og * cg + kj % cg;
            taps((t, kd, kh, kw) -> {
                double[] sum = {0};
                for (int image = 0; image < n; image++) {
                    int xBase = x.offset() + (image * c + channel) * size(in);
                    int yBase = dy.offset() + (image * o + k) * size(out);
                    rows(kd, kh, kw, (yo, xo, count) -> {
                        double s = 0;
                        for (int i = 0; i < count; i++) s += ys[yBase + yo + i] * xs[xBase + xo + i * step];
                        sum[0] += s;
                    });
                }
                dw.set(weights(k, kj % cg) + t, sum[0]);
            });
        });
    }

    /** db: the sum of dy over batch and positions. */
    void backwardBias(View dy, View db) {
        for (int k = 0; k < o; k++) {
            double s = 0;
            for (int image = 0; image < n; image++) {
                int base = (image * o + k) * size(out);
                for (int i = 0; i < size(out); i++) s += dy.get(base + i);
            }
            db.set(k, s);
        }
    }
}
