package voluta.backend.onednn;

import java.util.Optional;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.PreparedKernel;
import voluta.op.Activation;
import voluta.op.BatchNormalization;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * Batch normalization by {@link NativeKernels}: a residual and ReLU or ReLU6 belong to the same walks over memory, of which
 * there are two in either direction, where oneDNN needs three, and two more for a residual. Images lie with channels last or
 * in blocks of 16 channels. The context is mean and biased variance. Of a convolution that normalizes what it reads, the forward
 * part is the statistics alone.
 */
final class NativeNormalization {
    /** What is done, by the numbers in batch_norm.h. */
    private enum Pass {
        TRAINING,
        FROZEN,
        BACKWARD,
        STATISTICS
    }

    private static final long LINE = 64;

    private final OnednnContext c;
    private final Preparation p;
    private final TensorType type;
    private final Layout layout;
    private final double epsilon;
    private final int activation;

    private NativeNormalization(
            OnednnContext c, Preparation p, Layout layout, double epsilon, Optional<Activation> activation) {
        this.c = c;
        this.p = p;
        this.type = p.node().input(0).type();
        this.layout = layout;
        this.epsilon = epsilon;
        this.activation = number(activation);
    }

    /** The forward kernel of a node with x as its first input; empty where there is no library. */
    static Optional<NativeNormalization> of(
            OnednnContext c, Preparation p, double epsilon, Optional<Activation> activation) {
        if (!supports(activation, p.precision())) return Optional.empty();
        Layout layout = layout(c, p.node().input(0).type(), c.offeredOr(p, 0));
        return Optional.of(new NativeNormalization(c, p, layout, epsilon, activation));
    }

    /** The backward kernel where the forward kernel was one of these; else empty. */
    static Optional<NativeNormalization> after(
            OnednnContext c, Preparation p, double epsilon, Optional<Activation> activation) {
        PreparedKernel forward = p.forward().orElseThrow();
        if (!(((OnednnKernel) forward).hint() instanceof NativeNormalization)) return Optional.empty();
        return Optional.of(new NativeNormalization(c, p, forward.inputLayout(0), epsilon, activation));
    }

    /** The statistics of a node's first input, which lies like this; whoever reads them normalizes. */
    static NativeNormalization statistics(OnednnContext c, Preparation p, Layout x, double epsilon) {
        return new NativeNormalization(c, p, x, epsilon, Optional.empty());
    }

    /**
     * Whether there is a library, and it is faster: with ReLU6, which oneDNN has not within its normalization, in f32. With
     * ReLU it was measured to be as fast as oneDNN's, in bf16 slower.
     */
    static boolean supports(Optional<Activation> activation, Precision precision) {
        return precision == Precision.F32
                && activation.filter(a -> a.kind() == Activation.Kind.RELU6).isPresent()
                && NativeKernels.problem().isEmpty();
    }

    /** An activation's number in batch_norm.h; -1 if it has none. */
    static int number(Optional<Activation> activation) {
        if (activation.isEmpty()) return 0;
        return switch (activation.get().kind()) {
            case RELU -> 1;
            case RELU6 -> 2;
            default -> -1;
        };
    }

    /** What is offered where it is one of the library's orders, else channels last. */
    private static Layout layout(OnednnContext c, TensorType x, Layout offered) {
        Layout last = ordered(c, x, last(x));
        return offered.equals(last) || blocked(c, x, offered) ? offered : last;
    }

    private static Layout ordered(OnednnContext c, TensorType x, format_tag order) {
        return c.layout(x, new memory.desc(x.shape().dims(), data_type.f32, order));
    }

    private static format_tag last(TensorType x) {
        return x.rank() == 2 ? format_tag.ab : LayoutChoice.CHANNELS_LAST[x.rank()];
    }

    private static boolean blocked(OnednnContext c, TensorType x, Layout layout) {
        if (x.rank() == 2) return false;
        return layout.equals(ordered(c, x, NormalizationLayout.tag(x.rank(), 16)));
    }

    private IntPointer geometry(Pass pass) {
        Shape x = type.shape();
        boolean last = layout.equals(ordered(c, type, last(type)));
        int flags = last ? 0 : NativeKernels.BLOCKED;
        int images = (int) x.dim(0), channels = (int) x.dim(1);
        int pixels = (int) (x.elements() / x.dim(0) / x.dim(1));
        int e = Float.floatToIntBits((float) epsilon);
        return new IntPointer(pass.ordinal(), activation, images, pixels, channels, c.workers.threads(), flags, e);
    }

    private static long scratch(IntPointer geometry) {
        return scratchBytes(geometry.address());
    }

    private OnednnKernel.Builder kernel(IntPointer geometry, int... images) {
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), "norm " + NativeKernels.instructions())
                .scratch(scratch(geometry))
                .output(0, layout)
                .hint(this);
        for (int i : images) k.input(i, layout);
        return k;
    }

    /** Addresses as batch_norm.h has them, 0 where there is nothing. */
    private static final class Arrays {
        private long x,
                scale,
                shift,
                mean,
                variance,
                residual,
                y,
                dy,
                dx,
                residualGradient,
                scaleGradient,
                shiftGradient,
                factor;

        LongPointer with(long scratch) {
            return new LongPointer(
                    x,
                    scale,
                    shift,
                    mean,
                    variance,
                    residual,
                    y,
                    dy,
                    dx,
                    residualGradient,
                    scaleGradient,
                    shiftGradient,
                    scratch,
                    factor);
        }
    }

    private static void emit(Binding b, IntPointer geometry, Arrays a) {
        LongPointer arrays = b.keep(a.with(b.scratchAddress()));
        long g = b.keep(geometry).address(), addresses = arrays.address();
        b.run(() -> run(g, addresses));
    }

    private long varianceAt() {
        return (type.dim(1) * Float.BYTES + LINE - 1) / LINE * LINE;
    }

    /**
     * y, and in training the running statistics.
     *
     * @param residual the input that is added; -1 for none
     */
    OnednnKernel forward(BatchNormalization op, int residual) {
        boolean training = op.mode() == BatchNormalization.Mode.TRAINING;
        IntPointer geometry = geometry(training ? Pass.TRAINING : Pass.FROZEN);
        OnednnKernel.Builder k = residual < 0 ? kernel(geometry, 0) : kernel(geometry, 0, residual);
        if (training) k.context(2 * varianceAt());
        return k.overwrites(0, 0).bind(b -> {
            Arrays a = new Arrays();
            a.x = b.inputAddress(0);
            a.scale = b.inputAddress(1);
            a.shift = b.inputAddress(2);
            a.mean = training ? b.contextAddress() : b.inputAddress(3);
            a.variance = training ? b.contextAddress() + varianceAt() : b.inputAddress(4);
            a.residual = residual < 0 ? 0 : b.inputAddress(residual);
            a.y = b.outputAddress(0);
            emit(b, geometry, a);
            if (training) BatchNormalizationOnednn.emitRunningStatistics(b, op, varianceAt());
        });
    }

    /** Addresses of what a kernel normalizes with: mean, scale / root of (variance + epsilon), shift, each of a float per channel. */
    record Vectors(long mean, long factor, long shift) {}

    /** Those of a node whose third input is the shift, and whose context is that of {@link #emitStatistics}. */
    Vectors vectors(Binding b) {
        long mean = b.contextAddress();
        return new Vectors(mean, mean + 2 * varianceAt(), b.inputAddress(2));
    }

    long statisticsContext() {
        return 3 * varianceAt();
    }

    long statisticsScratch() {
        try (IntPointer geometry = geometry(Pass.STATISTICS)) {
            return scratch(geometry);
        }
    }

    /** Leaves mean, biased variance and factor of input 0 as the context, and moves the running statistics. */
    void emitStatistics(Binding b, BatchNormalization op) {
        Arrays a = new Arrays();
        a.x = b.inputAddress(0);
        a.scale = b.inputAddress(1);
        a.mean = b.contextAddress();
        a.variance = a.mean + varianceAt();
        a.factor = a.variance + varianceAt();
        emit(b, geometry(Pass.STATISTICS), a);
        BatchNormalizationOnednn.emitRunningStatistics(b, op, varianceAt());
    }

    /** Which inputs and outputs of a backward node are what; -1 where there is none. */
    record Places(int shift, int y, int dy, int residualGradient) {}

    /** The gradients of x, scale, shift and perhaps the residual. */
    OnednnKernel backward(Places at) {
        IntPointer geometry = geometry(Pass.BACKWARD);
        OnednnKernel.Builder k = kernel(geometry, 0, at.dy);
        boolean residual = at.residualGradient >= 0;
        if (at.y >= 0 && residual) k.input(at.y, layout);
        else if (at.y >= 0) k.ignores(at.y);
        if (residual) k.output(at.residualGradient, layout).overwrites(at.residualGradient, at.dy);
        else k.overwrites(0, at.dy);
        return k.bind(b -> {
            Arrays a = new Arrays();
            a.x = b.inputAddress(0);
            a.scale = b.inputAddress(1);
            a.shift = at.shift < 0 ? 0 : b.inputAddress(at.shift);
            a.mean = b.contextAddress();
            a.variance = b.contextAddress() + varianceAt();
            a.y = at.y >= 0 && residual ? b.inputAddress(at.y) : 0;
            a.dy = b.inputAddress(at.dy);
            a.dx = b.outputAddress(0);
            a.residualGradient = residual ? b.outputAddress(at.residualGradient) : 0;
            a.scaleGradient = b.outputAddress(1);
            a.shiftGradient = b.outputAddress(2);
            emit(b, geometry, a);
        });
    }

    private static native long scratchBytes(long geometry);

    /** Normalizes; both addresses are of structures in native memory. */
    private static native void run(long geometry, long arrays);
}
