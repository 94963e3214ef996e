package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** What losses share that are a mean over all elements of two values of one type. The loss is f32. */
final class MeanLoss {
    private MeanLoss() {}

    /** A sum per block, then their mean. */
    static CudaKernel forward(CudaContext c, Preparation p, String name) {
        Layout layout = layout(c, p);
        TensorType type = p.node().input(0).type();
        DType storage = CudaLayout.storage(type, layout);
        String kernel = name + Binding.suffix(storage);
        c.kernels.function(kernel);
        long n = type.elements();
        Grid grid = Grid.elements(c, n, storage.bytes());
        Sums mean = new Sums(1, grid.blocks(), 1);
        mean.load(c, DType.F32, DType.F32);
        long sums = ((long) Float.BYTES * grid.blocks() + 255) / 256 * 256;
        return CudaKernel.of(p.node(), kernel)
                .input(0, layout)
                .input(1, layout)
                .scratch(sums + mean.scratch(c))
                .bind(x -> {
                    x.launch(kernel, grid, x.input(0), x.input(1), x.scratch(), n);
                    mean.emit(x, x.scratch(), DType.F32, x.output(0), DType.F32, (float) (1.0 / n), x.scratch() + sums);
                });
    }

    /** Inputs x, target and the loss's gradient. */
    static CudaKernel backward(CudaContext c, Preparation p, String name) {
        Layout layout = layout(c, p);
        TensorType type = p.node().input(0).type();
        DType storage = CudaLayout.storage(type, layout);
        String kernel = name + "_backward" + Binding.suffix(storage);
        c.kernels.function(kernel);
        return CudaKernel.of(p.node(), kernel)
                .input(0, layout)
                .input(1, layout)
                .output(0, layout)
                .overwrites(0, 0)
                .bind(x -> x.launch(
                        kernel,
                        Grid.elements(c, type.elements(), storage.bytes()),
                        x.input(0),
                        x.input(1),
                        x.input(2),
                        x.output(0),
                        type.elements()));
    }

    /** As x lies; but where one of the two is f32, so is the other: targets are not rounded. */
    private static Layout layout(CudaContext c, Preparation p) {
        TensorType type = p.node().input(0).type();
        Layout x = c.offeredOr(p, 0), target = c.offeredOr(p, 1);
        boolean both =
                CudaLayout.narrow(CudaLayout.storage(type, x)) && CudaLayout.narrow(CudaLayout.storage(type, target));
        return both ? x : CudaLayout.like(type, x, type.dtype());
    }
}
