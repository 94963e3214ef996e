package voluta.backend.cuda;

import java.util.Optional;
import voluta.op.Activation;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** What is done to a result in place: a bias per channel, a residual and an activation, each if there is one. */
final class ChannelEpilogue {
    private static final int NONE = -1;

    private ChannelEpilogue() {}

    /**
     * Emits it; nothing if there is nothing to do.
     *
     * @param y the result's address, {@code type}, order and element type
     * @param bias f32, one for each channel, or 0
     * @param residual like y, or 0
     */
    static void emit(
            Binding b,
            long y,
            TensorType type,
            CudaLayout.Order order,
            DType storage,
            long bias,
            long residual,
            Optional<Activation> activation) {
        if (bias == 0 && residual == 0 && activation.isEmpty()) return;
        long inner = order == CudaLayout.Order.CHANNELS_LAST ? 1 : CudaLayout.spatial(type);
        b.launch(
                kernel(storage),
                Grid.elements(b.context(), type.elements(), storage.bytes()),
                y,
                bias,
                residual,
                type.elements(),
                type.dim(1),
                inner,
                activation.map(a -> a.kind().ordinal()).orElse(NONE),
                activation.map(a -> (float) a.alpha()).orElse(0f),
                activation.map(a -> (float) a.beta()).orElse(0f));
    }

    static String kernel(DType storage) {
        return "fused_convolution" + Binding.suffix(storage);
    }
}
