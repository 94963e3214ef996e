package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Pooling;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Pooling in whatever layout x lies, by kernels of our own (native-kernels/pooling.cu): the work is moving memory, and one
 * kernel takes every window, where cuDNN has neither dilation nor uneven padding and does not say which of equal maxima
 * wins. The maximum's context is the winners' numbers within their windows.
 */
final class PoolingCuda {
    private static final int WARP = 32, WARPS = 8;

    private PoolingCuda() {}

    static void register(CudaTable table) {
        table.add(
                Pooling.class,
                (c, op, p) -> forward(
                        c,
                        p,
                        PoolingWindows.of(
                                op, shape(p, 0), p.node().output().type().shape())));
        table.add(
                Pooling.Backward.class,
                (c, op, p) -> backward(c, p, PoolingWindows.of(op.forward(), shape(p, 0), shape(p, 2))));
    }

    static voluta.tensor.Shape shape(Preparation p, int input) {
        return p.node().input(input).type().shape();
    }

    static CudaKernel forward(CudaContext c, Preparation p, PoolingWindows windows) {
        Layout layout = c.layoutOf(p, 0);
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        DType storage = CudaLayout.storage(x, layout);
        // y of one pixel lies in any order: its layout has another name then, and the same bytes
        Layout out = CudaLayout.like(y, layout, storage);
        long n = y.elements(), inner = windows.inner(layout);
        String kernel = name(windows) + (windows.large() ? "_large" : "") + Binding.suffix(storage);
        c.kernels.function(kernel);
        Grid grid = windows.large()
                ? Grid.blocks(c, inner == 1 ? n / WARPS + 1 : n / WARP + 1, WARP, WARPS)
                : Grid.threads(c, threads(n, inner, storage));
        CudaKernel.Builder k = CudaKernel.of(p.node(), kernel).input(0, layout).output(0, out);
        if (!windows.max()) {
            return k.bind(b -> b.launch(kernel, grid, b.input(0), b.output(0), n, inner, windows.geometry(b)));
        }
        // always left: nothing says whether a backward node follows
        return k.context(n * windows.winnerBytes())
                .bind(b -> b.launch(
                        kernel, grid, b.input(0), b.output(0), b.contextAddress(), n, inner, windows.geometry(b)));
    }

    private static String name(PoolingWindows windows) {
        return windows.max() ? "pooling_max" : "pooling_average";
    }

    private static long threads(long n, long inner, DType storage) {
        int lanes = 16 / storage.bytes();
        return inner % lanes == 0 ? n / lanes : n;
    }

    /**
     * Inputs x, y and dy, of which dy is read. The maximum's winners lie in the order of forward; a mean's gradient comes
     * in the order of x, whose producer wants it so.
     */
    static CudaKernel backward(CudaContext c, Preparation p, PoolingWindows windows) {
        TensorType x = p.node().input(0).type(), y = p.node().input(2).type();
        Layout like = windows.max() ? p.forward().orElseThrow().inputLayout(0) : c.layoutOf(p, 0);
        DType storage = CudaLayout.storage(y, c.layoutOf(p, 2));
        Layout layout = CudaLayout.like(x, like, storage), in = CudaLayout.like(y, like, storage);
        long n = x.elements(), inner = windows.inner(like);
        String kernel = name(windows) + (windows.max() && windows.large() ? "_large" : "") + "_backward"
                + Binding.suffix(storage);
        c.kernels.function(kernel);
        Grid grid = Grid.threads(c, threads(n, inner, storage));
        return CudaKernel.of(p.node(), kernel)
                .ignores(0)
                .ignores(1)
                .input(2, in)
                .output(0, layout)
                .bind(b -> {
                    if (windows.max()) {
                        b.launch(
                                kernel,
                                grid,
                                b.input(2),
                                b.contextAddress(),
                                b.output(0),
                                n,
                                inner,
                                windows.geometry(b));
                    } else {
                        b.launch(kernel, grid, b.input(2), b.output(0), n, inner, windows.geometry(b));
                    }
                });
    }
}
