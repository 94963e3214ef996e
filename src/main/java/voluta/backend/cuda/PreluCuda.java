package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Preparation;
import voluta.op.Prelu;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Leaky ReLU with learned slopes, in whatever layout x lies; slopes and their gradient are f32. */
final class PreluCuda {
    private static final int WARP = 32, ROWS = 8;
    /** Rows of channels that a block at least takes. */
    private static final long LEAST_ROWS = 64;

    private static final long BLOCKS_PER_MULTIPROCESSOR = 8;

    private PreluCuda() {}

    static void register(CudaTable table) {
        table.add(Prelu.class, (c, op, p) -> forward(c, p));
        table.add(Prelu.Backward.class, (c, op, p) -> backward(c, p));
    }

    private static CudaKernel forward(CudaContext c, Preparation p) {
        Layout layout = c.layoutOf(p, 0);
        TensorType x = p.node().input(0).type();
        int slopes = p.node().input(1).type().shape().size(0);
        DType storage = CudaLayout.storage(x, layout);
        long inner = innermost(x, layout) ? 1 : CudaLayout.spatial(x);
        String kernel = "prelu" + Binding.suffix(storage);
        c.kernels.function(kernel);
        return CudaKernel.of(p.node(), kernel)
                .input(0, layout)
                .output(0, layout)
                .overwrites(0, 0)
                .bind(b -> b.launch(
                        kernel,
                        Grid.elements(c, x.elements(), storage.bytes()),
                        b.input(0),
                        b.input(1),
                        b.output(0),
                        x.elements(),
                        slopes,
                        inner));
    }

    /** Whether channels are neighbours in memory. */
    private static boolean innermost(TensorType x, Layout layout) {
        return CudaLayout.spatial(x) == 1 || CudaLayout.order(layout) == CudaLayout.Order.CHANNELS_LAST;
    }

    /** The derivatives by x, and sums for those by the slopes, which a second kernel ends. */
    private static CudaKernel backward(CudaContext c, Preparation p) {
        Layout layout = c.layoutOf(p, 0);
        TensorType x = p.node().input(0).type();
        int slopes = p.node().input(1).type().shape().size(0);
        int channels = x.rank() < 2 ? 1 : x.shape().size(1);
        DType storage = CudaLayout.storage(x, layout);
        boolean last = x.rank() >= 2 && innermost(x, layout);
        String kernel = "prelu_backward" + (last ? "_nhwc" : "") + Binding.suffix(storage);
        long tiles = (channels + WARP - 1) / WARP;
        long rows = last ? x.elements() / channels : x.rank() < 2 ? 1 : x.dim(0);
        long groups = last ? parts(c, rows, tiles) : rows;
        Sums end = slopes == 1 ? new Sums(1, groups * channels, 1) : new Sums(1, groups, channels);
        c.kernels.function(kernel);
        end.load(c, DType.F32, DType.F32);
        long sums = ((long) Float.BYTES * groups * channels + 255) / 256 * 256;
        return CudaKernel.of(p.node(), kernel)
                .input(0, layout)
                .input(1, Layouts.PLAIN)
                .input(2, layout)
                .output(0, layout)
                .overwrites(0, 2)
                .scratch(sums + end.scratch(c))
                .bind(b -> {
                    if (last) {
                        Grid grid = new Grid(Math.toIntExact(groups * tiles), WARP, ROWS);
                        b.launch(
                                kernel,
                                grid,
                                b.input(0),
                                b.input(1),
                                b.input(2),
                                b.output(0),
                                b.scratch(),
                                rows,
                                channels,
                                slopes,
                                (int) groups);
                    } else {
                        b.launch(
                                kernel,
                                Grid.blocks(c, (rows * channels + ROWS - 1) / ROWS, WARP, ROWS),
                                b.input(0),
                                b.input(1),
                                b.input(2),
                                b.output(0),
                                b.scratch(),
                                rows,
                                channels,
                                slopes,
                                x.elements() / rows / channels);
                    }
                    end.emit(b, b.scratch(), DType.F32, b.output(1), DType.F32, 1, b.scratch() + sums);
                });
    }

    private static long parts(CudaContext c, long rows, long tiles) {
        return Math.max(1, Math.min(c.multiprocessors * BLOCKS_PER_MULTIPROCESSOR / tiles, rows / LEAST_ROWS));
    }
}
