package voluta.backend.onednn;

import java.util.List;
import java.util.Optional;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.graph.Node;
import voluta.op.Convolution;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * The passes of a convolution by {@link Winograd}'s algorithm, where it has one and it pays: two to three times fewer
 * multiplications than oneDNN's direct algorithm, which runs at the processor's peak already. Images lie with channels
 * last, as around direct convolutions in f32, weights with the output channels innermost.
 *
 * <p>Which layers it takes is a rule, not a timing, so that the same kernel runs each time, with the same bits. Measured
 * over oneDNN on two cores with AVX-512: 1.3 with 16 channels, 2 with 32, 2 to 3 with more.
 */
final class WinogradConvolution {
    private static final int LARGE = 4, SMALL = 2;
    private static final int LEAST_CHANNELS = 16;
    /** Below it, transforming the weights costs more than the products save. */
    private static final long LEAST_PIXELS = 640;
    /** How many results may be computed for one that is wanted: tiles hang over the border. */
    private static final double MOST_WASTE_LARGE = 1.6, MOST_WASTE_SMALL = 1.25;

    private final OnednnContext c;
    private final Convolution op;
    private final Shape x;
    private final Shape w;
    private final Shape y;
    private final int tile;

    private WinogradConvolution(OnednnContext c, Convolution op, Shape x, Shape w, Shape y, int tile) {
        this.c = c;
        this.op = op;
        this.x = x;
        this.w = w;
        this.y = y;
        this.tile = tile;
    }

    /** The convolution from x with weights w, if it is one of those. */
    static Optional<WinogradConvolution> of(OnednnContext c, Precision precision, Convolution op, Shape x, Shape w) {
        // the problem is asked for last: asking loads the library
        if (precision != Precision.F32 || !possible(op, w) || Winograd.problem().isPresent()) return Optional.empty();
        Shape y = op.outputShape(x, w);
        if (x.dim(1) < LEAST_CHANNELS || y.dim(1) < LEAST_CHANNELS) return Optional.empty();
        for (int tile : new int[] {LARGE, SMALL}) {
            WinogradConvolution candidate = new WinogradConvolution(c, op, x, w, y, tile);
            if (candidate.worthwhile()) return Optional.of(candidate);
        }
        return Optional.empty();
    }

    /** 3x3 windows at every pixel, with padding that a backward pass can have too. */
    private static boolean possible(Convolution op, Shape w) {
        return w.rank() == 4
                && w.dim(2) == 3
                && w.dim(3) == 3
                && op.groups() == 1
                && all(op.stride(), 1, 1)
                && all(op.dilation(), 1, 1)
                && all(op.padBefore(), 0, 2)
                && all(op.padAfter(), 0, 2);
    }

    private static boolean all(List<Integer> values, int least, int most) {
        return values.stream().allMatch(v -> v >= least && v <= most);
    }

    private boolean worthwhile() {
        long tiles = geometry(Winograd.Pass.FORWARD, 0).tiles();
        long pixels = y.dim(0) * y.dim(2) * y.dim(3);
        double waste = (double) tiles * tile * tile / pixels;
        return pixels >= LEAST_PIXELS && waste <= (tile == LARGE ? MOST_WASTE_LARGE : MOST_WASTE_SMALL);
    }

    private Winograd.Geometry geometry(Winograd.Pass pass, int flags) {
        boolean data = pass == Winograd.Pass.BACKWARD_DATA;
        Shape from = data ? y : x, to = data ? x : y;
        int top = op.padBefore().get(0), left = op.padBefore().get(1);
        return new Winograd.Geometry(
                pass,
                tile,
                (int) from.dim(0),
                (int) from.dim(1),
                (int) to.dim(1),
                (int) from.dim(2),
                (int) from.dim(3),
                (int) to.dim(2),
                (int) to.dim(3),
                data ? 2 - top : top,
                data ? 2 - left : left,
                c.workers.threads(),
                flags);
    }

    private Layout images(Shape shape) {
        return c.layout(TensorType.f32(shape), new memory.desc(shape.dims(), data_type.f32, format_tag.acdb));
    }

    private Layout weights() {
        return c.layout(TensorType.f32(w), new memory.desc(w.dims(), data_type.f32, format_tag.cdba));
    }

    /**
     * y from x, w, perhaps a bias and perhaps a residual, which is the last input.
     *
     * @param relu whether negative results become 0
     */
    OnednnKernel forward(Node node, boolean bias, boolean residual, boolean relu) {
        Winograd.Geometry g = geometry(Winograd.Pass.FORWARD, relu ? Winograd.RELU : 0);
        int last = node.inputs().size() - 1;
        OnednnKernel.Builder k = OnednnKernel.of(node, g.describe())
                .input(0, images(x))
                .input(1, weights())
                .output(0, images(y))
                .scratch(g.scratch());
        if (residual) k.input(last, images(y));
        return k.bind(b -> emit(
                b,
                g,
                b.inputAddress(0),
                b.inputAddress(1),
                b.outputAddress(0),
                bias ? b.inputAddress(2) : 0,
                residual ? b.inputAddress(last) : 0,
                0));
    }

    /** x's gradient from w and y's. */
    OnednnKernel backwardData(Node node) {
        Winograd.Geometry g = geometry(Winograd.Pass.BACKWARD_DATA, 0);
        return OnednnKernel.of(node, g.describe())
                .input(0, weights())
                .input(1, images(y))
                .output(0, images(x))
                .scratch(g.scratch())
                .bind(b -> emit(b, g, b.inputAddress(1), b.inputAddress(0), b.outputAddress(0), 0, 0, 0));
    }

    /** The gradients of w and, if there is one, the bias from x and y's gradient. */
    OnednnKernel backwardWeights(Node node, boolean bias) {
        Winograd.Geometry g = geometry(Winograd.Pass.BACKWARD_WEIGHTS, 0);
        return OnednnKernel.of(node, g.describe())
                .input(0, images(x))
                .input(1, images(y))
                .output(0, weights())
                .scratch(g.scratch())
                .bind(b -> emit(
                        b,
                        g,
                        b.inputAddress(0),
                        b.inputAddress(1),
                        b.outputAddress(0),
                        0,
                        0,
                        bias ? b.outputAddress(1) : 0));
    }

    private static void emit(
            Binding b,
            Winograd.Geometry g,
            long source,
            long other,
            long result,
            long bias,
            long residual,
            long biasGradient) {
        IntPointer words = b.keep(g.words());
        LongPointer arrays =
                b.keep(Winograd.arrays(source, other, result, bias, residual, biasGradient, b.scratchAddress()));
        long geometry = words.address(), addresses = arrays.address();
        b.run(() -> Winograd.run(geometry, addresses));
    }
}
