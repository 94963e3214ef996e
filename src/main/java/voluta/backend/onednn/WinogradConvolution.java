package voluta.backend.onednn;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import voluta.backend.Layout;
import voluta.op.Convolution;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * The passes of a convolution by {@link Winograd}'s algorithm, where it has one and it pays: two to three times fewer
 * multiplications than oneDNN's direct algorithm, which runs at the processor's peak already. In f32, images lie with
 * channels last, in training in bf16 in blocks of 16 channels where channels fill them, as around direct convolutions; weights lie with
 * the output channels innermost. Products and sums are f32 whatever the images are.
 *
 * <p>Measured over oneDNN in f32: 1.3 with 16 channels, 2 with 32, 2 to 3 with more with AVX-512; 1.3 to 2.1, 2.1 to 3.1 and 2.1
 * to 4.4 with AVX2.
 */
final class WinogradConvolution implements NativeConvolution.Algorithm {
    private static final int LARGE = 4, SMALL = 2, BLOCK = 16;
    private static final int LEAST_CHANNELS = 16;
    /** The direct algorithm is twice as fast in bf16 where the processor can; oneDNN's weights' gradients are its slowest pass. */
    private static final int LEAST_CHANNELS_BF16 = 32, MOST_WEIGHTS_BF16 = 384 * 384;
    /** Below it, transforming the weights costs more than the products save. */
    private static final long LEAST_PIXELS = 640;
    /** The same where weights are transformed beforehand and stay in the cache, or come from memory each time. */
    private static final long LEAST_TILES = 16, LEAST_PIXELS_STREAMED = 400, LEAST_PIXELS_STREAMED_BF16 = 1500;
    /** Bytes of one layer's transformed weights that stay in the cache. */
    private static final long MOST_CACHED = 9L << 19, MOST_CACHED_BF16 = 5L << 18;
    /**
     * Large tiles over the small images of last layers, one image at a time, where so many bytes of weights are read faster than
     * the products of small tiles are computed, or of the direct algorithm: resnet20 is 4 to 6 % faster, with AVX2, whose products
     * take twice as long, vgg-small 10 % (with AVX-512 it would be 10 to 15 % slower).
     */
    private static final long LEAST_TILES_LARGE = 4, MOST_CACHED_LARGE = 1L << 20, MOST_CACHED_LARGE_AVX2 = 10L << 20;
    /** How many results may be computed for one that is wanted: tiles hang over the border. */
    private static final double MOST_WASTE_LARGE = 1.6, MOST_WASTE_SMALL = 1.25;

    private final NativeConvolution.Layer layer;
    private final int tile;

    private WinogradConvolution(NativeConvolution.Layer layer, int tile) {
        this.layer = layer;
        this.tile = tile;
    }

    /** With large tiles and with small ones, in the order of preference; none if it is not one of those. */
    static List<WinogradConvolution> possible(NativeConvolution.Layer layer) {
        // the problem is asked for last: asking loads the library
        if (Math.min(layer.x().dim(1), layer.y().dim(1)) < LEAST_CHANNELS
                || !possible(layer.op(), layer.w())
                || !NativeConvolution.stores(layer.p().precision())
                || NativeKernels.problem().isPresent()) {
            return List.of();
        }
        return Stream.of(LARGE, SMALL)
                .map(tile -> new WinogradConvolution(layer, tile))
                .toList();
    }

    /** Whether the rule takes one of these for all passes of a convolution of f32 images with weights that change from run to run. */
    static boolean trains(Convolution op, Shape x, Shape w) {
        Shape y = op.outputShape(x, w);
        return Math.min(x.dim(1), y.dim(1)) >= LEAST_CHANNELS
                && possible(op, w)
                && (trains(y, LARGE) || trains(y, SMALL))
                && NativeKernels.problem().isEmpty();
    }

    private static boolean trains(Shape y, int tile) {
        return pixels(y) >= LEAST_PIXELS && waste(y, tile) <= (tile == LARGE ? MOST_WASTE_LARGE : MOST_WASTE_SMALL);
    }

    /** The one that the rule takes for a layer that {@link #trains}, whatever the graph is. */
    static WinogradConvolution training(NativeConvolution.Layer layer) {
        return new WinogradConvolution(layer, trains(layer.y(), LARGE) ? LARGE : SMALL);
    }

    private static long pixels(Shape y) {
        return y.dim(0) * y.dim(2) * y.dim(3);
    }

    /** How many results are computed for one that is wanted. */
    private static double waste(Shape y, int tile) {
        long down = (y.dim(2) + tile - 1) / tile, across = (y.dim(3) + tile - 1) / tile;
        return (double) (down * tile * across * tile) / (y.dim(2) * y.dim(3));
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

    @Override
    public boolean has(Winograd.Pass pass) {
        return true;
    }

    @Override
    public boolean pays(Winograd.Pass pass) {
        if (!layer.bf16() && !transformedOnce()) return trains(layer.y(), tile);
        long tiles = geometry(Winograd.Pass.FORWARD, 0).tiles(), pixels = pixels(layer.y());
        double waste = waste(layer.y(), tile);
        boolean enough = transformedOnce() ? enoughForPreparedWeights(pixels, tiles) : pixels >= LEAST_PIXELS;
        if (layer.bf16()) {
            boolean slow = pass == Winograd.Pass.BACKWARD_WEIGHTS && !WeightDots.serve();
            boolean wide = slow || channels() >= LEAST_CHANNELS_BF16;
            boolean few = layer.x().dim(1) * layer.y().dim(1) < MOST_WEIGHTS_BF16;
            return tile == LARGE && wide && few && enough && waste <= MOST_WASTE_LARGE;
        }
        return enough && waste <= MOST_WASTE_LARGE;
    }

    /** Transformed weights are two to four times as many, which must come from memory unless they stay in the cache. */
    private boolean enoughForPreparedWeights(long pixels, long tiles) {
        long bytes = transformed().bytes(null);
        boolean cached = bytes <= (layer.bf16() ? MOST_CACHED_BF16 : MOST_CACHED);
        long mostLarge = NativeKernels.lanes() == 8 ? MOST_CACHED_LARGE_AVX2 : MOST_CACHED_LARGE;
        if (tile == LARGE && tiles >= LEAST_TILES_LARGE && bytes <= mostLarge) return true;
        return pixels >= (layer.bf16() ? LEAST_PIXELS_STREAMED_BF16 : LEAST_PIXELS_STREAMED)
                || (tiles >= LEAST_TILES && cached);
    }

    private WinogradWeights transformed() {
        return WinogradWeights.of(
                tile,
                (int) layer.x().dim(1),
                (int) layer.y().dim(1),
                layer.c().workers.threads());
    }

    private long channels() {
        return Math.min(layer.x().dim(1), layer.y().dim(1));
    }

    /** Where weights stay as they are from run to run, they are transformed once. */
    private boolean transformedOnce() {
        return !layer.p().training();
    }

    private boolean blocked() {
        return layer.bf16()
                && layer.p().training()
                && layer.x().dim(1) % BLOCK == 0
                && layer.y().dim(1) % BLOCK == 0;
    }

    @Override
    public Winograd.Geometry geometry(Winograd.Pass pass, int flags) {
        return layer.geometry(pass, tile, flags | (blocked() ? NativeKernels.BLOCKED : 0));
    }

    @Override
    public Layout images(Shape shape) {
        return layer.images(shape, blocked() ? format_tag.aBcd16b : format_tag.acdb);
    }

    @Override
    public Layout weights() {
        Shape w = layer.w();
        return layer.c().layout(TensorType.f32(w), new memory.desc(w.dims(), data_type.f32, format_tag.cdba));
    }

    @Override
    public Optional<WinogradWeights> prepared() {
        return transformedOnce() ? Optional.of(transformed()) : Optional.empty();
    }
}
