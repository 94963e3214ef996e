// Batch normalization. Included once per instruction set, within its namespace.
//
// Both passes are bound by memory, so what counts is how often images are read: twice and written once, forward; x and y's
// gradient twice, backward. The variance of a piece of an image is found while the piece is in the first-level cache, about
// the piece's own mean, so one walk over memory is as accurate as two. Pieces' results are combined by T. Chan, G. Golub and
// R. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979. ReLU's gradient is found by
// normalizing once more, which costs less than keeping bits.
//
// Sums are over parts whose number follows from the geometry alone: threads share them, so that the bits of results do not
// depend on how many threads there are.

/** How images are cut up: into groups of channels that are walked over together, and those into parts by pixels. */
struct NormCut {
    static constexpr int MOST_PARTS = 128, PART_BYTES = 32 << 10, PIECE_BYTES = 16 << 10, LEAST_ROWS = 8;
    const NormGeometry& g;
    int groups, width; // channels of a group
    int runs; // stretches of rows of a group that lie together
    int run; // rows of a stretch
    ptrdiff_t pixel, next, group; // elements from row to row, from stretch to stretch, from group to group
    long long rows; // of a group, in all
    int parts; // of a group
    int piece; // rows that stay in the cache
    int ld; // floats of a vector of all channels

    explicit NormCut(const NormGeometry& geometry) : g(geometry) {
        constexpr int BLOCK = 16;
        bool blocked = g.flags & BLOCKED;
        groups = blocked ? (g.channels + BLOCK - 1) / BLOCK : 1;
        width = blocked ? BLOCK : g.channels;
        pixel = width;
        group = blocked ? static_cast<ptrdiff_t>(g.pixels) * BLOCK : 0;
        next = static_cast<ptrdiff_t>(groups) * g.pixels * width;
        runs = g.images;
        run = g.pixels;
        rows = static_cast<long long>(g.images) * g.pixels;
        ld = roundUp(groups * width, 16);
        int bytes = width * static_cast<int>(sizeof(float));
        piece = PIECE_BYTES / bytes > LEAST_ROWS ? PIECE_BYTES / bytes : LEAST_ROWS;
        parts = 1;
        while (parts < MOST_PARTS && rows * bytes / (2 * parts) >= PART_BYTES) parts *= 2;
    }

    /** Five vectors of coefficients, and two of sums per part. */
    size_t floats() const { return (5 + 2 * static_cast<size_t>(parts)) * ld; }
    long long begin(int part) const { return rows * part / parts; }

    /** Calls body(offset of the first row, rows) for pieces of rows that lie together. */
    template <class Body> __attribute__((always_inline)) void forEachPiece(int inGroup, int part, const Body& body) const {
        long long from = begin(part), to = begin(part + 1);
        bool joined = next == run * pixel;
        while (from < to) {
            long long image = joined ? 0 : from / run, row = from - image * run;
            long long n = joined || to - from < run - row ? to - from : run - row;
            if (n > piece) n = piece;
            body(inGroup * group + static_cast<ptrdiff_t>(image) * next + static_cast<ptrdiff_t>(row) * pixel, static_cast<int>(n));
            from += n;
        }
    }
};

/** Calls body(vectors, first channel, lanes) for channels [0, width): four vectors together, two, one, and a part of one. */
template <class Body> VOLUTA_INLINE void forEachTile(int width, const Body& body) {
    int c = 0;
    for (; c + 4 * LANES <= width; c += 4 * LANES) body(std::integral_constant<int, 4>(), c, LANES);
    for (; c + 2 * LANES <= width; c += 2 * LANES) body(std::integral_constant<int, 2>(), c, LANES);
    for (; c + LANES <= width; c += LANES) body(std::integral_constant<int, 1>(), c, LANES);
    if (c < width) body(std::integral_constant<int, 1>(), c, width - c);
}

/** Calls body(slot, row) for every row; as many slots as fill the pipes with V sums each. */
template <int V, class Body> VOLUTA_INLINE void forEachRow(int rows, const Body& body) {
    constexpr int SLOTS = V >= 4 ? 1 : 4 / V;
    int r = 0;
    for (; r + SLOTS <= rows; r += SLOTS) {
#pragma GCC unroll 4
        for (int s = 0; s < SLOTS; s++) body(s, r + s);
    }
    for (; r < rows; r++) body(0, r);
}

/** The sums of several slots. */
template <int V> struct Sums {
    static constexpr int SLOTS = V >= 4 ? 1 : 4 / V;
    Vec of[SLOTS][V];
    static __attribute__((always_inline)) Sums zeros() {
        Sums s;
        for (int i = 0; i < SLOTS; i++)
#pragma GCC unroll 4
            for (int v = 0; v < V; v++) s.of[i][v] = zero();
        return s;
    }
    __attribute__((always_inline)) Vec total(int v) const {
        Vec t = of[0][v];
        for (int i = 1; i < SLOTS; i++) t = t + of[i][v];
        return t;
    }
};

/** What `more` values with this mean and these squared deviations add to those of n values before; n may be 0. */
VOLUTA_INLINE void merge(float* mean, float* squares, Vec newMean, Vec newSquares, float n, float more, int lanes) {
    if (n > 0) {
        Vec old = loadLanes(mean, lanes), d = newMean - old;
        float portion = more / (n + more);
        newMean = fma(d, all(portion), old);
        newSquares = loadLanes(squares, lanes) + fma(d * d, all(n * portion), newSquares);
    }
    storeLanes(mean, newMean, lanes);
    storeLanes(squares, newSquares, lanes);
}

/** Begins to fetch as many floats from here on, which come next: sums walk over channels first, which no processor foresees. */
VOLUTA_INLINE void fetch(const float* p, ptrdiff_t n) {
    constexpr int LINE = 16;
    for (ptrdiff_t i = 0; i < n; i += LINE) _mm_prefetch(reinterpret_cast<const char*>(p + i), _MM_HINT_T0);
}

/** Means and sums of squared deviations of a part of a group. */
static void moments(const NormCut& cut, const float* x, int group, int part, float* mean, float* squares) {
    float n = 0;
    cut.forEachPiece(group, part, [&](ptrdiff_t at, int rows) VOLUTA_LAMBDA {
        if (cut.width > 4 * LANES) fetch(x + at, rows * cut.pixel);
        forEachTile(cut.width, [&](auto vectors, int c, int lanes) VOLUTA_LAMBDA {
            constexpr int V = vectors.value;
            const float* from = x + at + c;
            auto sum = Sums<V>::zeros(), square = Sums<V>::zeros();
            forEachRow<V>(rows, [&](int s, int r) VOLUTA_LAMBDA {
#pragma GCC unroll 4
                for (int v = 0; v < V; v++) sum.of[s][v] = sum.of[s][v] + loadLanes(from + r * cut.pixel + v * LANES, lanes);
            });
            Vec m[V];
#pragma GCC unroll 4
            for (int v = 0; v < V; v++) m[v] = sum.total(v) / all(static_cast<float>(rows));
            forEachRow<V>(rows, [&](int s, int r) VOLUTA_LAMBDA {
#pragma GCC unroll 4
                for (int v = 0; v < V; v++) {
                    Vec d = loadLanes(from + r * cut.pixel + v * LANES, lanes) - m[v];
                    square.of[s][v] = fma(d, d, square.of[s][v]);
                }
            });
#pragma GCC unroll 4
            for (int v = 0; v < V; v++)
                merge(mean + c + v * LANES, squares + c + v * LANES, m[v], square.total(v), n, static_cast<float>(rows), lanes);
        });
        n += rows;
    });
}

/** Where coefficients and sums lie in the scratch: vectors of all channels. */
struct NormScratch {
    float *mean, *factor, *shift, *first, *second, *sums;
    NormScratch(const NormCut& cut, float* scratch)
        : mean(scratch), factor(mean + cut.ld), shift(factor + cut.ld), first(shift + cut.ld), second(first + cut.ld),
          sums(second + cut.ld) {}
    float* of(const NormCut& cut, int group, int part, int which) const {
        return sums + static_cast<size_t>(2 * part + which) * cut.ld + group * cut.width;
    }
};

/** Channels of a group that are not filling. */
VOLUTA_INLINE int channels(const NormCut& cut, int group) {
    int left = cut.g.channels - group * cut.width;
    return left < cut.width ? left : cut.width;
}

/** y = (x - mean) * factor + shift: the coefficients of channels [from, to) of a group; those of filling are 0. */
VOLUTA_INLINE void coefficients(const NormCut& cut, const NormArrays& a, const NormScratch& s, int group, int from, int to) {
    int there = channels(cut, group), first = group * cut.width;
    for (int c = from; c < to; c++) {
        bool filling = c >= there;
        s.mean[first + c] = filling ? 0 : a.mean[first + c];
        s.factor[first + c] = filling ? 0 : a.scale[first + c] / std::sqrt(a.variance[first + c] + cut.g.epsilon);
        s.shift[first + c] = filling || !a.shift ? 0 : a.shift[first + c];
    }
}

/** The statistics of channels [from, to) of a group from those of its parts, which are lost. */
VOLUTA_INLINE void combine(const NormCut& cut, const NormArrays& a, const NormScratch& s, int group, int from, int to) {
    float *mean = s.of(cut, group, 0, 0), *squares = s.of(cut, group, 0, 1);
    for (int p = 1; p < cut.parts; p++) {
        const float *more = s.of(cut, group, p, 0), *moreSquares = s.of(cut, group, p, 1);
        float n = static_cast<float>(cut.begin(p)), rows = static_cast<float>(cut.begin(p + 1) - cut.begin(p));
        forEachVector(from, to, [&](int c, int lanes) VOLUTA_LAMBDA {
            merge(mean + c, squares + c, loadLanes(more + c, lanes), loadLanes(moreSquares + c, lanes), n, rows, lanes);
        });
    }
    int there = channels(cut, group), first = group * cut.width;
    for (int c = from; c < to && c < there; c++) {
        a.mean[first + c] = mean[c];
        a.variance[first + c] = squares[c] / static_cast<float>(cut.rows);
    }
}

/** v where z is inside of what the activation lets through, else 0. */
template <int ACTIVATION> VOLUTA_INLINE Vec through(Vec z, Vec v) {
    if (ACTIVATION == NORM_LINEAR) return v;
    v = wherePositive(z, v);
    return ACTIVATION == NORM_RELU6 ? wherePositive(all(6) - z, v) : v;
}
template <int ACTIVATION> VOLUTA_INLINE Vec activated(Vec z) { // in this order NaN stays NaN
    if (ACTIVATION == NORM_LINEAR) return z;
    z = larger(zero(), z);
    return ACTIVATION == NORM_RELU6 ? smaller(all(6), z) : z;
}

/** y of a part of a group, in the order in which it lies. */
template <int ACTIVATION, bool RESIDUAL>
static void writeNormalized(const NormCut& cut, const NormArrays& a, const NormScratch& s, int group, int part) {
    const float *x = static_cast<const float*>(a.x), *residual = static_cast<const float*>(a.residual);
    float* y = static_cast<float*>(a.y);
    const float *mean = s.mean + group * cut.width, *factor = s.factor + group * cut.width, *shift = s.shift + group * cut.width;
    cut.forEachPiece(group, part, [&](ptrdiff_t at, int rows) VOLUTA_LAMBDA {
        for (int r = 0; r < rows; r++, at += cut.pixel) {
            forEachVector(0, cut.width, [&](int c, int lanes) VOLUTA_LAMBDA {
                ptrdiff_t i = at + c;
                Vec d = loadLanes(x + i, lanes) - loadLanes(mean + c, lanes);
                Vec z = fma(d, loadLanes(factor + c, lanes), loadLanes(shift + c, lanes));
                if (RESIDUAL) z = z + loadLanes(residual + i, lanes);
                storeLanes(y + i, activated<ACTIVATION>(z), lanes);
            });
        }
    });
}

/** The sums of y's gradient, where the activation lets it through, and of its products with x - mean, of a part of a group. */
template <int ACTIVATION, bool RESIDUAL>
static void gradientSums(const NormCut& cut, const NormArrays& a, const NormScratch& s, int group, int part) {
    const float *x = static_cast<const float*>(a.x), *y = static_cast<const float*>(a.y), *dy = static_cast<const float*>(a.dy);
    float* dz = static_cast<float*>(a.residualGradient);
    float *plain = s.of(cut, group, part, 0), *product = s.of(cut, group, part, 1);
    memset(plain, 0, cut.width * sizeof(float));
    memset(product, 0, cut.width * sizeof(float));
    cut.forEachPiece(group, part, [&](ptrdiff_t at, int rows) VOLUTA_LAMBDA {
        if (cut.width > 4 * LANES) {
            fetch(x + at, rows * cut.pixel);
            fetch(dy + at, rows * cut.pixel);
        }
        forEachTile(cut.width, [&](auto vectors, int c, int lanes) VOLUTA_LAMBDA {
            constexpr int V = vectors.value;
            auto first = Sums<V>::zeros(), second = Sums<V>::zeros();
            Vec mean[V], factor[V], shift[V];
#pragma GCC unroll 4
            for (int v = 0; v < V; v++) {
                int k = group * cut.width + c + v * LANES;
                mean[v] = loadLanes(s.mean + k, lanes);
                factor[v] = loadLanes(s.factor + k, lanes);
                shift[v] = loadLanes(s.shift + k, lanes);
            }
            forEachRow<V>(rows, [&](int slot, int r) VOLUTA_LAMBDA {
#pragma GCC unroll 4
                for (int v = 0; v < V; v++) {
                    ptrdiff_t i = at + r * cut.pixel + c + v * LANES;
                    Vec d = loadLanes(x + i, lanes) - mean[v], g = loadLanes(dy + i, lanes);
                    if (RESIDUAL) {
                        if (ACTIVATION != NORM_LINEAR) g = through<ACTIVATION>(loadLanes(y + i, lanes), g);
                        storeLanes(dz + i, g, lanes);
                    } else {
                        g = through<ACTIVATION>(fma(d, factor[v], shift[v]), g);
                    }
                    first.of[slot][v] = first.of[slot][v] + g;
                    second.of[slot][v] = fma(g, d, second.of[slot][v]);
                }
            });
#pragma GCC unroll 4
            for (int v = 0; v < V; v++) {
                float *p = plain + c + v * LANES, *q = product + c + v * LANES;
                storeLanes(p, loadLanes(p, lanes) + first.total(v), lanes);
                storeLanes(q, loadLanes(q, lanes) + second.total(v), lanes);
            }
        });
    });
}

/** The gradients of scale and shift, and what x's gradient needs, of channels [from, to) of a group. */
VOLUTA_INLINE void combineGradients(const NormCut& cut, const NormArrays& a, const NormScratch& s, int group, int from, int to) {
    int there = channels(cut, group), first = group * cut.width;
    float *plain = s.first + first, *product = s.second + first;
    for (int p = 0; p < cut.parts; p++) {
        const float *more = s.of(cut, group, p, 0), *moreProduct = s.of(cut, group, p, 1);
        forEachVector(from, to, [&](int c, int lanes) VOLUTA_LAMBDA {
            Vec d = loadLanes(more + c, lanes), e = loadLanes(moreProduct + c, lanes);
            storeLanes(plain + c, p == 0 ? d : loadLanes(plain + c, lanes) + d, lanes);
            storeLanes(product + c, p == 0 ? e : loadLanes(product + c, lanes) + e, lanes);
        });
    }
    float n = static_cast<float>(cut.rows);
    for (int c = from; c < to; c++) {
        float inverse = c < there ? 1 / std::sqrt(a.variance[first + c] + cut.g.epsilon) : 0;
        if (c < there) {
            a.shiftGradient[first + c] = plain[c];
            a.scaleGradient[first + c] = product[c] * inverse;
        }
        plain[c] = s.factor[first + c] * (plain[c] / n);
        product[c] = s.factor[first + c] * (product[c] / n) * (inverse * inverse);
    }
}

/** x's gradient of a part of a group, in the order in which it lies. */
template <int ACTIVATION, bool RESIDUAL>
static void writeGradients(const NormCut& cut, const NormArrays& a, const NormScratch& s, int group, int part) {
    const float *x = static_cast<const float*>(a.x), *dy = static_cast<const float*>(RESIDUAL ? a.residualGradient : a.dy);
    float* dx = static_cast<float*>(a.dx);
    ptrdiff_t k = group * cut.width;
    cut.forEachPiece(group, part, [&](ptrdiff_t at, int rows) VOLUTA_LAMBDA {
        for (int r = 0; r < rows; r++, at += cut.pixel) {
            forEachVector(0, cut.width, [&](int c, int lanes) VOLUTA_LAMBDA {
                ptrdiff_t i = at + c;
                Vec factor = loadLanes(s.factor + k + c, lanes), d = loadLanes(x + i, lanes) - loadLanes(s.mean + k + c, lanes);
                Vec g = loadLanes(dy + i, lanes);
                if (!RESIDUAL) g = through<ACTIVATION>(fma(d, factor, loadLanes(s.shift + k + c, lanes)), g);
                Vec rest = fma(d, loadLanes(s.second + k + c, lanes), loadLanes(s.first + k + c, lanes));
                storeLanes(dx + i, fma(g, factor, zero() - rest), lanes);
            });
        }
    });
}

/** The two walks of a pass over a group's parts, and what comes between. */
template <int ACTIVATION, bool RESIDUAL> struct NormWalks {
    const NormCut& cut;
    const NormArrays& a;
    const NormScratch s;

    NormWalks(const NormCut& cut, const NormArrays& a) : cut(cut), a(a), s(cut, a.scratch) {}

    /** Whether the statistics are the images' own. */
    bool own() const { return cut.g.pass == NORM_TRAINING || cut.g.pass == NORM_STATISTICS; }

    void sums(int group, int part) const {
        if (cut.g.pass == NORM_BACKWARD) gradientSums<ACTIVATION, RESIDUAL>(cut, a, s, group, part);
        else if (own())
            moments(cut, static_cast<const float*>(a.x), group, part, s.of(cut, group, part, 0), s.of(cut, group, part, 1));
    }
    /** The backward pass needs coefficients before its sums, the forward pass after them. */
    void before(int group, int from, int to) const {
        if (cut.g.pass == NORM_BACKWARD) coefficients(cut, a, s, group, from, to);
    }
    void between(int group, int from, int to) const {
        if (cut.g.pass == NORM_BACKWARD) {
            combineGradients(cut, a, s, group, from, to);
            return;
        }
        if (own()) combine(cut, a, s, group, from, to);
        coefficients(cut, a, s, group, from, to);
        if (cut.g.pass != NORM_STATISTICS) return;
        int there = channels(cut, group), first = group * cut.width;
        for (int c = from; c < to && c < there; c++) a.factor[first + c] = s.factor[first + c];
    }
    void results(int group, int part) const {
        if (cut.g.pass == NORM_STATISTICS) return;
        if (cut.g.pass == NORM_BACKWARD) writeGradients<ACTIVATION, RESIDUAL>(cut, a, s, group, part);
        else writeNormalized<ACTIVATION, RESIDUAL>(cut, a, s, group, part);
    }

    /** Each thread takes whole groups, which stay in the cache from one walk to the next. */
    void byGroups(int id, int all) const {
        for (int g = share(cut.groups, id, all); g < share(cut.groups, id + 1, all); g++) {
            before(g, 0, cut.width);
            for (int p = 0; p < cut.parts; p++) sums(g, p);
            between(g, 0, cut.width);
            for (int p = cut.parts - 1; p >= 0; p--) results(g, p);
        }
    }
    /** Calls body(group, from, to) for a thread's share of channels, sixteen at a time. */
    template <class Body> void forEachShare(int id, int all, const Body& body) const {
        constexpr int BLOCK = 16;
        int blocks = cut.ld / BLOCK;
        for (int b = share(blocks, id, all); b < share(blocks, id + 1, all); b++) {
            int group = cut.groups > 1 ? b : 0, from = cut.groups > 1 ? 0 : b * BLOCK;
            body(group, from, from + BLOCK < cut.width ? from + BLOCK : cut.width);
        }
    }
    /** Threads share the parts of each group; the second walk begins where the first ended. */
    void byParts(int id, int all) const {
        int units = cut.groups * cut.parts;
        forEachShare(id, all, [&](int g, int from, int to) VOLUTA_LAMBDA { before(g, from, to); });
#pragma omp barrier
        for (int u = share(units, id, all); u < share(units, id + 1, all); u++) sums(u / cut.parts, u % cut.parts);
#pragma omp barrier
        forEachShare(id, all, [&](int g, int from, int to) VOLUTA_LAMBDA { between(g, from, to); });
#pragma omp barrier
        for (int u = share(units, id + 1, all) - 1; u >= share(units, id, all); u--) results(u / cut.parts, u % cut.parts);
    }
};

template <int ACTIVATION, bool RESIDUAL> static void normalizeWith(const NormCut& cut, const NormArrays& a) {
    NormWalks<ACTIVATION, RESIDUAL> walks(cut, a);
    bool whole = cut.groups % cut.g.threads == 0 || cut.groups >= 4 * cut.g.threads;
#pragma omp parallel num_threads(cut.g.threads)
    {
        int id = omp_get_thread_num(), all = omp_get_num_threads();
        if (whole) walks.byGroups(id, all);
        else walks.byParts(id, all);
    }
}

template <int ACTIVATION> static void normalizeActivated(const NormCut& cut, const NormArrays& a) {
    bool residual = cut.g.pass == NORM_BACKWARD ? a.residualGradient : a.residual;
    residual ? normalizeWith<ACTIVATION, true>(cut, a) : normalizeWith<ACTIVATION, false>(cut, a);
}

static void normalize(const NormGeometry& g, const NormArrays& a) {
    NormCut cut(g);
    switch (g.activation) {
    case NORM_RELU: return normalizeActivated<NORM_RELU>(cut, a);
    case NORM_RELU6: return normalizeActivated<NORM_RELU6>(cut, a);
    default: return normalizeActivated<NORM_LINEAR>(cut, a);
    }
}

static long long normScratchBytes(const NormGeometry& g) {
    return static_cast<long long>(sizeof(float)) * NormCut(g).floats();
}
