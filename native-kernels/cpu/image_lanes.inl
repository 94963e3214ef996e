// Direct convolution with one image in each lane, for few channels. Included once per instruction set, within its namespace.
//
// Kernels with channels in the lanes leave most of them empty where there are few. With images there instead, any number of channels
// will do, taps that meet padding are left out, and a sum needs neither unaligned loads nor a sum over lanes: rows of LANES images are
// transposed when they are read and written, a block of LANES x LANES at a time. Each thread keeps as many rows of the source as a window has.
//
// Each result is one sum in one order. A gradient of weights is the sum of parts that depend on the geometry alone, added in their
// order. So equal inputs give equal bits, with any number of threads.
//
// Measured alone with one thread of a Zen 5 (AVX-512), whose limit is 210 GFLOP/s, 128 images: 1 to 6 channels 5x5 150 forward and 130
// weights, where transposing takes a quarter; 16 to 6 channels 5x5 190. With AVX2, whose limit is 110: 95, 78 and 102.

// What fits into the registers: channels of results, pixels by the number of channels; taps and channels of weights' gradients.
constexpr int MOST_CHANNELS = LANES == 16 ? 8 : 6;
constexpr int MOST_PIXELS[] = {0, LANES == 16 ? 8 : 6, LANES == 16 ? 8 : 4, LANES == 16 ? 6 : 3, LANES == 16 ? 5 : 2,
                               LANES == 16 ? 4 : 2, LANES == 16 ? 3 : 2, 3, 3};
constexpr int MOST_TAPS = LANES == 16 ? 5 : 3, MOST_FILTERS = LANES == 16 ? 5 : 4;

/** How one convolution lies in scratch: rows of the source and of the result as [column][channel][image]. Sizes in floats. */
struct Batch {
    /** Enough parts of a weights' gradient for so many threads. */
    static constexpr int LEAST_PARTS = 16, MOST_PARTS = 64, LEAST_ROWS = 8;
    const Geometry& g;
    int groups; // of LANES images
    int before, columns; // of the source: zeros before, and all that windows reach
    int run; // vectors of a source row that a window covers
    int taps; // weights, or sums of their gradient, of one output channel
    size_t line, result; // a row of the source, of the result
    int bands; // of rows, in backward weights
    int parts;
    size_t shared, own; // scratch of all threads, and of each

    explicit Batch(const Geometry& geometry) : g(geometry) {
        groups = (g.n + LANES - 1) / LANES;
        before = g.left > 0 ? g.left : 0;
        int end = (g.outWidth - 1) * g.across - g.left + g.windowWidth;
        columns = before + (end > g.width ? end : g.width);
        run = g.windowWidth * g.c;
        taps = g.windowHeight * run;
        line = static_cast<size_t>(columns) * g.c * LANES;
        result = static_cast<size_t>(g.outWidth) * g.k * LANES;
        int most = g.outHeight / LEAST_ROWS, wanted = (LEAST_PARTS + groups - 1) / groups;
        bands = wanted < most ? wanted : most > 1 ? most : 1;
        parts = groups * bands < MOST_PARTS ? groups * bands : MOST_PARTS;
        bool weights = g.pass == BACKWARD_WEIGHTS;
        size_t all = static_cast<size_t>(taps) * g.k;
        shared = weights ? parts * (all + g.k) : all;
        shared = (shared + LANES - 1) / LANES * LANES;
        own = g.windowHeight * line + result + (weights ? (all + g.k) * LANES : 0);
    }

    size_t floats() const { return shared + own * g.threads; }
    /** The window's rows that meet the image where result row y is computed. */
    int firstTap(int y) const { return y * g.down < g.top ? g.top - y * g.down : 0; }
    int endTap(int y) const {
        int n = g.height + g.top - y * g.down;
        return n < g.windowHeight ? n : g.windowHeight;
    }
    int images(int group) const { return g.n - group * LANES < LANES ? g.n - group * LANES : LANES; }
    /** Where the source's row begins, with its columns of padding, for tap i of the window of result row y. */
    float* tapRow(float* lines, int y, int i) const { return lines + (y * g.down - g.top + i) % g.windowHeight * line; }
};

/** Calls body(std::true_type or std::false_type): whether a group is whole, which spares tests. */
template <class Body> VOLUTA_INLINE void ifWhole(int count, const Body& body) {
    if (count == LANES) body(std::true_type());
    else body(std::false_type());
}

/** Rows of `count` images to into[element][image], zeros for the other lanes. */
template <class E> static void readImages(const E* from, size_t image, int count, int elements, float* into) {
    ifWhole(count, [&](auto whole) VOLUTA_LAMBDA {
        forEachVector(0, elements, [&](int i, int lanes) VOLUTA_LAMBDA {
            Vec block[LANES];
#pragma GCC unroll 16
            for (int q = 0; q < LANES; q++) block[q] = whole || q < count ? loadLanes(from + q * image + i, lanes) : zero();
            transpose(block);
#pragma GCC unroll 16
            for (int q = 0; q < LANES; q++) {
                if (q < lanes) store(into + static_cast<size_t>(i + q) * LANES, block[q]);
            }
        });
    });
}

/** Rows of `count` images from sums[element][image], after the residual's addition and the rectifier. */
template <class E>
static void writeImages(const float* sums, size_t image, int count, int elements, const E* residual, bool relu, E* into) {
    ifWhole(count, [&](auto whole) VOLUTA_LAMBDA {
        forEachVector(0, elements, [&](int i, int lanes) VOLUTA_LAMBDA {
            Vec block[LANES];
#pragma GCC unroll 16
            for (int q = 0; q < LANES; q++) block[q] = q < lanes ? load(sums + static_cast<size_t>(i + q) * LANES) : zero();
            transpose(block);
#pragma GCC unroll 16
            for (int q = 0; q < LANES; q++) {
                if (!whole && q >= count) break;
                Vec y = block[q];
                if (residual) y = y + loadLanes(residual + q * image + i, lanes);
                if (relu) y = larger(zero(), y); // in this order NaN stays NaN
                storeLanes(into + q * image + i, y, lanes);
            }
        });
    });
}

/** The rows of one group's source that a window needs, brought in as the window goes down. */
template <class E> class Window {
  public:
    Window(const Batch& batch, const void* source, float* lines) : b(batch), source(static_cast<const E*>(source)), lines(lines) {
        memset(lines, 0, b.g.windowHeight * b.line * sizeof(float)); // the columns of padding stay so
    }

    /** Brings in what result row y needs; rows of a group come one after another. */
    void moveTo(int group, int y) {
        const Geometry& g = b.g;
        int first = y * g.down - g.top;
        if (first < 0) first = 0;
        if (group != current || next < first) next = first;
        current = group;
        size_t row = static_cast<size_t>(g.width) * g.c, image = g.height * row;
        for (; next < y * g.down - g.top + g.windowHeight && next < g.height; next++) {
            float* into = lines + next % g.windowHeight * b.line + static_cast<size_t>(b.before) * g.c * LANES;
            readImages(source + group * LANES * image + next * row, image, b.images(group), static_cast<int>(row), into);
        }
    }

  private:
    const Batch& b;
    const E* source;
    float* lines;
    int current = -1, next = 0;
};

/** sum[r][s] += over `n` source vectors, of R pixels with `step` vectors between them: u[vector][s]. */
template <int R, int S> VOLUTA_INLINE void addProducts(const float* x, size_t step, const float* u, int n, Vec (&sum)[R][S]) {
    for (int i = 0; i < n; i++, x += LANES, u += S) {
        Vec v[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) v[r] = load(x + r * step);
#pragma GCC unroll 8
        for (int s = 0; s < S; s++) {
            Vec w = all(u[s]);
#pragma GCC unroll 8
            for (int r = 0; r < R; r++) sum[r][s] = fma(v[r], w, sum[r][s]);
        }
    }
}

/** The sums of R pixels of row y beginning with x, and of S channels beginning with k, into the row's scratch. */
template <int R, int S>
static void sumPixels(const Batch& b, float* lines, const float* u, const float* bias, int y, int x, int k, float* into) {
    const Geometry& g = b.g;
    Vec sum[R][S];
#pragma GCC unroll 8
    for (int s = 0; s < S; s++) {
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) sum[r][s] = bias ? all(bias[k + s]) : zero();
    }
    int from = g.left - (x + R - 1) * g.across, to = g.width + g.left - x * g.across;
    if (from < 0) from = 0;
    if (to > g.windowWidth) to = g.windowWidth;
    ptrdiff_t first = static_cast<ptrdiff_t>(b.before + x * g.across - g.left + from) * g.c * LANES;
    size_t step = static_cast<size_t>(g.across) * g.c * LANES;
    u += static_cast<size_t>(k) * b.taps;
    for (int i = b.firstTap(y); from < to && i < b.endTap(y); i++) {
        const float* w = u + (static_cast<size_t>(i) * b.run + from * g.c) * S;
        addProducts<R, S>(b.tapRow(lines, y, i) + first, step, w, (to - from) * g.c, sum);
    }
#pragma GCC unroll 8
    for (int s = 0; s < S; s++) {
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) store(into + (static_cast<size_t>(x + r) * g.k + k + s) * LANES, sum[r][s]);
    }
}

struct PixelKernels {
    void (*sum[MOST_CHANNELS + 1][MOST_PIXELS[1] + 1])(const Batch&, float*, const float*, const float*, int, int, int, float*) = {};
    template <int S, int... R> constexpr void fill(std::integer_sequence<int, R...>) { ((sum[S][R + 1] = sumPixels<R + 1, S>), ...); }
    template <int... S> constexpr void fillAll(std::integer_sequence<int, S...>) {
        (fill<S + 1>(std::make_integer_sequence<int, MOST_PIXELS[S + 1]>()), ...);
    }
    constexpr PixelKernels() { fillAll(std::make_integer_sequence<int, MOST_CHANNELS>()); }
};
static constexpr PixelKernels PIXEL_KERNELS;

/** u[block of channels][window's row][window's column][source channel][channel in block], for blocks [first, last) of `blocks`. */
static void packWeights(const Batch& b, const float* w, int first, int last, int blocks, float* u) {
    const Geometry& g = b.g;
    bool turned = g.pass == BACKWARD_DATA;
    int window = g.windowHeight * g.windowWidth;
    for (int q = first; q < last; q++) {
        int k = share(g.k, q, blocks), end = share(g.k, q + 1, blocks);
        float* into = u + static_cast<size_t>(k) * b.taps;
        for (int tap = 0; tap < window; tap++)
            for (int c = 0; c < g.c; c++)
                for (int s = k; s < end; s++)
                    *into++ = turned ? w[(static_cast<size_t>(c) * g.k + s) * window + window - 1 - tap]
                                     : w[(static_cast<size_t>(s) * g.c + c) * window + tap];
    }
}

template <class E> static void convolveData(const Batch& b, const Arrays& a) {
    const Geometry& g = b.g;
    int blocks = (g.k + MOST_CHANNELS - 1) / MOST_CHANNELS;
    int rows = b.groups * g.outHeight, elements = g.outWidth * g.k;
    size_t image = static_cast<size_t>(g.outHeight) * elements;
#pragma omp parallel num_threads(g.threads)
    {
        int id = omp_get_thread_num(), all = omp_get_num_threads();
        packWeights(b, static_cast<const float*>(a.other), share(blocks, id, all), share(blocks, id + 1, all), blocks, a.scratch);
        float* lines = a.scratch + b.shared + id * b.own;
        float* row = lines + g.windowHeight * b.line;
        Window<E> window(b, a.source, lines);
#pragma omp barrier
        for (int i = share(rows, id, all); i < share(rows, id + 1, all); i++) {
            int group = i / g.outHeight, y = i % g.outHeight;
            window.moveTo(group, y);
            for (int q = 0; q < blocks; q++) {
                int k = share(g.k, q, blocks), channels = share(g.k, q + 1, blocks) - k;
                int pieces = (g.outWidth + MOST_PIXELS[channels] - 1) / MOST_PIXELS[channels];
                for (int p = 0; p < pieces; p++) {
                    int x = share(g.outWidth, p, pieces), pixels = share(g.outWidth, p + 1, pieces) - x;
                    PIXEL_KERNELS.sum[channels][pixels](b, lines, a.scratch, a.bias, y, x, k, row);
                }
            }
            size_t at = static_cast<size_t>(group) * LANES * image + static_cast<size_t>(y) * elements;
            const E* residual = a.residual ? static_cast<const E*>(a.residual) + at : nullptr;
            writeImages(row, image, b.images(group), elements, residual, g.flags & RELU, static_cast<E*>(a.result) + at);
        }
    }
}

/** d[r * ld][s] += sum over pixels of x[r] dy[s], for R vectors of the source and S of y's gradient. */
template <int R, int S>
static void addOuter(const float* x, size_t stepX, const float* dy, size_t stepY, int pixels, float* d, size_t ld) {
    Vec sum[R][S];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 8
        for (int s = 0; s < S; s++) sum[r][s] = load(d + r * ld + s * LANES);
    }
    for (int p = 0; p < pixels; p++, x += stepX, dy += stepY) {
        Vec v[R];
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) v[r] = load(x + r * LANES);
#pragma GCC unroll 8
        for (int s = 0; s < S; s++) {
            Vec y = load(dy + s * LANES);
#pragma GCC unroll 8
            for (int r = 0; r < R; r++) sum[r][s] = fma(v[r], y, sum[r][s]);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 8
        for (int s = 0; s < S; s++) store(d + r * ld + s * LANES, sum[r][s]);
    }
}

struct OuterKernels {
    void (*add[MOST_TAPS + 1][MOST_FILTERS + 1])(const float*, size_t, const float*, size_t, int, float*, size_t) = {};
    template <int R, int... S> constexpr void fill(std::integer_sequence<int, S...>) { ((add[R][S + 1] = addOuter<R, S + 1>), ...); }
    template <int... R> constexpr void fillAll(std::integer_sequence<int, R...>) {
        (fill<R + 1>(std::make_integer_sequence<int, MOST_FILTERS>()), ...);
    }
    constexpr OuterKernels() { fillAll(std::make_integer_sequence<int, MOST_TAPS>()); }
};
static constexpr OuterKernels OUTER_KERNELS;

/** sums[n] of the lanes of d[n][image]. */
static void sumImages(const float* d, int n, float* sums) {
    forEachVector(0, n, [&](int i, int lanes) VOLUTA_LAMBDA {
        Vec block[LANES];
#pragma GCC unroll 16
        for (int q = 0; q < LANES; q++) block[q] = q < lanes ? load(d + static_cast<size_t>(i + q) * LANES) : zero();
        transpose(block);
#pragma GCC unroll 4
        for (int most = LANES / 2; most > 0; most /= 2) {
#pragma GCC unroll 8
            for (int q = 0; q < most; q++) block[q] = block[q] + block[q + most];
        }
        storeLanes(sums + i, block[0], lanes);
    });
}

/** d[window's row][window's column][source channel][channel][image] += one row of y's gradient, and its sums over pixels behind them. */
static void addRow(const Batch& b, float* lines, int y, const float* dy, bool bias, float* d) {
    const Geometry& g = b.g;
    int pieces = (b.run + MOST_TAPS - 1) / MOST_TAPS, blocks = (g.k + MOST_FILTERS - 1) / MOST_FILTERS;
    size_t stepX = static_cast<size_t>(g.across) * g.c * LANES, stepY = static_cast<size_t>(g.k) * LANES;
    for (int i = b.firstTap(y); i < b.endTap(y); i++) {
        const float* x = b.tapRow(lines, y, i) + static_cast<ptrdiff_t>(b.before - g.left) * g.c * LANES;
        for (int p = 0; p < pieces; p++) {
            int r = share(b.run, p, pieces), taps = share(b.run, p + 1, pieces) - r;
            for (int q = 0; q < blocks; q++) {
                int k = share(g.k, q, blocks), filters = share(g.k, q + 1, blocks) - k;
                OUTER_KERNELS.add[taps][filters](x + static_cast<size_t>(r) * LANES, stepX, dy + static_cast<size_t>(k) * LANES, stepY, g.outWidth,
                                          d + (static_cast<size_t>(i) * b.run + r) * stepY + static_cast<size_t>(k) * LANES, stepY);
            }
        }
    }
    if (!bias) return;
    float* sums = d + b.taps * stepY;
    for (int k = 0; k < g.k; k++) {
        Vec sum = load(sums + static_cast<size_t>(k) * LANES);
        for (int p = 0; p < g.outWidth; p++) sum = sum + load(dy + p * stepY + static_cast<size_t>(k) * LANES);
        store(sums + static_cast<size_t>(k) * LANES, sum);
    }
}

/** The weights' gradient in their own order, for taps [first, last) of all output channels, and the bias's, from the parts. */
static void addParts(const Batch& b, const Arrays& a, int first, int last) {
    const Geometry& g = b.g;
    float* w = static_cast<float*>(a.result);
    int window = g.windowHeight * g.windowWidth;
    size_t part = static_cast<size_t>(b.taps + 1) * g.k;
    for (int t = first; t < last; t++) {
        for (int k = 0; k < g.k; k++) {
            float sum = 0;
            for (int p = 0; p < b.parts; p++) sum += a.scratch[p * part + static_cast<size_t>(t) * g.k + k];
            if (t < b.taps) w[(static_cast<size_t>(k) * g.c + t % g.c) * window + t / g.c] = sum;
            else if (a.biasGradient) a.biasGradient[k] = sum;
        }
    }
}

template <class E> static void convolveWeights(const Batch& b, const Arrays& a) {
    const Geometry& g = b.g;
    int elements = g.outWidth * g.k, units = b.groups * b.bands, sums = (b.taps + 1) * g.k;
    size_t image = static_cast<size_t>(g.outHeight) * elements;
#pragma omp parallel num_threads(g.threads)
    {
        int id = omp_get_thread_num(), all = omp_get_num_threads();
        float* lines = a.scratch + b.shared + id * b.own;
        float *row = lines + g.windowHeight * b.line, *d = row + b.result;
        Window<E> window(b, a.source, lines);
        for (int p = share(b.parts, id, all); p < share(b.parts, id + 1, all); p++) {
            memset(d, 0, static_cast<size_t>(sums) * LANES * sizeof(float));
            for (int unit = share(units, p, b.parts); unit < share(units, p + 1, b.parts); unit++) {
                int group = unit / b.bands, band = unit % b.bands;
                for (int y = share(g.outHeight, band, b.bands); y < share(g.outHeight, band + 1, b.bands); y++) {
                    window.moveTo(group, y);
                    const E* dy = static_cast<const E*>(a.other) + static_cast<size_t>(group) * LANES * image + static_cast<size_t>(y) * elements;
                    readImages(dy, image, b.images(group), elements, row);
                    addRow(b, lines, y, row, a.biasGradient, d);
                }
            }
            sumImages(d, sums, a.scratch + static_cast<size_t>(p) * sums);
        }
#pragma omp barrier
        addParts(b, a, share(b.taps + 1, id, all), share(b.taps + 1, id + 1, all));
    }
}

template <class E> static void convolveImages(const Geometry& g, const Arrays& a) {
    Batch b(g);
    g.pass == BACKWARD_WEIGHTS ? convolveWeights<E>(b, a) : convolveData<E>(b, a);
}

/** A convolution by the algorithm that the geometry names. */
static void convolve(const Geometry& g, const Arrays& a) {
    if (g.tile) run(g, a);
    else g.flags & BF16 ? convolveImages<Bf16>(g, a) : convolveImages<float>(g, a);
}

static long long convolutionScratchBytes(const Geometry& g) {
    return g.tile ? scratchBytes(g) : static_cast<long long>(sizeof(float) * Batch(g).floats());
}
