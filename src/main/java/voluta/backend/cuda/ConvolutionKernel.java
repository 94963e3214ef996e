package voluta.backend.cuda;

import static voluta.backend.cuda.memory.DeviceMemoryManager.aligned;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import voluta.backend.DeviceException;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * A pass of a convolution that cuDNN can do: algorithm, order and element type. Its scratch is the workspace, then the
 * copy of x with the padding that cuDNN does not do, then the weights' gradient in its narrow type.
 */
final class ConvolutionKernel {
    /** Compute capability from which there is bf16. */
    private static final int AMPERE = 80;

    private static final int CONSTANT_PADDING = 0, MOST_SPATIAL = 3;

    final CudaLayout.Order order;
    final DType storage;
    private final CudaContext c;
    private final ConvolutionDescriptors descriptors;
    private final ConvolutionAlgorithm algorithm;

    private ConvolutionKernel(CudaContext c, ConvolutionDescriptors descriptors, ConvolutionAlgorithm algorithm) {
        this.c = c;
        this.descriptors = descriptors;
        this.algorithm = algorithm;
        this.order = descriptors.order;
        this.storage = descriptors.storage;
    }

    /** How a pass might be laid out. */
    private record Candidate(CudaLayout.Order order, DType storage) {}

    /** In the order of preference; the last can do everything. */
    private static List<Candidate> candidates(CudaContext c, Precision precision) {
        List<Candidate> all = new ArrayList<>();
        DType storage = storage(c, precision);
        if (c.order(precision) == CudaLayout.Order.CHANNELS_LAST)
            all.add(new Candidate(CudaLayout.Order.CHANNELS_LAST, storage));
        all.add(new Candidate(CudaLayout.Order.ROW_MAJOR, storage));
        if (storage != DType.F32) all.add(new Candidate(CudaLayout.Order.ROW_MAJOR, DType.F32));
        return all;
    }

    /** The element type of products at this precision: chips before Ampere have no bf16 in the libraries. */
    static DType storage(CudaContext c, Precision precision) {
        return precision == Precision.BF16 && c.capability < AMPERE ? DType.F32 : CudaLayout.storage(precision);
    }

    /**
     * Chooses how a pass is done: in the first layout for which there is an algorithm.
     *
     * @throws DeviceException if there is none in any
     */
    static ConvolutionKernel of(CudaContext c, ConvolutionPass pass, ConvolutionShape shape, Precision precision) {
        for (Candidate k : candidates(c, precision)) {
            Optional<ConvolutionKernel> found = of(c, pass, shape, k, ConvolutionEnding.NONE);
            if (found.isPresent()) return found.get();
        }
        throw new DeviceException(
                "cuDNN has no " + (c.options.deterministic() ? "deterministic " : "") + "algorithm for " + pass.result()
                        + " of a convolution of " + shape.text()
                        + (c.options.deterministic() ? "; leave --deterministic out" : "; use a smaller batch"));
    }

    /** The fused pass in the layout that {@code plain} has; empty if cuDNN cannot do it there. */
    static Optional<ConvolutionKernel> fused(
            CudaContext c, ConvolutionShape shape, ConvolutionEnding ending, ConvolutionKernel plain) {
        return of(c, ConvolutionPass.FUSED, shape, new Candidate(plain.order, plain.storage), ending);
    }

    /**
     * The forward pass with sums per channel, in the layout of the forward pass alone; empty if cuDNN has no plan for it, or
     * none that was measured to be faster than that pass and one over its result.
     *
     * @param y the type of what the convolution gives
     */
    static Optional<ConvolutionKernel> summing(
            CudaContext c, ConvolutionShape shape, TensorType y, Precision precision) {
        ConvolutionKernel plain = of(c, ConvolutionPass.FORWARD, shape, precision);
        ConvolutionDescriptors d =
                new ConvolutionDescriptors(c, shape, plain.order, plain.storage, ConvolutionEnding.NONE);
        boolean done = false;
        try (SummingTrials trials = new SummingTrials(c, d, plain.descriptors, plain.algorithm, y)) {
            Optional<ConvolutionKernel> k = chosen(c, ConvolutionPass.SUMS, d, trials);
            done = k.isPresent();
            return k;
        } finally {
            plain.close();
            if (!done) d.close();
        }
    }

    private static Optional<ConvolutionKernel> of(
            CudaContext c, ConvolutionPass pass, ConvolutionShape shape, Candidate k, ConvolutionEnding ending) {
        ConvolutionDescriptors d = new ConvolutionDescriptors(c, shape, k.order, k.storage, ending);
        boolean done = false;
        try (ConvolutionTrials trials = new ConvolutionTrials(c, pass, d)) {
            Optional<ConvolutionKernel> found = chosen(c, pass, d, trials);
            done = found.isPresent();
            return found;
        } finally {
            if (!done) d.close();
        }
    }

    /** The kernel of the algorithm that is chosen, if that does this pass. */
    private static Optional<ConvolutionKernel> chosen(
            CudaContext c, ConvolutionPass pass, ConvolutionDescriptors d, ConvolutionAlgorithms.Trials trials) {
        String problem = pass + d.ending.text() + " " + d.storage + " " + d.order + " " + d.shape.text();
        Optional<ConvolutionAlgorithm> a = c.algorithms.choose(problem, trials).filter(chosen -> chosen.pass() == pass);
        a.ifPresent(d::keepOnly);
        return a.map(chosen -> new ConvolutionKernel(c, d, chosen));
    }

    /** For the plan: algorithm, element type and order. */
    String name() {
        String layout = new CudaLayout(order, storage).describe();
        String kind = switch (algorithm.pass()) {
            case FUSED -> "fused ";
            case SUMS -> "with sums ";
            default -> "";
        };
        return "cudnn " + kind + algorithm.name() + " " + layout + (shape().copies() ? ", padded copy" : "");
    }

    private ConvolutionShape shape() {
        return descriptors.shape;
    }

    /** The layout of an operand of this pass. */
    Layout layout(TensorType type) {
        return CudaLayout.of(type, order, storage);
    }

    /** Gives scratch and descriptors to the kernel that uses this pass. */
    CudaKernel.Builder in(CudaKernel.Builder k) {
        return k.scratch(scratchBytes()).owns(descriptors::close);
    }

    /** Gives the descriptors back where another pass is used instead. */
    void close() {
        descriptors.close();
    }

    /** Scratch in all; other users of a node's scratch may begin behind it. */
    long scratchBytes() {
        return weightsAt() + (roundsWeights() ? aligned(bytes(shape().w())) : 0);
    }

    private boolean roundsWeights() {
        return algorithm.pass() == ConvolutionPass.WEIGHTS && storage != DType.F32;
    }

    private long copyAt() {
        return aligned(algorithm.workspace());
    }

    private long weightsAt() {
        return copyAt() + (shape().copies() ? aligned(bytes(shape().x())) : 0);
    }

    private long bytes(int[] size) {
        return ConvolutionShape.elements(size) * storage.bytes();
    }

    /** Emits what the pass gives from what it takes: y from x, or the gradient of x from that of y. */
    void across(Binding b, long from, long w, long to) {
        if (algorithm.pass() == ConvolutionPass.DATA) data(b, w, from, to);
        else forward(b, from, w, to);
    }

    /** Emits y from x and w. */
    void forward(Binding b, long x, long w, long y) {
        emit(b, paddedCopy(b, x), w, y, 0, 0);
    }

    /** Emits y from x, w, bias and, unless 0, residual. */
    void fused(Binding b, long x, long w, long bias, long residual, long y) {
        emit(b, paddedCopy(b, x), w, y, bias, residual);
    }

    /** Emits y from x and w, and its sums per channel. */
    void summing(Binding b, long x, long w, long y, long sums, long squares) {
        long workspace = algorithm.workspace() == 0 ? 0 : b.scratch();
        emit(b, new ConvolutionDescriptors.Operands(paddedCopy(b, x), w, y, 0, 0, sums, squares, workspace));
    }

    /** Emits the gradient of x. */
    private void data(Binding b, long w, long dy, long dx) {
        if (!shape().copies()) {
            emit(b, dx, w, dy, 0, 0);
            return;
        }
        long copy = b.scratch() + copyAt();
        emit(b, copy, w, dy, 0, 0);
        List<Integer> out = shape().before().stream().map(n -> -n).toList();
        pad(b, copy, shape().padded(), dx, shape().input(), out);
    }

    /** Emits the gradient of w, in f32 and this order. */
    void weights(Binding b, long x, long dy, long dw) {
        long from = paddedCopy(b, x);
        if (!roundsWeights()) {
            emit(b, from, dw, dy, 0, 0);
            return;
        }
        long rounded = b.scratch() + weightsAt(), n = ConvolutionShape.elements(shape().w());
        emit(b, from, rounded, dy, 0, 0);
        b.launch("cast" + Binding.suffix(storage) + "_f32", Grid.threads(c, n / 8 + 1), rounded, dw, n);
    }

    private void emit(Binding b, long x, long w, long y, long bias, long residual) {
        long workspace = algorithm.workspace() == 0 ? 0 : b.scratch();
        emit(b, new ConvolutionDescriptors.Operands(x, w, y, bias, residual, 0, 0, workspace));
    }

    private void emit(Binding b, ConvolutionDescriptors.Operands at) {
        b.cudnn(ConvolutionDescriptors.function(algorithm), descriptors.call(algorithm, at));
    }

    /** Where cuDNN reads x: itself, or a copy with more or less around it. */
    private long paddedCopy(Binding b, long x) {
        if (!shape().copies()) return x;
        long copy = b.scratch() + copyAt();
        pad(b, x, shape().input(), copy, shape().padded(), shape().before());
        return copy;
    }

    private void pad(Binding b, long from, List<Integer> x, long to, List<Integer> y, List<Integer> before) {
        boolean last = order == CudaLayout.Order.CHANNELS_LAST;
        long inner = last ? shape().channels() : 1;
        long n = (long) shape().batch() * shape().channels();
        for (int size : y) n *= size;
        long[] geometry = new long[1 + 3 * MOST_SPATIAL];
        geometry[0] = CONSTANT_PADDING;
        for (int d = 0; d < MOST_SPATIAL; d++) {
            int i = d - (MOST_SPATIAL - x.size());
            geometry[1 + d] = i < 0 ? 0 : before.get(i);
            geometry[1 + MOST_SPATIAL + d] = i < 0 ? 1 : x.get(i);
            geometry[1 + 2 * MOST_SPATIAL + d] = i < 0 ? 1 : y.get(i);
        }
        b.launch("padding" + Binding.suffix(storage), Grid.threads(c, n), from, to, n, inner, 0f, geometry);
    }
}
