package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Dropout;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Dropout by the same random numbers as everywhere, in whatever layout the input lies; backward is the same kernel. */
final class DropoutCuda {
    private DropoutCuda() {}

    static void register(CudaTable table) {
        table.add(Dropout.class, DropoutCuda::prepare);
        table.add(Dropout.Backward.class, (c, op, p) -> prepare(c, op.forward(), p));
    }

    private static CudaKernel prepare(CudaContext c, Dropout op, Preparation p) {
        Layout layout = c.layoutOf(p, 0);
        TensorType type = p.node().input(0).type();
        DType storage = CudaLayout.storage(type, layout);
        boolean last = CudaLayout.order(layout) == CudaLayout.Order.CHANNELS_LAST;
        String kernel = (last ? "dropout_nhwc" : "dropout") + Binding.suffix(storage);
        c.kernels.function(kernel);
        CudaKernel.Builder k = CudaKernel.of(p.node(), kernel)
                .input(0, layout)
                .output(0, layout)
                .overwrites(0, 0);
        long n = type.elements();
        float scale = (float) op.scale();
        if (last) {
            int channels = type.shape().size(1), pixels = Math.toIntExact(CudaLayout.spatial(type));
            return k.bind(x -> x.launch(
                    kernel,
                    Grid.threads(c, n),
                    x.input(0),
                    x.input(1),
                    x.output(0),
                    n,
                    op.seedKey(),
                    op.threshold(),
                    scale,
                    channels,
                    pixels));
        }
        return k.bind(x -> x.launch(
                kernel,
                Grid.elements(c, n, storage.bytes()),
                x.input(0),
                x.input(1),
                x.output(0),
                n,
                op.seedKey(),
                op.threshold(),
                scale));
    }
}
