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
 * <p>Measured over oneDNN with one thread, 1 to 24 channels to 4 to 64, windows of 1x1 to 7x7: with channels of the result that leave
 * vectors partly empty 1.2 to 8 times as fast with AVX-512 in f32, 1.2 to 9 times with AVX2, 1.2 to 4.6 times in bf16; with
 * channels that fill them 0.3 to 0.9 times with AVX-512, 0.6 to 1.7 times with AVX2.
 */
final class ImageLanesConvolution implements NativeConvolution.Algorithm {
    private static final int MOST_TAPS = 7, FEW_CHANNELS = 24, MOST_CHANNELS = 64;
    /**
     * What oneDNN reaches, and how long it takes to bring an element of an image into its lane or out of it, in products of the
     * same time. Fitted to what {@code --autotune} measured on 390 passes of each kind: taken so, they cost in the mean 2 % more than
     * the faster of both with AVX2, 6 % in f32 and 8 % in bf16 with AVX-512 (with figures from lenet5 alone 15, 19 and 14 %).
     *
     * @param mostFilled how many channels in a vector of oneDNN's may be in use at most for this to be worth a thought
     * @param images of its vectors in passes over images
     * @param wide the same in forward passes from {@link #WIDE} channels of the result on: it has four vectors of them in turn
     * @param weights in weights' gradients
     */
    private record Peer(double moving, double mostFilled, double images, double wide, double weights) {
        static final Peer AVX2 = new Peer(4, 1, 0.75, 0.9, 0.75),
                AVX512 = new Peer(2.5, 0.75, 0.8, 0.8, 0.85),
                AVX512_BF16 = new Peer(2.5, 0.75, 0.8, 0.8, 0.6);

        static Peer of(boolean bf16) {
            return NativeKernels.lanes() == 8 ? AVX2 : bf16 ? AVX512_BF16 : AVX512;
        }
    }

    private static final int WIDE = 32;
    /** Sums of a weights' gradient, each as wide as a vector, that stay in the cache. */
    private static final long MOST_SUMS = 8192;
    /**
     * Bytes of y's gradient that do not stay in the cache: there oneDNN's weights' gradients in f32, which read it once for each
     * vector of channels, reach half of what they do else (vgg-small's first layer 0.6, mobilenet_v2's 0.5).
     */
    private static final long STREAMED = 16L << 20;

    private static final double WEIGHTS_STREAMED = 0.5;

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
        Peer peer = Peer.of(layer.bf16());
        int lanes = NativeKernels.lanes();
        long vectors = (data ? layer.x() : layer.y()).dim(1), pairs = (data ? layer.y() : layer.x()).dim(1);
        double products = layer.w().elements();
        if (weights && products > MOST_SUMS) return false;
        boolean streamed = weights
                && !layer.bf16()
                && vectors > lanes
                && Float.BYTES * layer.y().elements() >= STREAMED;
        if (filled(vectors, lanes) > peer.mostFilled && !streamed) return false;
        double images = !data && vectors >= WIDE ? peer.wide : peer.images;
        double oneDnn = filled(vectors, lanes) * (streamed ? WEIGHTS_STREAMED : weights ? peer.weights : images);
        if (layer.bf16()) oneDnn *= 2 * (weights ? 1 : filled(pairs, 2)); // it multiplies pairs of channels
        long moved = layer.y().dim(1)
                + layer.x().dim(1)
                        * layer.op().stride().get(0)
                        * layer.op().stride().get(1);
        double ours = filled(layer.x().dim(0), lanes) * products / (products + peer.moving * moved);
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
