// Winograd convolution: tiles in, tiles out, and how the work is shared among threads. Included once per instruction set, within
// its namespace.
//
// Algorithm: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016: F(MxM, 3x3) with M = 2 or 4.
// The points of F(4x4) are 0, +-3/4, +-3/2 and infinity, which halve the error of the usual 0, +-1, +-2 (B. Barabasz et al.,
// "Error Analysis and Improving the Accuracy of Winograd Convolution", 2020).
//
// The order of sums depends on the geometry and the number of threads alone, so equal inputs give equal bits.

#include "transforms.inl"
#include "products.inl"

/** How one convolution is cut up. Sizes in floats. */
template <int M> struct Cut {
    static constexpr int A = M + 2, POINTS = A * A;
    const Geometry& g;
    int down, across, tiles;
    int vectors, panel; // of the products
    int ldv; // channels of the source, whole vectors
    int k; // channels of the result, whole panels
    int chunk; // tiles at a time
    bool byChannels; // threads share channels of the result, or points, instead of tiles
    int slice; // channels of the result at a time, where threads share them
    size_t pointV, pointM, pointU; // from one point to the next; a little more than needed, so that points are in other sets of the cache
    size_t shared, own; // scratch of all threads, and of each

    explicit Cut(const Geometry& geometry) : g(geometry) {
        bool weights = g.pass == BACKWARD_WEIGHTS;
        down = (g.outHeight + M - 1) / M;
        across = (g.outWidth + M - 1) / M;
        tiles = g.n * down * across;
        vectors = g.k <= LANES ? 1 : 2;
        panel = vectors * LANES;
        ldv = roundUp(g.c, LANES);
        k = roundUp(g.k, panel);
        if (weights) cutWeights();
        else cutData();
    }

    size_t floats() const { return shared + own * g.threads; }
    size_t preparedFloats() const { return k / slice * POINTS * pointU; }

  private:
    static size_t spaced(size_t n) { return n + 16; }

    void cutData() {
        bool prepared = g.flags & PREPARED;
        byChannels = static_cast<size_t>(g.c) * k >= 384 * 384 && k / panel >= g.threads;
        if (byChannels) {
            chunk = atMost(128);
            slice = panel;
            pointV = spaced(static_cast<size_t>(chunk) * ldv);
            pointM = spaced(static_cast<size_t>(chunk) * slice);
            pointU = spaced(static_cast<size_t>(g.c) * slice);
            shared = POINTS * pointV;
            own = POINTS * (prepared ? pointM : pointU + pointM);
        } else {
            chunk = atMost(vectors == 1 ? 112 : 28);
            slice = k;
            pointV = spaced(static_cast<size_t>(chunk) * ldv);
            pointM = spaced(static_cast<size_t>(chunk) * k);
            pointU = spaced(static_cast<size_t>(g.c) * k);
            shared = prepared ? 0 : POINTS * pointU;
            own = POINTS * (pointV + pointM);
        }
    }

    void cutWeights() {
        pointU = spaced(static_cast<size_t>(g.c) * k);
        byChannels = (g.c >= 256 && g.k >= 256) || POINTS * pointU * g.threads > (8u << 20);
        slice = k;
        chunk = atMost(g.c >= 512 ? 64 : byChannels ? 256 : g.c <= 64 ? 112 : 56);
        pointV = spaced(static_cast<size_t>(chunk) * ldv);
        pointM = spaced(static_cast<size_t>(chunk) * k);
        size_t work = POINTS * (pointV + pointM);
        shared = byChannels ? work + POINTS * pointU : 0;
        own = (byChannels ? 0 : work + POINTS * pointU) + (g.k + 16); // the last for the bias
    }

    int atMost(int n) const { return n < tiles ? n : tiles; }
};

/** Where the pixels of an image lie: steps from pixel to pixel, row to row, image to image, and from 16 channels to the next. */
struct Steps {
    static constexpr int BLOCK = 16;
    ptrdiff_t pixel, block, row, image;

    Steps(const Geometry& g, int height, int width, int channels) {
        bool blocked = g.flags & BLOCKED;
        pixel = blocked ? BLOCK : channels;
        row = width * pixel;
        block = blocked ? height * row : BLOCK;
        image = blocked ? (channels + BLOCK - 1) / BLOCK * block : height * row;
    }
    ptrdiff_t channel(int c) const { return c / BLOCK * block + c % BLOCK; }
};

/** Where a tile lies. */
template <int M> struct Tile {
    int image, y, x; // of its first result
    Tile(const Cut<M>& cut, int t) {
        int inImage = t % (cut.down * cut.across);
        image = t / (cut.down * cut.across);
        y = inImage / cut.across * M;
        x = inImage % cut.across * M;
    }
};

/** v[point][tile - first][c] of the tiles [first, last) of the source, which is normalized here if NORMALIZED. */
template <int M, class E, bool NORMALIZED>
static void readTilesAs(const Cut<M>& cut, const Arrays& a, int first, int last, float* v) {
    constexpr int A = M + 2;
    const Geometry& g = cut.g;
    const Steps steps(g, g.height, g.width, g.c);
    for (int t = first; t < last; t++, v += cut.ldv) {
        Tile<M> tile(cut, t);
        int y = tile.y - g.top, x = tile.x - g.left;
        const E* from = static_cast<const E*>(a.source) + tile.image * steps.image + y * steps.row + x * steps.pixel;
        bool inside = y >= 0 && x >= 0 && y + A <= g.height && x + A <= g.width;
        forEachVector(0, g.c, [&](int c, int lanes) {
            const E* there = from + steps.channel(c);
            Vec z[A][A], mean = zero(), factor = zero(), shift = zero();
            if (NORMALIZED) {
                mean = loadLanes(a.mean + c, lanes);
                factor = loadLanes(a.factor + c, lanes);
                shift = loadLanes(a.shift + c, lanes);
            }
#pragma GCC unroll 6
            for (int j = 0; j < A; j++) {
                Vec d[A], e[A];
#pragma GCC unroll 6
                for (int i = 0; i < A; i++) {
                    bool within = inside || (y + i >= 0 && y + i < g.height && x + j >= 0 && x + j < g.width);
                    d[i] = within ? loadLanes(there + i * steps.row + j * steps.pixel, lanes) : zero();
                    if (NORMALIZED && within) d[i] = larger(zero(), fma(d[i] - mean, factor, shift));
                }
                Transform<M>::input(d, e);
#pragma GCC unroll 6
                for (int i = 0; i < A; i++) z[i][j] = e[i];
            }
#pragma GCC unroll 6
            for (int i = 0; i < A; i++) {
                Vec e[A];
                Transform<M>::input(z[i], e);
#pragma GCC unroll 6
                for (int j = 0; j < A; j++) store(v + (i * A + j) * cut.pointV + c, e[j]);
            }
        });
    }
}

template <int M, class E> static void readTiles(const Cut<M>& cut, const Arrays& a, int first, int last, float* v) {
    if constexpr (std::is_same<E, float>::value) {
        if (a.factor) return readTilesAs<M, E, true>(cut, a, first, last, v);
    }
    readTilesAs<M, E, false>(cut, a, first, last, v);
}

/** Results of the tiles [first, last) and channels [from, to) from m[point][tile - first][channel - from]. */
template <int M, class E>
static void writeTiles(const Cut<M>& cut, const Arrays& a, int first, int last, const float* m, int ldm, int from, int to) {
    constexpr int A = M + 2;
    const Geometry& g = cut.g;
    const Steps steps(g, g.outHeight, g.outWidth, g.k);
    const E* residual = static_cast<const E*>(a.residual);
    bool relu = g.flags & RELU;
    for (int t = first; t < last; t++, m += ldm) {
        Tile<M> tile(cut, t);
        ptrdiff_t at = tile.image * steps.image + tile.y * steps.row + tile.x * steps.pixel;
        int high = g.outHeight - tile.y < M ? g.outHeight - tile.y : M, wide = g.outWidth - tile.x < M ? g.outWidth - tile.x : M;
        forEachVector(from, to, [&](int k, int lanes) {
            Vec z[M][A];
#pragma GCC unroll 6
            for (int j = 0; j < A; j++) {
                Vec d[A], e[M];
#pragma GCC unroll 6
                for (int i = 0; i < A; i++) d[i] = load(m + (i * A + j) * cut.pointM + (k - from));
                Transform<M>::output(d, e);
#pragma GCC unroll 6
                for (int i = 0; i < M; i++) z[i][j] = e[i];
            }
            Vec bias = a.bias ? loadLanes(a.bias + k, lanes) : zero();
#pragma GCC unroll 6
            for (int i = 0; i < M; i++) {
                if (i >= high) break;
                Vec e[M];
                Transform<M>::output(z[i], e);
#pragma GCC unroll 6
                for (int j = 0; j < M; j++) {
                    if (j >= wide) break;
                    ptrdiff_t to = at + steps.channel(k) + i * steps.row + j * steps.pixel;
                    Vec y = e[j] + bias;
                    if (residual) y = y + loadLanes(residual + to, lanes);
                    if (relu) y = larger(zero(), y); // in this order NaN stays NaN
                    storeLanes(static_cast<E*>(a.result) + to, y, lanes);
                }
            }
        });
    }
}

/** m[point][panel][tile - first + offset][lane] of y's gradient, and the sum over its pixels added to bias. */
template <int M, class E>
static void readGradients(const Cut<M>& cut, const void* y, int first, int last, float* m, int offset, float* bias) {
    constexpr int A = M + 2;
    const Geometry& g = cut.g;
    const Steps steps(g, g.outHeight, g.outWidth, g.k);
    for (int t = first; t < last; t++) {
        Tile<M> tile(cut, t);
        const E* from = static_cast<const E*>(y) + tile.image * steps.image + tile.y * steps.row + tile.x * steps.pixel;
        int high = g.outHeight - tile.y, wide = g.outWidth - tile.x;
        forEachVector(0, g.k, [&](int k, int lanes) {
            float* into = m + static_cast<size_t>(k / cut.panel) * cut.chunk * cut.panel +
                          static_cast<size_t>(t - first + offset) * cut.panel + k % cut.panel;
            const E* there = from + steps.channel(k);
            Vec z[A][M], sum = zero();
#pragma GCC unroll 6
            for (int j = 0; j < M; j++) {
                Vec d[M], e[A];
#pragma GCC unroll 6
                for (int i = 0; i < M; i++) {
                    d[i] = i < high && j < wide ? loadLanes(there + i * steps.row + j * steps.pixel, lanes) : zero();
                    sum = sum + d[i];
                }
                Transform<M>::outputAdjoint(d, e);
#pragma GCC unroll 6
                for (int i = 0; i < A; i++) z[i][j] = e[i];
            }
#pragma GCC unroll 6
            for (int i = 0; i < A; i++) {
                Vec e[A];
                Transform<M>::outputAdjoint(z[i], e);
#pragma GCC unroll 6
                for (int j = 0; j < A; j++) store(into + (i * A + j) * cut.pointM, e[j]);
            }
            if (bias) storeLanes(bias + k, loadLanes(bias + k, lanes) + sum, lanes);
        });
    }
}

/**
 * Zeros in the second vector of a last panel of gradients that has only one, of points [from, to): nobody writes it, its products are not
 * read, and what memory happens to hold, denormal numbers say, may be slow to multiply.
 */
template <int M> static void clearFilling(const Cut<M>& cut, float* m, int from, int to) {
    int used = roundUp(cut.g.k, LANES);
    if (used == cut.k) return;
    for (int p = from; p < to; p++) {
        float* last = m + p * cut.pointM + static_cast<size_t>(used / cut.panel) * cut.chunk * cut.panel + used % cut.panel;
        for (int t = 0; t < cut.chunk; t++) store(last + static_cast<size_t>(t) * cut.panel, zero());
    }
}

/** The nine taps of LANES channels of the result beginning with k, for source channel c; 0 for channels that are not there. */
VOLUTA_INLINE void taps(const Geometry& g, const float* w, int c, int k, Vec (&tap)[9]) {
    int lanes = g.k - k < LANES ? g.k - k : LANES;
    if (g.pass == FORWARD) { // [3, 3, c, k]
#pragma GCC unroll 9
        for (int i = 0; i < 9; i++) {
            const float* p = w + (static_cast<size_t>(i) * g.c + c) * g.k + k;
            tap[i] = lanes <= 0 ? zero() : loadLanes(p, lanes);
        }
    } else { // [3, 3, k, c], turned by half
        alignas(64) float row[LANES] = {};
#pragma GCC unroll 9
        for (int i = 0; i < 9; i++) {
            const float* p = w + (static_cast<size_t>(8 - i) * g.k + k) * g.c + c;
            for (int q = 0; q < lanes; q++) row[q] = p[static_cast<size_t>(q) * g.c];
            tap[i] = load(row);
        }
    }
}

/** u[point][panel][c][lane] for channels [from, to) of the result, whole vectors, and source channels [first, last). */
template <int M>
static void readWeights(const Cut<M>& cut, const void* weights, int from, int to, int first, int last, float* u) {
    constexpr int A = M + 2;
    const float* w = static_cast<const float*>(weights);
    for (int k = from; k < to; k += LANES) {
        float* into = u + static_cast<size_t>((k - from) / cut.panel) * cut.g.c * cut.panel + (k - from) % cut.panel;
        for (int c = first; c < last; c++) {
            Vec tap[9], z[A][3];
            taps(cut.g, w, c, k, tap);
#pragma GCC unroll 3
            for (int j = 0; j < 3; j++) {
                Vec d[3] = {tap[j], tap[3 + j], tap[6 + j]}, e[A];
                Transform<M>::weights(d, e);
#pragma GCC unroll 6
                for (int i = 0; i < A; i++) z[i][j] = e[i];
            }
#pragma GCC unroll 6
            for (int i = 0; i < A; i++) {
                Vec e[A];
                Transform<M>::weights(z[i], e);
#pragma GCC unroll 6
                for (int j = 0; j < A; j++)
                    store(into + static_cast<size_t>(c) * cut.panel + (i * A + j) * cut.pointU, e[j]);
            }
        }
    }
}

/** The weights' gradient [3, 3, c, k] for source channels [first, last), from `copies` sums of products. */
template <int M>
static void writeWeights(const Cut<M>& cut, void* result, int first, int last, const float* u, size_t copy, int copies) {
    constexpr int A = M + 2;
    float* w = static_cast<float*>(result);
    const Geometry& g = cut.g;
    for (int c = first; c < last; c++) {
        forEachVector(0, g.k, [&](int k, int lanes) {
            const float* from = u + static_cast<size_t>(k / cut.panel) * g.c * cut.panel + static_cast<size_t>(c) * cut.panel + k % cut.panel;
            Vec z[3][A];
#pragma GCC unroll 6
            for (int j = 0; j < A; j++) {
                Vec d[A], e[3];
#pragma GCC unroll 6
                for (int i = 0; i < A; i++) {
                    d[i] = load(from + (i * A + j) * cut.pointU);
                    for (int s = 1; s < copies; s++) d[i] = d[i] + load(from + s * copy + (i * A + j) * cut.pointU);
                }
                Transform<M>::weightsAdjoint(d, e);
#pragma GCC unroll 3
                for (int i = 0; i < 3; i++) z[i][j] = e[i];
            }
#pragma GCC unroll 3
            for (int i = 0; i < 3; i++) {
                Vec e[3];
                Transform<M>::weightsAdjoint(z[i], e);
#pragma GCC unroll 3
                for (int j = 0; j < 3; j++) storeLanes(w + (static_cast<size_t>(i * 3 + j) * g.c + c) * g.k + k, e[j], lanes);
            }
        });
    }
}

/** readWeights() of all channels of the result. */
template <int M> static void readAllWeights(const Cut<M>& cut, const void* w, int first, int last, float* u) {
    for (int k = 0; k < cut.k; k += cut.panel)
        readWeights(cut, w, k, k + cut.panel, first, last, u + static_cast<size_t>(k) * cut.g.c);
}

/** Threads share the tiles; the transformed weights are common. */
template <int M, class E> static void dataByTiles(const Cut<M>& cut, const Arrays& a) {
    constexpr int POINTS = Cut<M>::POINTS;
    const Geometry& g = cut.g;
    bool prepared = g.flags & PREPARED;
    const float* u = prepared ? static_cast<const float*>(a.other) : a.scratch;
#pragma omp parallel num_threads(g.threads)
    {
        int id = omp_get_thread_num(), all = omp_get_num_threads();
        if (!prepared) {
            readAllWeights(cut, a.other, share(g.c, id, all), share(g.c, id + 1, all), a.scratch);
#pragma omp barrier
        }
        float *v = a.scratch + cut.shared + id * cut.own, *m = v + POINTS * cut.pointV;
        int begin = share(cut.tiles, id, all), end = share(cut.tiles, id + 1, all);
        int chunks = (end - begin + cut.chunk - 1) / cut.chunk;
        for (int q = 0; q < chunks; q++) {
            int first = begin + share(end - begin, q, chunks), last = begin + share(end - begin, q + 1, chunks);
            readTiles<M, E>(cut, a, first, last, v);
            for (int p = 0; p < POINTS; p++) {
                multiply(v + p * cut.pointV, cut.ldv, u + p * cut.pointU, m + p * cut.pointM, cut.k, last - first, g.c,
                         cut.k, cut.vectors);
            }
            writeTiles<M, E>(cut, a, first, last, m, cut.k, 0, g.k);
        }
    }
}

/** Threads share the channels of the result, so that each transforms its own weights, a slice that stays in its cache. */
template <int M, class E> static void dataByChannels(const Cut<M>& cut, const Arrays& a) {
    constexpr int POINTS = Cut<M>::POINTS;
    const Geometry& g = cut.g;
    bool prepared = g.flags & PREPARED;
    float* v = a.scratch;
    int panels = cut.k / cut.panel, chunks = (cut.tiles + cut.chunk - 1) / cut.chunk;
#pragma omp parallel num_threads(g.threads)
    {
        int id = omp_get_thread_num(), all = omp_get_num_threads();
        float *own = a.scratch + cut.shared + id * cut.own, *m = own + (prepared ? 0 : POINTS * cut.pointU);
        for (int q = 0; q < chunks; q++) {
            int begin = share(cut.tiles, q, chunks), n = share(cut.tiles, q + 1, chunks) - begin;
            int first = share(n, id, all), last = share(n, id + 1, all);
            readTiles<M, E>(cut, a, begin + first, begin + last, v + static_cast<size_t>(first) * cut.ldv);
#pragma omp barrier
            for (int s = share(panels, id, all); s < share(panels, id + 1, all); s++) {
                int k = s * cut.panel, to = k + cut.panel < g.k ? k + cut.panel : g.k;
                const float* u = prepared ? static_cast<const float*>(a.other) + s * POINTS * cut.pointU : own;
                if (!prepared) readWeights(cut, a.other, k, k + cut.panel, 0, g.c, own);
                for (int p = 0; p < POINTS; p++) {
                    multiply(v + p * cut.pointV, cut.ldv, u + p * cut.pointU, m + p * cut.pointM, cut.panel, n, g.c,
                             cut.panel, cut.vectors);
                }
                writeTiles<M, E>(cut, a, begin, begin + n, m, cut.panel, k, to);
            }
#pragma omp barrier
        }
    }
}

/** The bias's gradient from each thread's sums, in the order of threads. */
template <int M> static void writeBias(const Cut<M>& cut, const Arrays& a, int threads) {
    if (!a.biasGradient) return;
    for (int k = 0; k < cut.g.k; k++) {
        float sum = 0;
        for (int t = 0; t < threads; t++) sum += (a.scratch + cut.shared + (t + 1) * cut.own - (cut.g.k + 16))[k];
        a.biasGradient[k] = sum;
    }
}

/** Threads share the tiles; each sums up products of its own. */
template <int M, class E> static void weightsByTiles(const Cut<M>& cut, const Arrays& a) {
    constexpr int POINTS = Cut<M>::POINTS;
    const Geometry& g = cut.g;
    size_t sums = POINTS * (cut.pointV + cut.pointM);
#pragma omp parallel num_threads(g.threads)
    {
        int id = omp_get_thread_num(), all = omp_get_num_threads();
        float *v = a.scratch + cut.shared + id * cut.own, *m = v + POINTS * cut.pointV, *d = v + sums;
        float* bias = v + cut.own - (g.k + 16);
        for (int k = 0; k < g.k; k++) bias[k] = 0;
        clearFilling(cut, m, 0, POINTS);
        int begin = share(cut.tiles, id, all), end = share(cut.tiles, id + 1, all);
        int chunks = (end - begin + cut.chunk - 1) / cut.chunk;
        if (chunks == 0) memset(d, 0, POINTS * cut.pointU * sizeof(float));
        for (int q = 0; q < chunks; q++) {
            int first = begin + share(end - begin, q, chunks), last = begin + share(end - begin, q + 1, chunks);
            readTiles<M, E>(cut, a, first, last, v);
            readGradients<M, E>(cut, a.other, first, last, m, 0, a.biasGradient ? bias : nullptr);
            for (int p = 0; p < POINTS; p++) {
                multiplyTiles(v + p * cut.pointV, cut.ldv, m + p * cut.pointM, cut.chunk, d + p * cut.pointU,
                              last - first, g.c, cut.k, cut.vectors, q > 0);
            }
        }
#pragma omp barrier
        writeWeights(cut, a.result, share(g.c, id, all), share(g.c, id + 1, all), a.scratch + cut.shared + sums, cut.own, all);
#pragma omp single nowait
        writeBias(cut, a, all);
    }
}

/** Threads share the points of one sum of products, which is too large to have several. */
template <int M, class E> static void weightsByPoints(const Cut<M>& cut, const Arrays& a) {
    constexpr int POINTS = Cut<M>::POINTS;
    const Geometry& g = cut.g;
    float *v = a.scratch, *m = v + POINTS * cut.pointV, *d = m + POINTS * cut.pointM;
    int chunks = (cut.tiles + cut.chunk - 1) / cut.chunk;
#pragma omp parallel num_threads(g.threads)
    {
        int id = omp_get_thread_num(), all = omp_get_num_threads();
        float* bias = a.scratch + cut.shared + (id + 1) * cut.own - (g.k + 16);
        for (int k = 0; k < g.k; k++) bias[k] = 0;
        clearFilling(cut, m, share(POINTS, id, all), share(POINTS, id + 1, all));
        for (int q = 0; q < chunks; q++) {
            int begin = share(cut.tiles, q, chunks), n = share(cut.tiles, q + 1, chunks) - begin;
            int first = share(n, id, all), last = share(n, id + 1, all);
            readTiles<M, E>(cut, a, begin + first, begin + last, v + static_cast<size_t>(first) * cut.ldv);
            readGradients<M, E>(cut, a.other, begin + first, begin + last, m, first, a.biasGradient ? bias : nullptr);
#pragma omp barrier
            for (int p = share(POINTS, id, all); p < share(POINTS, id + 1, all); p++) {
                multiplyTiles(v + p * cut.pointV, cut.ldv, m + p * cut.pointM, cut.chunk, d + p * cut.pointU, n, g.c,
                              cut.k, cut.vectors, q > 0);
            }
#pragma omp barrier
        }
        writeWeights(cut, a.result, share(g.c, id, all), share(g.c, id + 1, all), d, 0, 1);
#pragma omp single nowait
        writeBias(cut, a, all);
    }
}

template <int M, class E> static void runWith(const Geometry& g, const Arrays& a) {
    Cut<M> cut(g);
    if (g.pass == BACKWARD_WEIGHTS) cut.byChannels ? weightsByPoints<M, E>(cut, a) : weightsByTiles<M, E>(cut, a);
    else cut.byChannels ? dataByChannels<M, E>(cut, a) : dataByTiles<M, E>(cut, a);
}

static void run(const Geometry& g, const Arrays& a) {
    if (g.flags & BF16) g.tile == 2 ? runWith<2, Bf16>(g, a) : runWith<4, Bf16>(g, a);
    else g.tile == 2 ? runWith<2, float>(g, a) : runWith<4, float>(g, a);
}

/** Transformed weights lie as the pass makes them itself: all of a point together, or all of a slice that a thread takes. */
template <int M> static void prepareWith(const Geometry& g, const float* weights, float* prepared) {
    Cut<M> cut(g);
    if (!cut.byChannels) {
        readAllWeights(cut, weights, 0, g.c, prepared);
        return;
    }
    for (int k = 0; k < cut.k; k += cut.panel)
        readWeights(cut, weights, k, k + cut.panel, 0, g.c, prepared + k / cut.panel * Cut<M>::POINTS * cut.pointU);
}

static void prepare(const Geometry& g, const float* weights, float* prepared) {
    g.tile == 2 ? prepareWith<2>(g, weights, prepared) : prepareWith<4>(g, weights, prepared);
}

static long long preparedBytes(const Geometry& g) {
    return static_cast<long long>(sizeof(float)) * (g.tile == 2 ? Cut<2>(g).preparedFloats() : Cut<4>(g).preparedFloats());
}

static long long scratchBytes(const Geometry& g) {
    return static_cast<long long>(sizeof(float)) * (g.tile == 2 ? Cut<2>(g).floats() : Cut<4>(g).floats());
}
