package voluta.backend.onednn;

import java.util.Optional;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import voluta.op.Convolution;
import voluta.tensor.Shape;

/**
 * Gradients of the weights of convolutions over images in bf16 by {@link NativeKernels}, for processors that multiply pairs
 * of bf16: in the layouts that oneDNN chose, where it needs up to twice as long. Pairs are of two images, so that any window
 * and stride reads whole ones.
 */
final class WeightDots {
    private static final int BLOCK = 16;
    /** Channels of plain images; more of them lie in blocks. */
    private static final int MOST_PLAIN = 3;
    /** Channels of y from which it pays with plain images: fewer leave too little to do for each pixel that is read. */
    private static final int LEAST_FROM_PLAIN = 32;

    private WeightDots() {}

    /**
     * The pass in the layouts of a descriptor; empty if it is not one of those.
     *
     * @param pd of a convolution without a bias
     */
    static Optional<Kernel> of(
            OnednnContext c, Convolution op, Shape x, Shape w, convolution_backward_weights.primitive_desc pd) {
        if (w.rank() != 4 || op.groups() > 1 || x.dim(0) == 1) return Optional.empty();
        Shape y = op.outputShape(x, w);
        boolean plain = x.dim(1) <= MOST_PLAIN
                && y.dim(1) >= LEAST_FROM_PLAIN
                && op.dilation().get(1) == 1;
        boolean lies = lies(pd.src_desc(), x, data_type.bf16, plain ? format_tag.abcd : format_tag.aBcd16b)
                && lies(pd.diff_dst_desc(), y, data_type.bf16, format_tag.aBcd16b)
                && lies(pd.diff_weights_desc(), w, data_type.f32, plain ? format_tag.Acdb16a : format_tag.ABcd16b16a);
        // the problem is asked for last: asking loads the library
        if (!lies || !serve()) return Optional.empty();
        return Optional.of(new Kernel(geometry(op, x, w, y, c.workers.threads(), plain)));
    }

    /** Whether this processor has them, and the library is there. */
    static boolean serve() {
        return NativeKernels.problem().isEmpty() && available();
    }

    private static boolean lies(memory.desc d, Shape shape, data_type type, format_tag order) {
        return d.equals(new memory.desc(shape.dims(), type, order));
    }

    /** Channels that do not fill a block are followed by zeros, which leave zeros behind the weights' gradients. */
    private static IntPointer geometry(Convolution op, Shape x, Shape w, Shape y, int threads, boolean plain) {
        return new IntPointer(
                x.size(0),
                plain ? x.size(1) : wholeBlocks(x.size(1)),
                wholeBlocks(y.size(1)),
                x.size(2),
                x.size(3),
                y.size(2),
                y.size(3),
                w.size(2),
                w.size(3),
                op.stride().get(0),
                op.stride().get(1),
                op.dilation().get(0),
                op.dilation().get(1),
                op.padBefore().get(0),
                op.padBefore().get(1),
                threads,
                plain ? 0 : NativeKernels.BLOCKED);
    }

    private static int wholeBlocks(int channels) {
        return (channels + BLOCK - 1) / BLOCK * BLOCK;
    }

    /** The pass over images of one size. */
    record Kernel(IntPointer geometry) {
        /** For the plan. */
        String describe() {
            return "dots avx512_bf16";
        }

        long scratch() {
            return scratchBytes(geometry.address());
        }

        /** From x and y's gradient, inputs 0 and 1, to that of the weights. */
        void emit(Binding b) {
            long x = b.inputAddress(0), dy = b.inputAddress(1), dw = b.outputAddress(0);
            LongPointer arrays = b.keep(new LongPointer(x, dy, dw, b.scratchAddress()));
            long g = b.keep(geometry).address(), addresses = arrays.address();
            b.run(() -> run(g, addresses));
        }
    }

    /** Whether this processor multiplies pairs of bf16. */
    private static native boolean available();

    private static native long scratchBytes(long geometry);

    /** Both addresses are of structures in native memory. */
    private static native void run(long geometry, long arrays);
}
