package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.LayerNormalization;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Layer normalization of rows (native-kernels/layer_normalization.cu), so in row-major order: scale and shift follow it.
 * The context is the rows' means, then their variances.
 */
final class LayerNormalizationCuda {
    private static final String NAME = "layer_normalization";
    private static final int WARP = 32, ROWS = 8;
    /** Rows up to this length have a warp each, longer ones a block. */
    private static final long SHORT = 1024;

    private static final int BLOCKS_PER_MULTIPROCESSOR = 4, MOST_PARTS = 64;

    private LayerNormalizationCuda() {}

    static void register(CudaTable table) {
        table.add(LayerNormalization.class, LayerNormalizationCuda::forward);
        table.add(LayerNormalization.Backward.class, LayerNormalizationCuda::backward);
    }

    private record Rows(long rows, long n, Layout layout, String suffix) {
        static Rows of(CudaContext c, Preparation p, int axis) {
            TensorType x = p.node().input(0).type();
            DType storage = CudaLayout.storage(x, c.layoutOf(p, 0));
            long n = x.shape().product(axis, x.rank());
            Layout layout = CudaLayout.of(x, CudaLayout.Order.ROW_MAJOR, storage);
            return new Rows(x.elements() / n, n, layout, Binding.suffix(storage));
        }

        long contextBytes() {
            return 2L * Float.BYTES * rows;
        }

        long variance(Binding b) {
            return b.contextAddress() + Float.BYTES * rows;
        }

        Grid grid(CudaContext c) {
            return n <= SHORT ? Grid.blocks(c, (rows + ROWS - 1) / ROWS, WARP, ROWS) : Grid.blocks(c, rows);
        }

        long tiles() {
            return (n + WARP - 1) / WARP;
        }

        /** Into how many parts the rows are cut where gradients of scale and shift are added up. */
        int parts(CudaContext c) {
            long wanted = (long) c.multiprocessors * BLOCKS_PER_MULTIPROCESSOR / tiles();
            return (int) Math.max(1, Math.min(Math.min(wanted, MOST_PARTS), rows / WARP));
        }
    }

    private static CudaKernel forward(CudaContext c, LayerNormalization op, Preparation p) {
        Rows r = Rows.of(c, p, op.axis());
        String kernel = NAME + r.suffix;
        c.kernels.function(kernel);
        return CudaKernel.of(p.node(), kernel)
                .input(0, r.layout)
                .output(0, r.layout)
                .overwrites(0, 0)
                .context(r.contextBytes())
                .bind(b -> b.launch(
                        kernel,
                        r.grid(c),
                        b.input(0),
                        b.input(1),
                        b.input(2),
                        b.output(0),
                        b.contextAddress(),
                        r.variance(b),
                        r.rows,
                        r.n,
                        (float) op.epsilon()));
    }

    /** The gradients of scale and shift first: dx may lie where dy does. */
    private static CudaKernel backward(CudaContext c, LayerNormalization.Backward op, Preparation p) {
        Rows r = Rows.of(c, p, op.axis());
        int parts = r.parts(c);
        long vector = Float.BYTES * r.n * parts;
        Sums overParts = new Sums(1, parts, r.n);
        overParts.load(c, DType.F32, DType.F32);
        String kernel = NAME + "_backward" + r.suffix, parameters = NAME + "_parameters" + r.suffix;
        c.kernels.function(kernel);
        Grid exact = new Grid(Math.toIntExact(r.tiles() * parts), WARP, ROWS);
        return CudaKernel.of(p.node(), kernel)
                .input(0, r.layout)
                .input(2, r.layout)
                .output(0, r.layout)
                .overwrites(0, 2)
                .scratch(parts == 1 ? 0 : 2 * vector + overParts.scratch(c))
                .bind(b -> {
                    long dscale = parts == 1 ? b.output(1) : b.scratch();
                    long dshift = parts == 1 ? b.output(2) : b.scratch() + vector;
                    b.launch(
                            parameters,
                            exact,
                            b.input(0),
                            b.input(2),
                            b.contextAddress(),
                            r.variance(b),
                            dscale,
                            dshift,
                            r.rows,
                            r.n,
                            parts,
                            (float) op.epsilon());
                    if (parts > 1) {
                        long rest = b.scratch() + 2 * vector;
                        overParts.emit(b, dscale, DType.F32, b.output(1), DType.F32, 1, rest);
                        overParts.emit(b, dshift, DType.F32, b.output(2), DType.F32, 1, rest);
                    }
                    b.launch(
                            kernel,
                            r.grid(c),
                            b.input(0),
                            b.input(1),
                            b.input(2),
                            b.contextAddress(),
                            r.variance(b),
                            b.output(0),
                            r.rows,
                            r.n,
                            (float) op.epsilon());
                });
    }
}
