package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.Convolution;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * The passes of a convolution by {@link Winograd}'s algorithm, where it has one and it pays: two to three times fewer
 * multiplications than oneDNN's direct algorithm, which runs at the processor's peak already. In f32, images lie with
 * channels last, in training in bf16 in blocks of 16 channels where channels fill them, as around direct convolutions; weights lie with
 * the output channels innermost. Products and sums are f32 whatever the images are.
 *
 * <p>Which layers it takes is a rule, not a timing, so that the same kernel runs each time, with the same bits; {@link
 * KernelTuning} measures instead where that is asked for. Measured over oneDNN on two cores with AVX-512: 1.3 with 16
 * channels, 2 with 32, 2 to 3 with more.
 */
final class WinogradConvolution {
    private static final int LARGE = 4, SMALL = 2, BLOCK = 16;
    private static final int LEAST_CHANNELS = 16;
    /** oneDNN multiplies bf16 twice as fast as f32 where the processor can; its weights' gradients are the slowest pass. */
    private static final int LEAST_CHANNELS_BF16 = 32, MOST_WEIGHTS_BF16 = 384 * 384;
    /** Below it, transforming the weights costs more than the products save. */
    private static final long LEAST_PIXELS = 640;
    /** The same where weights are transformed beforehand and stay in the cache, or come from memory each time. */
    private static final long LEAST_TILES = 16, LEAST_PIXELS_STREAMED = 400, LEAST_PIXELS_STREAMED_BF16 = 1500;
    /** Bytes of one layer's transformed weights that stay in the cache. */
    private static final long MOST_CACHED = 9L << 19, MOST_CACHED_BF16 = 5L << 18;
    /** How many results may be computed for one that is wanted: tiles hang over the border. */
    private static final double MOST_WASTE_LARGE = 1.6, MOST_WASTE_SMALL = 1.25;

    private final OnednnContext c;
    private final Preparation p;
    private final Convolution op;
    private final Shape x;
    private final Shape w;
    private final Shape y;
    private final int tile;

    private WinogradConvolution(OnednnContext c, Preparation p, Convolution op, Shape x, Shape w, Shape y, int tile) {
        this.c = c;
        this.p = p;
        this.op = op;
        this.x = x;
        this.w = w;
        this.y = y;
        this.tile = tile;
    }

    /**
     * The kernel of a pass of the convolution from x with weights w: direct or not.
     *
     * @param winograd the pass, of a convolution that has it
     */
    static OnednnKernel choose(
            OnednnContext c,
            Preparation p,
            Convolution op,
            Shape x,
            Shape w,
            Winograd.Pass pass,
            Function<WinogradConvolution, OnednnKernel> winograd,
            Supplier<OnednnKernel> direct) {
        List<WinogradConvolution> possible = possible(c, p, op, x, w);
        Optional<WinogradConvolution> rule =
                possible.stream().filter(k -> k.pays(pass)).findFirst();
        if (c.tuning.isEmpty() || possible.isEmpty()) return rule.map(winograd).orElseGet(direct);
        List<Supplier<OnednnKernel>> candidates = new ArrayList<>();
        for (WinogradConvolution k : possible) candidates.add(() -> winograd.apply(k));
        candidates.add(rule.isPresent() ? candidates.size() : 0, direct);
        if (rule.isPresent()) Collections.swap(candidates, 0, possible.indexOf(rule.get()));
        Node n = p.node();
        String problem = n.op() + " " + n.inputTypes() + " " + p.precision() + (p.training() ? " training" : "");
        return c.tuning.get().fastest(c, n, problem, candidates);
    }

    /** With large tiles and with small ones, in the order of preference; none if it is not one of those. */
    static List<WinogradConvolution> possible(OnednnContext c, Preparation p, Convolution op, Shape x, Shape w) {
        // the problem is asked for last: asking loads the library
        if (!possible(op, w)
                || (p.precision() == Precision.BF16 && !bf16Stored())
                || NativeKernels.problem().isPresent()) {
            return List.of();
        }
        Shape y = op.outputShape(x, w);
        if (Math.min(x.dim(1), y.dim(1)) < LEAST_CHANNELS) return List.of();
        return Stream.of(LARGE, SMALL)
                .map(tile -> new WinogradConvolution(c, p, op, x, w, y, tile))
                .toList();
    }

    /** Whether oneDNN stores bf16 here too, and does not have the tile instructions that leave Winograd far behind. */
    private static boolean bf16Stored() {
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        return isa == dnnl.dnnl_cpu_isa_avx512_core
                || isa == dnnl.dnnl_cpu_isa_avx512_core_vnni
                || isa == dnnl.dnnl_cpu_isa_avx512_core_bf16
                || isa == dnnl.dnnl_cpu_isa_avx512_core_fp16;
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

    /** Whether a pass is faster than the direct algorithm, by what was measured. */
    boolean pays(Winograd.Pass pass) {
        long tiles = geometry(Winograd.Pass.FORWARD, 0).tiles(), pixels = y.dim(0) * y.dim(2) * y.dim(3);
        double waste = (double) tiles * tile * tile / pixels;
        boolean enough = prepared() ? enoughForPreparedWeights(pixels, tiles) : pixels >= LEAST_PIXELS;
        if (bf16()) {
            boolean wide = pass == Winograd.Pass.BACKWARD_WEIGHTS || channels() >= LEAST_CHANNELS_BF16;
            boolean few = x.dim(1) * y.dim(1) < MOST_WEIGHTS_BF16;
            return tile == LARGE && wide && few && enough && waste <= MOST_WASTE_LARGE;
        }
        return enough && waste <= (tile == LARGE || prepared() ? MOST_WASTE_LARGE : MOST_WASTE_SMALL);
    }

    /** Transformed weights are two to four times as many, which must come from memory unless they stay in the cache. */
    private boolean enoughForPreparedWeights(long pixels, long tiles) {
        boolean cached = preparedWeights().bytes(null) <= (bf16() ? MOST_CACHED_BF16 : MOST_CACHED);
        return pixels >= (bf16() ? LEAST_PIXELS_STREAMED_BF16 : LEAST_PIXELS_STREAMED)
                || (tiles >= LEAST_TILES && cached);
    }

    private WinogradWeights preparedWeights() {
        return WinogradWeights.of(tile, (int) x.dim(1), (int) y.dim(1), c.workers.threads());
    }

    private long channels() {
        return Math.min(x.dim(1), y.dim(1));
    }

    /** Where weights stay as they are from run to run, they are transformed once. */
    private boolean prepared() {
        return !p.training();
    }

    private boolean bf16() {
        return p.precision() == Precision.BF16;
    }

    private boolean blocked() {
        return bf16() && p.training() && x.dim(1) % BLOCK == 0 && y.dim(1) % BLOCK == 0;
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
                flags | (bf16() ? NativeKernels.BF16 : 0) | (blocked() ? NativeKernels.BLOCKED : 0));
    }

    private Layout images(Shape shape) {
        format_tag order = blocked() ? format_tag.aBcd16b : format_tag.acdb;
        return c.layout(
                TensorType.f32(shape), new memory.desc(shape.dims(), OnednnContext.storage(p.precision()), order));
    }

    private Layout weights() {
        return c.layout(TensorType.f32(w), new memory.desc(w.dims(), data_type.f32, format_tag.cdba));
    }

    /**
     * y from x, w, perhaps a bias and perhaps a residual, which is the last input.
     *
     * @param relu whether negative results become 0
     */
    OnednnKernel forward(boolean bias, boolean residual, boolean relu) {
        Node node = p.node();
        boolean prepared = prepared();
        int flags = (relu ? Winograd.RELU : 0) | (prepared ? Winograd.PREPARED : 0);
        Winograd.Geometry g = geometry(Winograd.Pass.FORWARD, flags);
        int last = node.inputs().size() - 1;
        OnednnKernel.Builder k = OnednnKernel.of(node, g.describe())
                .input(0, images(x))
                .input(1, prepared ? preparedWeights() : weights())
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
    OnednnKernel backwardData() {
        Winograd.Geometry g = geometry(Winograd.Pass.BACKWARD_DATA, 0);
        return OnednnKernel.of(p.node(), g.describe())
                .input(0, weights())
                .input(1, images(y))
                .output(0, images(x))
                .scratch(g.scratch())
                .bind(b -> emit(b, g, b.inputAddress(1), b.inputAddress(0), b.outputAddress(0), 0, 0, 0));
    }

    /** The gradients of w and, if there is one, the bias from x and y's gradient. */
    OnednnKernel backwardWeights(boolean bias) {
        Winograd.Geometry g = geometry(Winograd.Pass.BACKWARD_WEIGHTS, 0);
        return OnednnKernel.of(p.node(), g.describe())
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
