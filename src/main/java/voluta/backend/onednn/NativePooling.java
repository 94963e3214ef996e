package voluta.backend.onednn;

import java.util.List;
import java.util.Optional;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import voluta.op.Pooling;
import voluta.tensor.Shape;

/**
 * The gradient of maximum pooling of images by {@link NativeKernels}, from the context that oneDNN's forward pass leaves: for
 * windows that do not overlap, where oneDNN needs two to three times as long.
 */
final class NativePooling {
    private static final format_tag[] ORDERS = {format_tag.acdb, format_tag.aBcd16b};
    private static final int BLOCKED_ORDER = 1;

    private NativePooling() {}

    /**
     * The pass between descriptors as oneDNN chose them; empty if it is not one of those.
     *
     * @param winners the context's descriptor
     */
    static Optional<Kernel> of(
            OnednnContext c, Pooling op, Shape x, Shape y, memory.desc dx, memory.desc dy, memory.desc winners) {
        boolean apart = op.kernel().size() == 2 && op.dilation().equals(List.of(1, 1));
        for (int d = 0; apart && d < 2; d++) {
            boolean inside = -op.start(d, 0) < op.kernel().get(d) && op.start(d, y.size(d + 2) - 1) < x.size(d + 2);
            apart = inside && op.stride().get(d) >= op.kernel().get(d);
        }
        if (!apart || NativeKernels.problem().isPresent()) return Optional.empty();
        data_type type = dx.get_data_type().intern();
        boolean bf16 = type == data_type.bf16;
        if (!bf16 && type != data_type.f32) return Optional.empty();
        for (int order = 0; order < ORDERS.length; order++) {
            boolean same = dx.equals(new memory.desc(x.dims(), type, ORDERS[order]))
                    && dy.equals(new memory.desc(y.dims(), type, ORDERS[order]))
                    && winners.equals(new memory.desc(y.dims(), data_type.u8, ORDERS[order]));
            if (!same) continue;
            int flags = (bf16 ? NativeKernels.BF16 : 0) | (order == BLOCKED_ORDER ? NativeKernels.BLOCKED : 0);
            return Optional.of(new Kernel(geometry(op, x, y, c.workers.threads(), flags)));
        }
        return Optional.empty();
    }

    private static IntPointer geometry(Pooling op, Shape x, Shape y, int threads, int flags) {
        return new IntPointer(
                x.size(0),
                x.size(1),
                x.size(2),
                x.size(3),
                y.size(2),
                y.size(3),
                op.kernel().get(0),
                op.kernel().get(1),
                op.stride().get(0),
                op.stride().get(1),
                -op.start(0, 0),
                -op.start(1, 0),
                threads,
                flags);
    }

    /** The pass over images of one size. */
    record Kernel(IntPointer geometry) {
        /** For the plan. */
        String describe() {
            return "max_pool " + NativeKernels.instructions();
        }

        /** From y's gradient, input 2, and the context to x's gradient. */
        void emit(Binding b) {
            LongPointer arrays = b.keep(new LongPointer(b.inputAddress(2), b.contextAddress(), b.outputAddress(0)));
            long g = b.keep(geometry).address(), addresses = arrays.address();
            b.run(() -> run(g, addresses));
        }
    }

    /** Both addresses are of structures in native memory. */
    private static native void run(long geometry, long arrays);
}
