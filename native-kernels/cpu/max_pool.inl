// The gradient of maximum pooling. Included once per instruction set, within its namespace.

/** Each window hands its gradient to its winner and zeros to its other pixels. */
template <class E> static void poolGradient(const PoolGeometry& g, const PoolArrays& a) {
    constexpr int BLOCK = 16;
    const bool blocked = g.flags & BLOCKED;
    const int groups = blocked ? (g.channels + BLOCK - 1) / BLOCK : 1, width = blocked ? BLOCK : g.channels;
    const int rows = g.images * groups * g.outHeight;
    const ptrdiff_t line = static_cast<ptrdiff_t>(g.width) * width;
    // pixels in no window: those that are stepped over, and those behind the last window
    const bool everywhere = g.strideHeight == g.kernelHeight && g.strideWidth == g.kernelWidth && g.top == 0 && g.left == 0 &&
                     g.outHeight * g.strideHeight >= g.height && g.outWidth * g.strideWidth >= g.width;
#pragma omp parallel num_threads(g.threads)
    {
        int id = omp_get_thread_num(), threads = omp_get_num_threads();
        for (int row = share(rows, id, threads); row < share(rows, id + 1, threads); row++) {
            int i = row % g.outHeight, first = i * g.strideHeight - g.top, to = first + g.kernelHeight;
            E* image = static_cast<E*>(a.dx) + row / g.outHeight * (g.height * line);
            ptrdiff_t from = static_cast<ptrdiff_t>(row) * g.outWidth * width;
            if (to > g.height) to = g.height;
            if (!everywhere) { // the rows up to where the next window begins
                int begin = i == 0 ? 0 : first, end = i == g.outHeight - 1 ? g.height : first + g.strideHeight;
                if (end > begin) memset(image + begin * line, 0, static_cast<size_t>(end - begin) * line * sizeof(E));
            }
            for (int x = 0, column = -g.left; x < g.outWidth; x++, column += g.strideWidth, from += width) {
                int last = column + g.kernelWidth < g.width ? column + g.kernelWidth : g.width;
                forEachVector(0, width, [&](int c, int lanes) VOLUTA_LAMBDA {
                    Vec dy = loadLanes(static_cast<const E*>(a.dy) + from + c, lanes);
                    for (int y = first < 0 ? 0 : first; y < to; y++) {
                        for (int j = column < 0 ? 0 : column; j < last; j++) {
                            int tap = (y - first) * g.kernelWidth + j - column;
                            storeLanes(image + y * line + static_cast<ptrdiff_t>(j) * width + c,
                                       whereEqual(a.winners + from + c, tap, dy, lanes), lanes);
                        }
                    }
                });
            }
        }
    }
}

static void maxPoolBackward(const PoolGeometry& g, const PoolArrays& a) {
    g.flags & BF16 ? poolGradient<Bf16>(g, a) : poolGradient<float>(g, a);
}
