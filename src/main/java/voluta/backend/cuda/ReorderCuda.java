package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Brings a value from one layout, and storage type, to another. */
final class ReorderCuda {
    private static final int TILE = 32, ROWS = 8;

    private ReorderCuda() {}

    static CudaKernel prepare(CudaContext c, TensorType type, Layout from, Layout to) {
        DType a = CudaLayout.storage(type, from), b = CudaLayout.storage(type, to);
        return CudaLayout.order(from) == CudaLayout.order(to)
                ? cast(c, type, from, to, a, b)
                : exchange(c, type, from, to, a, b);
    }

    private static CudaKernel cast(CudaContext c, TensorType type, Layout from, Layout to, DType a, DType b) {
        String kernel = "cast" + Binding.suffix(a) + Binding.suffix(b);
        long n = type.elements();
        c.kernels.function(kernel);
        return CudaKernel.reorder(kernel, from, to)
                .bind(x -> x.launch(kernel, Grid.threads(c, n / 8 + 1), x.input(0), x.output(0), n));
    }

    private static CudaKernel exchange(CudaContext c, TensorType type, Layout from, Layout to, DType a, DType b) {
        String kernel = "reorder" + Binding.suffix(a) + Binding.suffix(b);
        long outer = type.dim(0), channels = type.dim(1), spatial = CudaLayout.spatial(type);
        boolean toLast = CudaLayout.order(to) == CudaLayout.Order.CHANNELS_LAST;
        long rows = toLast ? channels : spatial, columns = toLast ? spatial : channels;
        long tiles = outer * ((rows + TILE - 1) / TILE) * ((columns + TILE - 1) / TILE);
        c.kernels.function(kernel);
        return CudaKernel.reorder(kernel, from, to)
                .bind(x -> x.launch(
                        kernel, Grid.blocks(c, tiles, TILE, ROWS), x.input(0), x.output(0), outer, rows, columns));
    }
}
