package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Accuracy;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Top-k accuracy: each row says 1 or 0, then their sum. */
final class AccuracyCuda {
    private AccuracyCuda() {}

    static void register(CudaTable table) {
        table.add(Accuracy.class, AccuracyCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, Accuracy op, Preparation p) {
        Layout layout = c.layoutOf(p, 0);
        TensorType z = p.node().input(0).type();
        String kernel = "accuracy" + Binding.suffix(CudaLayout.storage(z, layout));
        c.kernels.function(kernel);
        long rows = z.dim(0);
        int classes = z.shape().size(1);
        Sums sum = new Sums(1, rows, 1);
        sum.load(c, DType.F32, DType.F32);
        long right = (Float.BYTES * rows + 255) / 256 * 256;
        return CudaKernel.of(p.node(), kernel)
                .input(0, layout)
                .scratch(right + sum.scratch(c))
                .bind(x -> {
                    x.launch(
                            kernel,
                            SoftmaxCuda.rows(c, rows, classes),
                            x.input(0),
                            x.input(1),
                            x.scratch(),
                            rows,
                            classes,
                            op.k());
                    sum.emit(x, x.scratch(), DType.F32, x.output(0), DType.F32, 1, x.scratch() + right);
                });
    }
}
