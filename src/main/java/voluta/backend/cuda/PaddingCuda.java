package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Padding;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Padding in whatever layout x lies; the gradient of repeated elements is gathered (native-kernels/padding.cu). */
final class PaddingCuda {
    private static final int DIMENSIONS = 3;

    private PaddingCuda() {}

    static void register(CudaTable table) {
        table.add(Padding.class, PaddingCuda::forward);
        table.add(Padding.Backward.class, PaddingCuda::backward);
    }

    private static CudaKernel forward(CudaContext c, Padding op, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        Layout offered = c.layoutOf(p, 0);
        DType storage = CudaLayout.storage(x, offered);
        CudaLayout.Order order = order(c, p, x, offered);
        Layout in = CudaLayout.of(x, order, storage), out = CudaLayout.of(y, order, storage);
        String kernel = "padding" + Binding.suffix(storage);
        c.kernels.function(kernel);
        long n = y.elements(), inner = inner(x, order);
        long[] g = geometry(op, x, y);
        Grid grid = grid(c, n, inner, storage);
        return CudaKernel.of(p.node(), kernel)
                .input(0, in)
                .output(0, out)
                .bind(b -> b.launch(kernel, grid, b.input(0), b.output(0), n, inner, (float) op.value(), g));
    }

    private static CudaKernel backward(CudaContext c, Padding.Backward op, Preparation p) {
        TensorType dy = p.node().input(0).type(), dx = p.node().output().type();
        Layout offered = c.layoutOf(p, 0);
        DType storage = CudaLayout.storage(dy, offered);
        CudaLayout.Order order = order(c, p, dy, offered);
        Layout in = CudaLayout.of(dy, order, storage), out = CudaLayout.of(dx, order, storage);
        String kernel = "padding_backward" + Binding.suffix(storage);
        c.kernels.function(kernel);
        long n = dx.elements(), inner = inner(dx, order);
        long[] g = geometry(op.forward(), dx, dy);
        Grid grid = grid(c, n, inner, storage);
        return CudaKernel.of(p.node(), kernel)
                .input(0, in)
                .output(0, out)
                .bind(b -> b.launch(kernel, grid, b.input(0), b.output(0), n, inner, g));
    }

    /** The order of the value that comes; where it has none, of one pixel say, the one that convolutions like. */
    private static CudaLayout.Order order(CudaContext c, Preparation p, TensorType type, Layout layout) {
        return CudaLayout.ordersDiffer(type) ? CudaLayout.order(layout) : c.order(p.precision());
    }

    /** How many neighbours belong to a position. */
    private static long inner(TensorType type, CudaLayout.Order order) {
        return order == CudaLayout.Order.CHANNELS_LAST ? type.dim(1) : 1;
    }

    private static Grid grid(CudaContext c, long n, long inner, DType storage) {
        int lanes = 16 / storage.bytes();
        return Grid.threads(c, inner % lanes == 0 ? n / lanes : n);
    }

    /** Mode, then what comes before, x's sizes and y's; missing dimensions come first. */
    private static long[] geometry(Padding op, TensorType x, TensorType y) {
        long[] g = new long[1 + 3 * DIMENSIONS];
        g[0] = op.mode().ordinal();
        for (int d = 0; d < DIMENSIONS; d++) {
            int own = d - (DIMENSIONS + 2 - x.rank());
            g[1 + d] = own < 0 ? 0 : op.before().get(own);
            g[1 + DIMENSIONS + d] = own < 0 ? 1 : x.dim(own + 2);
            g[1 + 2 * DIMENSIONS + d] = own < 0 ? 1 : y.dim(own + 2);
        }
        return g;
    }
}
