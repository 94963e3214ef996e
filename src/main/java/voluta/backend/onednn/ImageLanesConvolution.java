package voluta.backend.onednn;

import java.util.Optional;
import org.bytedeco.dnnl.memory.format_tag;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.op.Convolution;
import voluta.tensor.Shape;

/**
 * The passes of a convolution with few channels, computed directly with one image in each lane of a vector. oneDNN has
 * the channels of the result there, or of y's gradient for weights, and multiplies mostly empty vectors where there are few.
 * Images lie with channels last, weights row-major.
 *
 * <p>Measured over oneDNN with one thread and AVX-512, 1 to 64 channels and windows of 3x3 to 7x7: with up to 8 channels of the
 * result 1.2 to 8 times as fast in f32, with up to 7 in bf16 1.2 to 4.6 times, weights' gradients 1.2 to 3.7 times; with channels that fill
 * vectors 0.3 to 0.9 times. With AVX2, lenet5's passes in f32 are 1.8 to 2.1 times as fast.
 */
final class ImageLanesConvolution implements NativeConvolution.Algorithm {
    private static final int MOST_TAPS = 7, FEW_CHANNELS = 24, MOST_CHANNELS = 64;
    /** Channels in a vector of oneDNN's, and how many of them at most may be in use for this to be worth a thought. */
    private static final int LANES = 16;

    private static final double MOST_FILLED = 0.75;
    /** As many products as it takes the time of to bring an element of an image into its lane or out of it. */
    private static final double MOVING = 9;
    /** What oneDNN reaches of its vectors that are full: in passes over images, in weights' gradients in f32 and in bf16. */
    private static final double IMAGES = 1, WEIGHTS = 0.85, WEIGHTS_BF16 = 0.8;
    /** Sums of a weights' gradient, each as wide as a vector, that stay in the cache. */
    private static final long MOST_SUMS = 8192;

    private static final double LEAST_GAIN = 1.15;

    private final NativeConvolution.Layer layer;

    private ImageLanesConvolution(NativeConvolution.Layer layer) {
        this.layer = layer;
    }

    /** The convolution, if it is one of those. */
    static Optional<ImageLanesConvolution> possible(NativeConvolution.Layer layer) {
        // the problem is asked for last: asking loads the library
        return possible(layer.op(), layer.w())
                        && NativeConvolution.stores(layer.p().precision())
                        && NativeKernels.problem().isEmpty()
                ? Optional.of(new ImageLanesConvolution(layer))
                : Optional.empty();
    }

    /** Images of few channels and small windows. */
    private static boolean possible(Convolution op, Shape w) {
        return w.rank() == 4
                && op.groups() == 1
                && op.dilation().stream().allMatch(d -> d == 1)
                && Math.min(w.dim(0), w.dim(1)) <= FEW_CHANNELS
                && Math.max(w.dim(0), w.dim(1)) <= MOST_CHANNELS
                && Math.max(w.dim(2), w.dim(3)) <= MOST_TAPS;
    }

    @Override
    public boolean has(Winograd.Pass pass) {
        return pass != Winograd.Pass.BACKWARD_DATA
                || layer.op().stride().stream().allMatch(s -> s == 1);
    }

    @Override
    public boolean pays(Winograd.Pass pass) {
        boolean weights = pass == Winograd.Pass.BACKWARD_WEIGHTS, data = pass == Winograd.Pass.BACKWARD_DATA;
        long vectors = (data ? layer.x() : layer.y()).dim(1), pairs = (data ? layer.y() : layer.x()).dim(1);
        double products = layer.w().elements();
        if (filled(vectors, LANES) > MOST_FILLED || (weights && products > MOST_SUMS)) return false;
        double oneDnn = filled(vectors, LANES) * (weights ? (layer.bf16() ? WEIGHTS_BF16 : WEIGHTS) : IMAGES);
        if (layer.bf16()) oneDnn *= 2 * (weights ? 1 : filled(pairs, 2)); // it multiplies pairs of channels
        long moved = layer.y().dim(1)
                + layer.x().dim(1)
                        * layer.op().stride().get(0)
                        * layer.op().stride().get(1);
        double ours = filled(layer.x().dim(0), NativeKernels.lanes()) * products / (products + MOVING * moved);
        return ours >= LEAST_GAIN * oneDnn;
    }

    /** The share of vectors that n elements fill. */
    private static double filled(long n, int lanes) {
        return n / ((n + lanes - 1) / lanes * (double) lanes);
    }

    @Override
    public Winograd.Geometry geometry(Winograd.Pass pass, int flags) {
        return layer.geometry(pass, Winograd.DIRECT, flags);
    }

    @Override
    public Layout images(Shape shape) {
        return layer.images(shape, format_tag.acdb);
    }

    @Override
    public Layout weights() {
        return Layouts.PLAIN;
    }

    @Override
    public Optional<WinogradWeights> prepared() {
        return Optional.empty();
    }
}
