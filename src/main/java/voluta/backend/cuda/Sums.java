package voluta.backend.cuda;

import voluta.tensor.DType;

/**
 * Sums of x[outer, n, inner] over n (native-kernels/reduction.cu): in one launch, or in two where one would leave most of
 * the device idle. The order of a sum depends on the sizes and the device alone.
 */
record Sums(long outer, long n, long inner) {
    private static final int WARP = 32, ROWS = 8, TILE = 32;
    /** Rows up to this length have a warp each. */
    private static final long SHORT = 1024;
    /** What a block at least sums, so that its launch is worth it: elements of a row, or rows. */
    private static final long LEAST_OF_ROW = 4096, LEAST_ROWS = 64;

    private static final long BLOCKS_PER_MULTIPROCESSOR = 8;

    /** How many sums there are. */
    long results() {
        return outer * inner;
    }

    /** Bytes of scratch. */
    long scratch(CudaContext c) {
        int parts = parts(c);
        return parts == 1 ? 0 : (long) Float.BYTES * results() * parts;
    }

    /** Loads the kernels, so that nothing is compiled while a program is bound. */
    void load(CudaContext c, DType from, DType to) {
        if (parts(c) > 1) {
            c.kernels.function(kernel(n) + Binding.suffix(from) + Binding.suffix(DType.F32));
            c.kernels.function(kernel(parts(c)) + Binding.suffix(DType.F32) + Binding.suffix(to));
        } else {
            c.kernels.function(kernel(n) + Binding.suffix(from) + Binding.suffix(to));
        }
    }

    /**
     * Emits the launches.
     *
     * @param scale what each sum is multiplied with
     * @param scratch address of {@link #scratch} bytes
     */
    void emit(Binding x, long from, DType fromStorage, long to, DType toStorage, float scale, long scratch) {
        CudaContext c = x.context();
        int parts = parts(c);
        if (parts == 1) {
            launch(x, from, fromStorage, to, toStorage, 1, scale);
        } else {
            launch(x, from, fromStorage, scratch, DType.F32, parts, 1);
            new Sums(outer, parts, inner).launch(x, scratch, DType.F32, to, toStorage, 1, scale);
        }
    }

    private void launch(Binding x, long from, DType fromStorage, long to, DType toStorage, int parts, float scale) {
        String kernel = kernel(n) + Binding.suffix(fromStorage) + Binding.suffix(toStorage);
        if (inner == 1 && n <= SHORT) {
            Grid grid = Grid.blocks(x.context(), (outer + ROWS - 1) / ROWS, WARP, ROWS);
            x.launch(kernel, grid, from, to, outer, n, scale);
        } else if (inner == 1) {
            x.launch(kernel, exactly(outer * parts, Grid.THREADS, 1), from, to, n, parts, scale);
        } else {
            x.launch(kernel, exactly(outer * parts * tiles(), TILE, ROWS), from, to, n, inner, parts, scale);
        }
    }

    private static Grid exactly(long blocks, int threadsX, int threadsY) {
        return new Grid(Math.toIntExact(blocks), threadsX, threadsY);
    }

    private String kernel(long n) {
        return inner > 1 ? "reduce_columns" : n <= SHORT ? "reduce_short_rows" : "reduce_rows";
    }

    private long tiles() {
        return (inner + TILE - 1) / TILE;
    }

    private int parts(CudaContext c) {
        if (inner == 1 && n <= SHORT) return 1;
        long blocks = outer * tiles(), wanted = c.multiprocessors * BLOCKS_PER_MULTIPROCESSOR / blocks;
        return (int) Math.max(1, Math.min(wanted, n / (inner == 1 ? LEAST_OF_ROW : LEAST_ROWS)));
    }
}
