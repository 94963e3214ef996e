package voluta.backend.cuda;

import voluta.backend.cuda.memory.DeviceMemoryManager;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Sums over all dimensions but the channels, as the gradient of a bias is: f32, in a fixed order. */
final class ChannelSums {
    /** The columns that a block adds up, its threads' rows, and the fewest rows that are worth a block. */
    private static final int TILE = 32, ROWS = 8, LEAST_ROWS = 64;

    private static final int SHORT_ROW = 1024, BLOCKS_PER_MULTIPROCESSOR = 4;

    private final CudaContext c;
    private final DType storage;
    private final long batch;
    private final long channels;
    private final long spatial;
    private final boolean rowsFirst;

    /** @param type that of the tensor that is summed, [N, C, ...] */
    ChannelSums(CudaContext c, TensorType type, CudaLayout.Order order, DType storage) {
        this.c = c;
        this.storage = storage;
        this.batch = type.dim(0);
        this.channels = type.dim(1);
        this.spatial = CudaLayout.spatial(type);
        this.rowsFirst = order == CudaLayout.Order.ROW_MAJOR && spatial > 1;
    }

    /** Rows that are added up per channel once channels lie side by side. */
    private long rows() {
        return rowsFirst ? batch : batch * spatial;
    }

    private long tiles() {
        return (channels + TILE - 1) / TILE;
    }

    private int parts() {
        long wanted = (long) c.multiprocessors * BLOCKS_PER_MULTIPROCESSOR / tiles();
        return (int) Math.max(1, Math.min(wanted, rows() / LEAST_ROWS));
    }

    private long partialAt() {
        return rowsFirst ? DeviceMemoryManager.aligned(batch * channels * Float.BYTES) : 0;
    }

    long scratchBytes() {
        return partialAt() + (parts() > 1 ? parts() * channels * Float.BYTES : 0);
    }

    /** Emits the sums of {@code x} into the f32 vector {@code y}. */
    void emit(Binding b, long x, long y, long scratch) {
        String suffix = Binding.suffix(storage);
        if (rowsFirst) {
            sumRows(b, suffix, x, scratch);
            sumColumns(b, "_f32", scratch, y, scratch + partialAt());
        } else {
            sumColumns(b, suffix, x, y, scratch);
        }
    }

    private void sumRows(Binding b, String suffix, long x, long y) {
        long n = batch * channels;
        if (spatial <= SHORT_ROW) {
            Grid grid = Grid.blocks(c, (n + ROWS - 1) / ROWS, TILE, ROWS);
            b.launch("reduce_short_rows" + suffix + "_f32", grid, x, y, n, spatial, 1f);
        } else {
            Grid grid = new Grid(Math.toIntExact(n), Grid.THREADS, 1);
            b.launch("reduce_rows" + suffix + "_f32", grid, x, y, spatial, 1, 1f);
        }
    }

    private void sumColumns(Binding b, String suffix, long x, long y, long partial) {
        int parts = parts();
        Grid first = new Grid(Math.toIntExact(parts * tiles()), TILE, ROWS);
        String kernel = "reduce_columns" + suffix + "_f32";
        if (parts == 1) {
            b.launch(kernel, first, x, y, rows(), channels, 1, 1f);
            return;
        }
        b.launch(kernel, first, x, partial, rows(), channels, parts, 1f);
        Grid second = new Grid(Math.toIntExact(tiles()), TILE, ROWS);
        b.launch("reduce_columns_f32_f32", second, partial, y, (long) parts, channels, 1, 1f);
    }
}
