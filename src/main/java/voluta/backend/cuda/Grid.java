package voluta.backend.cuda;

/**
 * How many blocks of how many threads a kernel is launched with. All our kernels loop over the grid, so the grid is for
 * speed alone.
 */
record Grid(int blocks, int threadsX, int threadsY) {
    static final int THREADS = 256;
    private static final int BLOCKS_PER_MULTIPROCESSOR = 8;
    /** Bytes that a thread moves at a time. */
    private static final int PACK = 16;

    Grid {
        if (blocks < 1 || threadsX < 1 || threadsY < 1 || threadsX * threadsY > 1024)
            throw new IllegalArgumentException(blocks + " blocks of " + threadsX + " x " + threadsY + " threads");
    }

    /** For a kernel over a flat range, 16 bytes to a thread. */
    static Grid elements(CudaContext c, long n, int bytesEach) {
        return threads(c, n / Math.max(1, PACK / bytesEach) + 1);
    }

    /** For so many threads' worth of work. */
    static Grid threads(CudaContext c, long threads) {
        return blocks(c, (threads + THREADS - 1) / THREADS);
    }

    /** For so many blocks' worth of work, 256 threads each; no more than fill the device. */
    static Grid blocks(CudaContext c, long blocks) {
        return blocks(c, blocks, THREADS, 1);
    }

    /** The same with blocks of another form. */
    static Grid blocks(CudaContext c, long blocks, int threadsX, int threadsY) {
        long most = (long) c.multiprocessors * BLOCKS_PER_MULTIPROCESSOR;
        return new Grid((int) Math.max(1, Math.min(blocks, most)), threadsX, threadsY);
    }
}
