package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.CrossEntropy;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Softmax cross-entropy: a launch over the rows, and one for what all rows share. Targets and loss are f32. */
final class CrossEntropyCuda {
    private static final String MEAN = "cross_entropy_mean", FACTOR = "cross_entropy_factor";
    private static final Grid ONE = new Grid(1, Grid.THREADS, 1);

    private CrossEntropyCuda() {}

    static void register(CudaTable table) {
        table.add(CrossEntropy.class, CrossEntropyCuda::forward);
        table.add(CrossEntropy.Backward.class, (c, op, p) -> backward(c, op.forward(), p));
    }

    private static CudaKernel forward(CudaContext c, CrossEntropy op, Preparation p) {
        Layout layout = c.layoutOf(p, 0);
        TensorType z = p.node().input(0).type();
        String kernel = "cross_entropy" + Binding.suffix(CudaLayout.storage(z, layout));
        c.kernels.function(kernel);
        c.kernels.function(MEAN);
        long rows = z.dim(0);
        int classes = z.shape().size(1);
        return CudaKernel.of(p.node(), kernel)
                .input(0, layout)
                .scratch(Float.BYTES * rows)
                .bind(x -> {
                    x.launch(
                            kernel,
                            SoftmaxCuda.rows(c, rows, classes),
                            x.input(0),
                            labels(x),
                            targets(x),
                            x.scratch(),
                            rows,
                            classes,
                            (float) op.smoothing());
                    x.launch(MEAN, ONE, x.scratch(), labels(x), x.output(0), rows, classes);
                });
    }

    private static CudaKernel backward(CudaContext c, CrossEntropy op, Preparation p) {
        Layout layout = c.layoutOf(p, 0);
        TensorType z = p.node().input(0).type();
        String kernel = "cross_entropy_backward" + Binding.suffix(CudaLayout.storage(z, layout));
        c.kernels.function(kernel);
        c.kernels.function(FACTOR);
        long rows = z.dim(0);
        int classes = z.shape().size(1);
        return CudaKernel.of(p.node(), kernel)
                .input(0, layout)
                .output(0, layout)
                .overwrites(0, 0)
                .scratch(Float.BYTES)
                .bind(x -> {
                    x.launch(FACTOR, ONE, x.input(2), labels(x), x.scratch(), rows, classes);
                    x.launch(
                            kernel,
                            SoftmaxCuda.rows(c, rows, classes),
                            x.input(0),
                            labels(x),
                            targets(x),
                            x.scratch(),
                            x.output(0),
                            rows,
                            classes,
                            (float) op.smoothing());
                });
    }

    /** Address of the labels, 0 where target probabilities are given. */
    private static long labels(Binding x) {
        return x.inputType(1).dtype() == DType.I32 ? x.input(1) : 0;
    }

    private static long targets(Binding x) {
        return x.inputType(1).dtype() == DType.I32 ? 0 : x.input(1);
    }
}
