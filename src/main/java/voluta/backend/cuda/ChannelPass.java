package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import voluta.backend.DeviceException;
import voluta.backend.Layout;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * How passes over a value with constants and sums per channel are launched: the host's side of
 * native-kernels/include/channels.cuh. Values begin at multiples of 256 bytes, so whether a thread may move 16 bytes at a
 * time depends on sizes alone.
 *
 * @param columns whether channels are innermost: channels last, and vectors
 * @param threadsX how many threads lie side by side along the channels; a block's other threads take other rows
 * @param parts into how many blocks' work a channel, or a tile of channels, is cut where it is reduced
 * @param spread the same where nothing is reduced
 * @param values how many values a launch goes over, one after the other: 1, or each sample for itself
 */
record ChannelPass(
        DType storage,
        boolean columns,
        long samples,
        int channels,
        int pixels,
        boolean vectors,
        int threadsX,
        int tiles,
        int parts,
        int spread,
        int values) {
    /** Blocks for each multiprocessor: few where each leaves something to add up, more where not. */
    private static final int REDUCING = 3, MAPPING = 8;
    /** Values of a channel, or rows, that make a part worth while. */
    private static final int LEAST_VALUES = 2048, LEAST_ROWS = 8;

    private static final int WARP = 32;

    /** The passes over x [N,C,sp...] in this layout. */
    static ChannelPass of(CudaContext c, TensorType x, Layout layout) {
        DType storage = CudaLayout.storage(x, layout);
        long samples = x.dim(0), channels = x.dim(1), pixels = CudaLayout.spatial(x);
        if (channels == 1) { // then all is one run
            pixels *= samples;
            samples = 1;
        }
        if (samples * pixels > Integer.MAX_VALUE || channels > Integer.MAX_VALUE) {
            throw new DeviceException("a normalization on a GPU takes up to " + Integer.MAX_VALUE
                    + " values per channel, got " + x + "; use a smaller batch");
        }
        boolean columns = pixels == 1 || CudaLayout.order(layout) == CudaLayout.Order.CHANNELS_LAST;
        return columns
                ? columns(c, storage, samples, (int) channels, (int) pixels, 1)
                : rows(c, storage, samples, (int) channels, (int) pixels, pixels % lanes(storage) == 0);
    }

    /** The passes over each sample of x [N,C,sp...], which lies channels last. */
    static ChannelPass ofSamples(CudaContext c, TensorType x, DType storage) {
        return columns(
                c,
                storage,
                x.dim(0),
                Math.toIntExact(x.dim(1)),
                Math.toIntExact(CudaLayout.spatial(x)),
                Math.toIntExact(x.dim(0)));
    }

    private static int lanes(DType storage) {
        return 16 / storage.bytes();
    }

    private static ChannelPass rows(
            CudaContext c, DType storage, long samples, int channels, int pixels, boolean vectors) {
        long most = ceil(samples * pixels, LEAST_VALUES);
        int parts = parts(c, REDUCING, channels, most), spread = parts(c, MAPPING, channels, most);
        return new ChannelPass(
                storage, false, samples, channels, pixels, vectors, Grid.THREADS, channels, parts, spread, 1);
    }

    private static ChannelPass columns(
            CudaContext c, DType storage, long samples, int channels, int pixels, int values) {
        int lanes = channels % lanes(storage) == 0 ? lanes(storage) : 1, across = channels / lanes, threadsX = 1;
        while (threadsX < across && threadsX < WARP) threadsX *= 2;
        int tiles = (int) ceil(across, threadsX);
        long rows = samples * pixels / values, most = ceil(rows, (long) LEAST_ROWS * Grid.THREADS / threadsX);
        int pieces = Math.multiplyExact(tiles, values);
        int parts = parts(c, REDUCING, pieces, most), spread = parts(c, MAPPING, pieces, most);
        return new ChannelPass(
                storage, true, samples, channels, pixels, lanes > 1, threadsX, tiles, parts, spread, values);
    }

    private static int parts(CudaContext c, int blocks, int pieces, long most) {
        return (int) Math.max(1, Math.min(most, ceil((long) c.multiprocessors * blocks, pieces)));
    }

    private static long ceil(long a, long b) {
        return (a + b - 1) / b;
    }

    /** The full name of a kernel for this order and storage. */
    String kernel(String name) {
        return name + (columns ? "_columns" : "_rows") + Binding.suffix(storage);
    }

    /** Bytes of what the parts of a reduction leave. */
    long scratchBytes() {
        return 2L * Float.BYTES * parts * channels * values;
    }

    /** Where the blocks of a reduction count themselves: zeros, and zeros again after each launch. */
    long counters(Binding x) {
        return x.table(new long[(tiles * values + 1) / 2]);
    }

    /** Emits a reduction: its kernel's arguments before and after those that say how the work is cut. */
    void reduce(Binding x, String name, List<Object> before, Object... after) {
        launch(x, name, parts, before, after);
    }

    /** Emits a pass that only goes from element to element. */
    void map(Binding x, String name, List<Object> before, Object... after) {
        launch(x, name, spread, before, after);
    }

    private void launch(Binding x, String name, int cut, List<Object> before, Object... after) {
        List<Object> all = new ArrayList<>(before);
        all.addAll(List.of(samples, channels, pixels, cut, vectors ? 1 : 0));
        all.addAll(Arrays.asList(after));
        Grid grid = new Grid(Math.multiplyExact(cut, tiles * values), threadsX, Grid.THREADS / threadsX);
        x.launch(kernel(name), grid, all.toArray());
    }
}
