// Passes over x[samples, channels, pixels] or, with channels last, x[samples * pixels, channels], where each channel has
// constants and sums of its own. A reduction leaves each block's part in memory, and the last block of a channel to arrive
// adds the parts in their order: one launch, and equal inputs on an equal grid give equal bits.
//
// Rows (channels outside): block (256, 1), blockIdx.x = part * channels + channel, exactly parts * channels blocks.
// Columns (channels last): block (X, Y) with X * Y = 256 and both powers of two, blockIdx.x = part * tiles + tile, exactly
// parts * tiles blocks; a tile is X * W channels, and W is LANES<T> (16 bytes to a thread) or 1, as `vectors` says: the host
// sets it where LANES<T> divides the channels and all tensors begin at multiples of 16 bytes.
#pragma once
#include "reduce.cuh"

namespace voluta {

/** Mean and sum of squared distances from it, of n values: merged as Chan, Golub and LeVeque (1979) do, nothing cancels. */
struct Moments {
    VOLUTA_DEVICE static void merge(float n, float& mean, float& squares, float n2, float mean2, float squares2) {
        float all = n + n2, d = mean2 - mean, share = all > 0 ? n2 / all : 0;
        mean += d * share;
        squares += squares2 + d * d * n * share;
    }
};

/** Two sums; the count plays no part. */
struct TwoSums {
    VOLUTA_DEVICE static void merge(float, float& a, float& b, float, float a2, float b2) {
        a += a2;
        b += b2;
    }
};

/** For each of W channels a pair of numbers made of n values. */
template <class Rule, int W> struct Pairs {
    float n = 0, a[W] = {}, b[W] = {};

    VOLUTA_DEVICE void merge(float n2, const float (&a2)[W], const float (&b2)[W]) {
#pragma unroll
        for (int k = 0; k < W; k++) Rule::merge(n, a[k], b[k], n2, a2[k], b2[k]);
        n += n2;
    }

    /** Where value j of N neighbours belongs: they are all of one channel, or each of its own. */
    VOLUTA_DEVICE static constexpr int lane(int j) { return W == 1 ? 0 : j; }
};

/** What the host decides: parts of a channel, and where the parts' results and the number of those that are done are left. */
struct Parts {
    int parts;
    float* results; // [parts, 2, channels]
    unsigned* done; // one per channel or tile; 0 before and after
};

/** Whether this is the last of `blocks` blocks to come here; if so, it sees all that the others wrote before. */
VOLUTA_DEVICE bool lastToArrive(unsigned* done, unsigned blocks) {
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0 && threadIdx.y == 0) {
        last = atomicAdd(done, 1u) == blocks - 1;
        if (last) *done = 0; // as the next launch expects it
    }
    __syncthreads();
    bool result = last;
    if (result) __threadfence();
    return result;
}

/** The values of one part of a channel, when each sample's are a run of `pixels` neighbours. */
struct RowPart {
    int channels, channel, part;
    unsigned pixels, count, width;

    VOLUTA_DEVICE RowPart(unsigned block, long long samples, int channels, int pixels, int parts, int lanes)
        : channels(channels), channel(block % channels), part(block / channels), pixels(pixels),
          count(static_cast<unsigned>(samples) * pixels) {
        unsigned packs = count / lanes;
        width = (packs + parts - 1) / parts * lanes;
    }

    VOLUTA_DEVICE float size(int p) const {
        unsigned first = min(p * width, count), last = min(first + width, count);
        return static_cast<float>(last - first);
    }

    /** Calls body(index, Width<W>()) for this part's elements, W at a time; W divides pixels. */
    template <int W, class Body> VOLUTA_DEVICE void forEach(const Body& body) const {
        unsigned first = min(part * width, count) / W, last = min(part * width + width, count) / W, perRun = pixels / W;
        for (unsigned u = first + threadIdx.x; u < last; u += blockDim.x) {
            unsigned sample = u / perRun;
            long long run = static_cast<long long>(sample) * channels + channel;
            body(run * pixels + (u - sample * perRun) * W, Width<W>());
        }
    }
};

/** Merges over the warp; lane 0 gets the result. */
template <class Rule> VOLUTA_DEVICE void mergeWarp(Pairs<Rule, 1>& v) {
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) {
        float n = __shfl_down_sync(FULL_WARP, v.n, offset);
        float a[1] = {__shfl_down_sync(FULL_WARP, v.a[0], offset)}, b[1] = {__shfl_down_sync(FULL_WARP, v.b[0], offset)};
        v.merge(n, a, b); // lanes whose partner is missing merge themselves, and nobody reads them
    }
}

/** Merges over the block; thread 0 gets the result. */
template <class Rule> VOLUTA_DEVICE void mergeBlock(Pairs<Rule, 1>& v) {
    __shared__ float warps[3][32];
    for (int round = 0; round < 2; round++) {
        mergeWarp(v);
        if (round == 1) return;
        __syncthreads();
        if ((threadIdx.x & 31) == 0) {
            warps[0][threadIdx.x >> 5] = v.n;
            warps[1][threadIdx.x >> 5] = v.a[0];
            warps[2][threadIdx.x >> 5] = v.b[0];
        }
        __syncthreads();
        v = Pairs<Rule, 1>();
        if (threadIdx.x < blockDim.x >> 5) {
            v.n = warps[0][threadIdx.x];
            v.a[0] = warps[1][threadIdx.x];
            v.b[0] = warps[2][threadIdx.x];
        }
    }
}

/**
 * Reduces each channel. constants(channel) is read once; body(sums, constants, index, Width) merges the neighbours at index;
 * finish(channel, sums) is called by one thread with the channel's whole sums.
 */
template <class Rule, class T, class Constants, class Body, class Finish>
VOLUTA_DEVICE void reduceChannelRows(long long samples, int channels, int pixels, const Parts& to, bool vectors,
                                     const Constants& constants, const Body& body, const Finish& finish) {
    RowPart part(blockIdx.x, samples, channels, pixels, to.parts, vectors ? LANES<T> : 1);
    Pairs<Rule, 1> sums;
    auto k = constants(part.channel);
    auto add = [&](long long i, auto width) { body(sums, [&](int) { return k; }, i, width); };
    if (vectors) part.template forEach<LANES<T>>(add);
    else part.template forEach<1>(add);
    mergeBlock(sums);
    float *a = to.results + part.channel, *b = a + channels;
    if (threadIdx.x == 0) {
        a[2ll * part.part * channels] = sums.a[0];
        b[2ll * part.part * channels] = sums.b[0];
    }
    if (!lastToArrive(to.done + part.channel, to.parts)) return;
    sums = Pairs<Rule, 1>();
    for (int p = threadIdx.x; p < to.parts; p += blockDim.x) {
        float a1[1] = {a[2ll * p * channels]}, b1[1] = {b[2ll * p * channels]};
        sums.merge(part.size(p), a1, b1);
    }
    mergeBlock(sums);
    if (threadIdx.x == 0) finish(part.channel, 0, sums);
}

/** Blocks of a second pass over x begin behind, where the cache still has what the first pass read last. */
VOLUTA_DEVICE unsigned reversedBlock() { return gridDim.x - 1 - blockIdx.x; }

/** Calls body(constants of neighbour j, index, Width) for each element of each channel. */
template <class T, class Constants, class Body>
VOLUTA_DEVICE void forEachChannelRow(long long samples, int channels, int pixels, int parts, bool vectors,
                                     const Constants& constants, const Body& body) {
    RowPart part(reversedBlock(), samples, channels, pixels, parts, vectors ? LANES<T> : 1);
    auto k = constants(part.channel);
    auto each = [&](long long i, auto width) { body([&](int) { return k; }, i, width); };
    if (vectors) part.template forEach<LANES<T>>(each);
    else part.template forEach<1>(each);
}

/** The rows of one part of a tile of channels, when channels are innermost. */
template <int W> struct ColumnPart {
    int tiles, channel, part;
    long long rows, first, last, width;
    bool inside; // whether this thread has channels at all

    VOLUTA_DEVICE ColumnPart(unsigned block, long long rows, int channels, int parts) : rows(rows) {
        int across = blockDim.x * W;
        tiles = (channels + across - 1) / across;
        channel = (block % tiles * blockDim.x + threadIdx.x) * W;
        part = block / tiles;
        width = (rows + parts - 1) / parts;
        first = min(part * width, rows);
        last = min(first + width, rows);
        inside = channel < channels;
    }

    VOLUTA_DEVICE float size(int p) const {
        long long from = min(p * width, rows), to = min(from + width, rows);
        return static_cast<float>(to - from);
    }
};

/** Merges over threadIdx.y; the threads with threadIdx.y = 0 get the result. */
template <class Rule, int W> VOLUTA_DEVICE void mergeColumns(Pairs<Rule, W>& v) {
    __shared__ float n[128], a[W][128], b[W][128];
    int own = threadIdx.y * blockDim.x + threadIdx.x;
    for (int half = blockDim.y / 2; half > 0; half /= 2) {
        int at = own - half * blockDim.x;
        __syncthreads(); // what the last round left has been read
        if (at >= 0 && at < static_cast<int>(half * blockDim.x)) {
            n[at] = v.n;
#pragma unroll
            for (int k = 0; k < W; k++) {
                a[k][at] = v.a[k];
                b[k][at] = v.b[k];
            }
        }
        __syncthreads();
        if (static_cast<int>(threadIdx.y) < half) {
            float a2[W], b2[W];
#pragma unroll
            for (int k = 0; k < W; k++) {
                a2[k] = a[k][own];
                b2[k] = b[k][own];
            }
            v.merge(n[own], a2, b2);
        }
    }
}

/**
 * As reduceChannelRows, for W neighbouring channels to a thread; body takes up to Unroll rows, `step` elements apart, at
 * once. `block` counts from 0 for each value that is reduced, in a launch of one value or of several.
 */
template <class Rule, int W, int Unroll, class Constants, class Body, class Finish>
VOLUTA_DEVICE void reduceChannelColumns(unsigned block, long long rows, int channels, const Parts& to, const Constants& constants,
                                        const Body& body, const Finish& finish) {
    ColumnPart<W> part(block, rows, channels, to.parts);
    Pairs<Rule, W> sums;
    if (part.inside) {
        decltype(constants(0)) k[W];
#pragma unroll
        for (int j = 0; j < W; j++) k[j] = constants(part.channel + j);
        auto of = [&](int j) { return k[j]; };
        long long step = static_cast<long long>(blockDim.y) * channels, r = part.first + threadIdx.y;
        for (; r + (Unroll - 1) * static_cast<int>(blockDim.y) < part.last; r += Unroll * static_cast<int>(blockDim.y))
            body(sums, of, r * channels + part.channel, step, Width<Unroll>());
        for (; r < part.last; r += blockDim.y) body(sums, of, r * channels + part.channel, step, Width<1>());
    }
    mergeColumns(sums);
    float *a = to.results + part.channel, *b = a + channels;
    if (part.inside && threadIdx.y == 0) {
#pragma unroll
        for (int k = 0; k < W; k++) {
            a[2ll * part.part * channels + k] = sums.a[k];
            b[2ll * part.part * channels + k] = sums.b[k];
        }
    }
    if (!lastToArrive(to.done + block % part.tiles, to.parts)) return;
    sums = Pairs<Rule, W>();
    for (int p = threadIdx.y; part.inside && p < to.parts; p += blockDim.y) {
        float a2[W], b2[W];
#pragma unroll
        for (int k = 0; k < W; k++) {
            a2[k] = a[2ll * p * channels + k];
            b2[k] = b[2ll * p * channels + k];
        }
        sums.merge(part.size(p), a2, b2);
    }
    mergeColumns(sums);
    if (!part.inside || threadIdx.y != 0) return;
#pragma unroll
    for (int k = 0; k < W; k++) finish(part.channel + k, k, sums);
}

/** As forEachChannelRow, for W neighbouring channels to a thread, by block number `block`. */
template <int W, class Constants, class Body>
VOLUTA_DEVICE void forEachChannelColumn(unsigned block, long long rows, int channels, int parts, const Constants& constants,
                                        const Body& body) {
    ColumnPart<W> part(block, rows, channels, parts);
    if (!part.inside) return;
    decltype(constants(0)) k[W];
#pragma unroll
    for (int j = 0; j < W; j++) k[j] = constants(part.channel + j);
    for (long long r = part.first + threadIdx.y; r < part.last; r += blockDim.y)
        body([&](int j) { return k[j]; }, r * channels + part.channel, Width<W>());
}

/** Adds N rows of W channels to their moments: first the rows' own, then merged. */
template <int W, class T> struct ColumnMoments {
    const T* x;

    template <class Of, class Unroll>
    VOLUTA_DEVICE void operator()(Pairs<Moments, W>& sums, const Of&, long long i, long long step, Unroll) const {
        constexpr int N = Unroll::value;
        float v[N][W], mean[W] = {}, squares[W] = {};
#pragma unroll
        for (int r = 0; r < N; r++) load(x + i + r * step, v[r]);
#pragma unroll
        for (int k = 0; k < W; k++) {
#pragma unroll
            for (int r = 0; r < N; r++) mean[k] += v[r][k];
            mean[k] /= N;
#pragma unroll
            for (int r = 0; r < N; r++) squares[k] += (v[r][k] - mean[k]) * (v[r][k] - mean[k]);
        }
        sums.merge(N, mean, squares);
    }
};

} // namespace voluta
