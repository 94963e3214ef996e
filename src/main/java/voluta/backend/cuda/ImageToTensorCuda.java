package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ImageToTensor;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Images from bytes to what the first convolution likes to read. */
final class ImageToTensorCuda {
    private ImageToTensorCuda() {}

    static void register(CudaTable table) {
        table.add(ImageToTensor.class, ImageToTensorCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, ImageToTensor op, Preparation p) {
        TensorType y = p.node().output().type();
        DType storage = CudaLayout.storage(p.precision());
        Layout layout = CudaLayout.of(y, c.order(p.precision()), storage);
        boolean last = CudaLayout.order(layout) == CudaLayout.Order.CHANNELS_LAST;
        String kernel = (last ? "image_to_tensor_nhwc" : "image_to_tensor") + Binding.suffix(storage);
        c.kernels.function(kernel);
        int channels = y.shape().size(1), pixels = Math.toIntExact(CudaLayout.spatial(y));
        long work = last ? y.elements() / 4 + 1 : y.dim(0) * pixels;
        return CudaKernel.of(p.node(), kernel)
                .output(0, layout)
                .bind(x -> x.launch(
                        kernel,
                        Grid.threads(c, work),
                        x.input(0),
                        x.table(scales(op)),
                        x.output(0),
                        y.dim(0),
                        channels,
                        pixels));
    }

    /** Per channel: scale, shift. */
    private static int[] scales(ImageToTensor op) {
        int[] words = new int[2 * op.mean().size()];
        for (int k = 0; k < op.mean().size(); k++) {
            double mean = op.mean().get(k), std = op.std().get(k);
            words[2 * k] = Float.floatToRawIntBits((float) (1 / (255 * std)));
            words[2 * k + 1] = Float.floatToRawIntBits((float) (-mean / std));
        }
        return words;
    }
}
