// The matrix products between the transforms: blocks of sums that stay in registers. Included once per instruction set.

/** m[r * ldm + q] = sum over c of v[r * ldv + c] u[c * KV * LANES + q], for R rows and KV vectors of q. */
template <int R, int KV>
static void product(const float* v, size_t ldv, const float* u, float* m, size_t ldm, int c) {
    Vec sum[R][KV];
#pragma GCC unroll 32
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
        for (int q = 0; q < KV; q++) sum[r][q] = zero();
    }
    for (int i = 0; i < c; i++) {
        Vec w[KV];
#pragma GCC unroll 4
        for (int q = 0; q < KV; q++) w[q] = load(u + q * LANES);
        _mm_prefetch(reinterpret_cast<const char*>(u + 8 * KV * LANES), _MM_HINT_T0);
        if (KV * LANES > 16) _mm_prefetch(reinterpret_cast<const char*>(u + 8 * KV * LANES + 16), _MM_HINT_T0);
        u += KV * LANES;
#pragma GCC unroll 32
        for (int r = 0; r < R; r++) {
            Vec b = all(v[r * ldv + i]);
#pragma GCC unroll 4
            for (int q = 0; q < KV; q++) sum[r][q] = fma(b, w[q], sum[r][q]);
        }
    }
#pragma GCC unroll 32
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
        for (int q = 0; q < KV; q++) store(m + r * ldm + q * LANES, sum[r][q]);
    }
}

/** d[r * KV * LANES + q] (+)= sum over t of v[t * ldv + r] y[t * KV * LANES + q]; summed apart first, which rounds less. */
template <int R, int KV>
static void productOfTiles(const float* v, size_t ldv, const float* y, float* d, int tiles, bool accumulate) {
    Vec sum[R][KV];
#pragma GCC unroll 32
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
        for (int q = 0; q < KV; q++) sum[r][q] = zero();
    }
    for (int t = 0; t < tiles; t++) {
        Vec w[KV];
#pragma GCC unroll 4
        for (int q = 0; q < KV; q++) w[q] = load(y + q * LANES);
        y += KV * LANES;
#pragma GCC unroll 32
        for (int r = 0; r < R; r++) {
            Vec b = all(v[r]);
#pragma GCC unroll 4
            for (int q = 0; q < KV; q++) sum[r][q] = fma(b, w[q], sum[r][q]);
        }
        v += ldv;
    }
#pragma GCC unroll 32
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
        for (int q = 0; q < KV; q++) {
            float* to = d + (r * KV + q) * LANES;
            store(to, accumulate ? load(to) + sum[r][q] : sum[r][q]);
        }
    }
}

typedef void (*Product)(const float*, size_t, const float*, float*, size_t, int);
typedef void (*ProductOfTiles)(const float*, size_t, const float*, float*, int, bool);

/** The blocks of 1 to `most` rows. */
struct Blocks {
    int most;
    Product product[25];
    ProductOfTiles ofTiles[25];
};

template <int KV, int... R> static constexpr Blocks blocks(std::integer_sequence<int, R...>) {
    return {sizeof...(R), {nullptr, product<R + 1, KV>...}, {nullptr, productOfTiles<R + 1, KV>...}};
}

static const Blocks BLOCKS1 = blocks<1>(std::make_integer_sequence<int, ROWS1>());
static const Blocks BLOCKS2 = blocks<2>(std::make_integer_sequence<int, ROWS2>());

VOLUTA_INLINE const Blocks& blocksOf(int vectors) { return vectors == 1 ? BLOCKS1 : BLOCKS2; }

/** For one point: m[tiles, k] = v[tiles, c] u, with u in panels of `vectors` vectors, [k / panel][c][panel]. */
static void multiply(
    const float* v, size_t ldv, const float* u, float* m, size_t ldm, int tiles, int c, int k, int vectors) {
    const Blocks& b = blocksOf(vectors);
    int parts = (tiles + b.most - 1) / b.most, panel = vectors * LANES;
    for (int p = 0; p < k; p += panel) {
        for (int i = 0; i < parts; i++) {
            int first = share(tiles, i, parts), last = share(tiles, i + 1, parts);
            b.product[last - first](v + first * ldv, ldv, u + static_cast<size_t>(p) * c, m + first * ldm + p, ldm, c);
        }
    }
}

/** For one point: d[k / panel][c][panel] (+)= sum over tiles of v[tile, c] y[k / panel][tile][panel]. */
static void multiplyTiles(const float* v, size_t ldv, const float* y, size_t tilesOfPanel, float* d, int tiles, int c, int k,
                          int vectors, bool accumulate) {
    const Blocks& b = blocksOf(vectors);
    int parts = (c + b.most - 1) / b.most, panel = vectors * LANES;
    for (int p = 0; p < k; p += panel) {
        for (int i = 0; i < parts; i++) {
            int first = share(c, i, parts), last = share(c, i + 1, parts);
            b.ofTiles[last - first](v + first, ldv, y + p * tilesOfPanel,
                                    d + static_cast<size_t>(p) * c + first * panel, tiles, accumulate);
        }
    }
}
