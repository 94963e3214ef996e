package voluta.backend.onednn;

import java.util.Optional;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Activation;
import voluta.tensor.TensorType;

/**
 * Activations that are a line between two limits by {@link NativeKernels}, in whatever layout x lies, in f32 or bf16. As fast
 * as oneDNN's, which are bound by memory too; but these leave what is no number as it is, where oneDNN makes a limit of it and
 * hides that training has gone wrong.
 */
final class NativeClip {
    private NativeClip() {}

    /** y is scale x + shift cut to [low, high]. */
    private record Line(float scale, float shift, float low, float high) {
        /** Of an activation that is such; else null. */
        static Line of(Activation op) {
            return switch (op.kind()) {
                case RELU -> new Line(1, 0, 0, Float.POSITIVE_INFINITY);
                case RELU6 -> new Line(1, 0, (float) op.alpha(), (float) op.beta());
                case HARDSIGMOID -> new Line((float) op.alpha(), (float) op.beta(), 0, 1);
                default -> null;
            };
        }
    }

    /** The kernel of an activation; empty if it is not one of those, there is no library, or a block's padding would not stay zero. */
    static Optional<OnednnKernel> of(OnednnContext c, Activation op, Preparation p) {
        Line line = Line.of(op);
        if (line == null || NativeKernels.problem().isPresent()) return Optional.empty();
        TensorType type = p.node().output().type();
        Layout layout = c.offeredOr(p, 0);
        memory.desc d = c.desc(type, layout);
        boolean bf16 = d.get_data_type().intern() == data_type.bf16;
        long n = d.get_size() / (bf16 ? Short.BYTES : Float.BYTES);
        if (line.shift != 0 && n != type.elements()) return Optional.empty();
        int threads = c.workers.threads(), flags = bf16 ? NativeKernels.BF16 : 0;
        return Optional.of(OnednnKernel.of(p.node(), "clip " + NativeKernels.instructions())
                .input(0, layout)
                .output(0, layout)
                .overwrites(0, 0)
                .bind(b -> {
                    long x = b.inputAddress(0), y = b.outputAddress(0);
                    b.run(() -> run(x, y, n, line.scale, line.shift, line.low, line.high, threads, flags));
                }));
    }

    private static native void run(
            long x, long y, long n, float scale, float shift, float low, float high, int threads, int flags);
}
