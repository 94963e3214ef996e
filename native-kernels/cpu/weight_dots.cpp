// Gradients of weights by dot products of bf16. Compiled for avx512_bf16.
#include "kernels.h"

#include <algorithm>
#include <immintrin.h>
#include <omp.h>
#include <utility>

namespace voluta {
namespace {

/** One pixel of one channel of an even image, and above it that of the next image. */
typedef uint32_t Pair;

constexpr int BLOCK = 16; // channels of a vector
constexpr int PANEL = 2; // vectors of dy's channels whose sums are in registers together
constexpr int ROWS1 = 16, ROWS2 = 12; // channels of x likewise, by vectors
/** Bytes of packed images at a time: what stays in the second-level cache. */
constexpr long long CHUNK = 1 << 20;

int share(int n, int i, int parts) { return static_cast<int>(static_cast<long long>(n) * i / parts); }
int ceiling(int n, int by) { return (n + by - 1) / by; }

/** Outputs of several pairs of images, or some rows of outputs of one. */
struct Part {
    int pair, pairs, row, rows;
};

/** Cuts all outputs into parts of at most `limit` rows each: of several whole pairs, or of some rows of one. */
struct Parts {
    int pairs, rows;
    int count, bands; // of each pair; 0 where parts are of whole pairs

    /** @param times a number of parts that the count is a multiple of, if there are pairs enough */
    Parts(int pairs, int rows, long long limit, int times) : pairs(pairs), rows(rows), bands(0) {
        if (limit >= rows) {
            count = ceiling(pairs, static_cast<int>(std::min<long long>(pairs, limit / rows)));
            count = std::min(pairs, ceiling(count, times) * times);
        } else {
            bands = ceiling(rows, static_cast<int>(std::max(1ll, limit)));
            count = pairs * bands;
        }
    }
    Part operator[](int i) const {
        if (bands == 0) {
            int from = share(pairs, i, count);
            return {from, share(pairs, i + 1, count) - from, 0, rows};
        }
        int from = share(rows, i % bands, bands), to = share(rows, i % bands + 1, bands);
        return {i / bands, 1, from, to - from};
    }
};

/** One direction of an image: which elements of x are packed, and which of them a tap meets. */
struct Axis {
    int size; // packed elements of x
    int every; // x's elements from one to the next
    int step, dilation, before; // in packed elements
    int outputs;

    Axis(int x, int y, int kernel, int stride, int dilation, int before)
        : size(x), every(1), step(stride), dilation(dilation), before(before), outputs(y) {
        if (kernel > 1 || before > 0 || stride == 1 || static_cast<long long>(y - 1) * stride >= x) return;
        size = y; // a single tap within the image: only what it meets is packed
        every = stride;
        step = 1;
    }
    /** The packed element that a tap meets at output o. */
    int at(int o, int tap) const { return o * step + tap * dilation - before; }
    /** The first and behind the last of outputs [from, to) where a tap meets the image. */
    int first(int tap, int from) const {
        int outside = before - tap * dilation;
        return std::max(from, outside <= 0 ? 0 : ceiling(outside, step));
    }
    int last(int tap, int to) const {
        int room = size - 1 + before - tap * dilation;
        return std::min(to, room < 0 ? 0 : room / step + 1);
    }
};

/** How a convolution is cut into pieces of work. */
struct Cut {
    const DotGeometry& g;
    bool blocked;
    Axis down, across;
    int pairs, blocks, vectors;
    /** Channels of x that lie together when packed, and taps; plain x has the taps of a row in the place of channels. */
    int channels, taps, rows;
    size_t line; // packed pairs of a row of x
    Parts chunks;
    bool together; // threads share the one chunk; else each has chunks of its own, and sums
    size_t xPairs, yPairs; // packed in a chunk
    size_t weights;

    explicit Cut(const DotGeometry& g)
        : g(g), blocked(g.flags & BLOCKED), down(g.height, g.outHeight, g.kernelHeight, g.strideHeight, g.dilationHeight, g.top),
          across(padded(g)), pairs(ceiling(g.images, 2)), blocks(blocked ? g.c / BLOCK : 1), vectors(g.k / BLOCK),
          channels(blocked ? BLOCK : g.c), taps(blocked ? g.kernelHeight * g.kernelWidth : g.kernelHeight),
          rows(blocked ? BLOCK : g.kernelWidth * g.c), line(static_cast<size_t>(across.size) * channels),
          chunks(pairs, g.outHeight, chunkRows(g.threads), 1), together(chunks.count == 1),
          weights(static_cast<size_t>(g.kernelHeight) * g.kernelWidth * g.c * g.k) {
        int most = 0, high = 0;
        if (!together) chunks = Parts(pairs, g.outHeight, chunkRows(1), g.threads);
        for (int i = 0; i < chunks.count; i++) {
            most = std::max(most, chunks[i].pairs);
            high = std::max(high, chunks[i].rows);
        }
        long long needed = static_cast<long long>(high - 1) * down.step + (g.kernelHeight - 1) * down.dilation + 1;
        xPairs = (most * blocks * std::min<long long>(down.size, needed) * line + BLOCK - 1) / BLOCK * BLOCK;
        yPairs = static_cast<size_t>(most) * vectors * high * g.outWidth * BLOCK;
    }
    size_t packed() const { return xPairs + yPairs; }
    size_t bytes() const {
        return together ? packed() * sizeof(Pair) : g.threads * packed() * sizeof(Pair) + (g.threads - 1) * weights * sizeof(float);
    }

  private:
    /** Plain x is packed with its padding, so that a row's taps are all met everywhere. */
    static Axis padded(const DotGeometry& g) {
        if (g.flags & BLOCKED) return Axis(g.width, g.outWidth, g.kernelWidth, g.strideWidth, g.dilationWidth, g.left);
        Axis a(1, g.outWidth, 1, 1, 1, 0);
        a.size = (g.outWidth - 1) * g.strideWidth + g.kernelWidth;
        a.step = g.strideWidth;
        return a;
    }
    /** Rows of a chunk: many, if each chunk adds many sums to memory. */
    long long chunkRows(int threads) const {
        long long sums = 2ll * sizeof(float) * g.kernelHeight * g.kernelWidth * g.c * g.k;
        long long row = static_cast<long long>(sizeof(Pair)) * (blocks * line * down.step + static_cast<long long>(g.k) * g.outWidth);
        return std::max(CHUNK, sums * threads) / row;
    }
};

/** A row of blocks of channels of two images as pairs; the second image may be missing. */
void packRow(const uint16_t* even, const uint16_t* odd, int every, int pixels, Pair* to, int toPixel) {
    for (int i = 0; i < pixels; i++) {
        size_t at = static_cast<size_t>(i) * every * BLOCK;
        __m512i low = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(even + at)));
        __m512i high = odd ? _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(odd + at)))
                           : _mm512_setzero_si512();
        _mm512_store_si512(to + static_cast<size_t>(i) * toPixel, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
}

/** Where a row of a block of channels begins; null behind the last image. */
const uint16_t* rowOf(const void* images, const DotGeometry& g, bool source, int image, int block, int row) {
    if (image >= g.images) return nullptr;
    int height = source ? g.height : g.outHeight, width = source ? g.width : g.outWidth, blocks = (source ? g.c : g.k) / BLOCK;
    return static_cast<const uint16_t*>(images) + ((static_cast<size_t>(image) * blocks + block) * height + row) * width * BLOCK;
}

/** x's rows [first, first + rows) of a chunk as [block][pair][row][pixel][16 channels]. */
void packBlocks(const Cut& cut, const void* x, const Part& chunk, int first, int rows, Pair* to, int id, int all) {
    int items = cut.blocks * chunk.pairs * rows;
    for (int i = share(items, id, all); i < share(items, id + 1, all); i++) {
        int row = (first + i % rows) * cut.down.every, image = 2 * (chunk.pair + i / rows % chunk.pairs), b = i / rows / chunk.pairs;
        packRow(rowOf(x, cut.g, true, image, b, row), rowOf(x, cut.g, true, image + 1, b, row), cut.across.every, cut.across.size,
                to + i * cut.line, BLOCK);
    }
}

/** The same of plain images as [pair][row][pixel, padded][channel]. */
void packPlain(const Cut& cut, const void* x, const Part& chunk, int first, int rows, Pair* to, int id, int all) {
    const DotGeometry& g = cut.g;
    size_t plane = static_cast<size_t>(g.height) * g.width;
    int items = chunk.pairs * rows, from = std::min(g.left, cut.across.size), end = std::min(g.left + g.width, cut.across.size);
    for (int i = share(items, id, all); i < share(items, id + 1, all); i++) {
        int row = (first + i % rows) * cut.down.every, image = 2 * (chunk.pair + i / rows);
        Pair* line = to + i * cut.line;
        std::fill(line, line + static_cast<size_t>(from) * g.c, 0);
        std::fill(line + static_cast<size_t>(end) * g.c, line + cut.line, 0);
        for (int c = 0; c < g.c; c++) {
            const uint16_t* even = static_cast<const uint16_t*>(x) + (static_cast<size_t>(image) * g.c + c) * plane + static_cast<size_t>(row) * g.width;
            const uint16_t* odd = image + 1 < g.images ? even + g.c * plane : nullptr;
            for (int j = from; j < end; j++)
                line[static_cast<size_t>(j) * g.c + c] = even[j - g.left] | (odd ? static_cast<Pair>(odd[j - g.left]) << 16 : 0);
        }
    }
}

/** dy's rows of a chunk as [panel][pair][row][pixel][vector][16 channels]; the last panel may be one vector. */
void packGradients(const Cut& cut, const void* dy, const Part& chunk, Pair* to, int id, int all) {
    int width = cut.g.outWidth, each = chunk.pairs * chunk.rows, items = cut.vectors * each;
    size_t line = static_cast<size_t>(width) * BLOCK;
    for (int i = share(items, id, all); i < share(items, id + 1, all); i++) {
        int of = i % each, v = i / each, first = v / PANEL * PANEL, side = std::min(PANEL, cut.vectors - first);
        int row = chunk.row + of % chunk.rows, image = 2 * (chunk.pair + of / chunk.rows);
        packRow(rowOf(dy, cut.g, false, image, v, row), rowOf(dy, cut.g, false, image + 1, v, row), 1, width,
                to + (static_cast<size_t>(first) * each + static_cast<size_t>(of) * side) * line + (v - first) * BLOCK, side * BLOCK);
    }
}

/** The pixels that are summed over: strides in pairs. */
struct Walk {
    int images, rows, pixels;
    size_t xImage, xRow, xPixel, yImage, yRow;
};

/** Adds products of R channels of x and KV vectors of channels of dy to rows of 16 floats, those of the next vector `vector` away. */
template <int R, int KV> void dots(const Pair* x, const Pair* y, const Walk& w, float* to, size_t vector, bool add) {
    __m512 sum[R][KV];
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
        for (int q = 0; q < KV; q++) sum[r][q] = _mm512_setzero_ps();
    }
    for (int n = 0; n < w.images; n++) {
        for (int i = 0; i < w.rows; i++) {
            const Pair *from = x + n * w.xImage + i * w.xRow, *by = y + n * w.yImage + i * w.yRow;
            for (int j = 0; j < w.pixels; j++) {
                __m512bh v[KV];
#pragma GCC unroll 2
                for (int q = 0; q < KV; q++) v[q] = (__m512bh)_mm512_load_si512(by + q * BLOCK);
#pragma GCC unroll 16
                for (int r = 0; r < R; r++) {
                    __m512bh b = (__m512bh)_mm512_set1_epi32(static_cast<int>(from[r]));
#pragma GCC unroll 2
                    for (int q = 0; q < KV; q++) sum[r][q] = _mm512_dpbf16_ps(sum[r][q], v[q], b);
                }
                from += w.xPixel;
                by += KV * BLOCK;
            }
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
        for (int q = 0; q < KV; q++) {
            float* at = to + r * BLOCK + q * vector;
            _mm512_store_ps(at, add ? _mm512_add_ps(sum[r][q], _mm512_load_ps(at)) : sum[r][q]);
        }
    }
}

typedef void (*Dots)(const Pair*, const Pair*, const Walk&, float*, size_t, bool);

template <int KV, int... R> Dots kernel(int rows, std::integer_sequence<int, R...>) {
    static constexpr Dots all[] = {nullptr, dots<R + 1, KV>...};
    return all[rows];
}
Dots kernel(int rows, int vectors) {
    return vectors == 1 ? kernel<1>(rows, std::make_integer_sequence<int, ROWS1>())
                        : kernel<2>(rows, std::make_integer_sequence<int, ROWS2>());
}

/** A chunk's packed images: x's from row `first` on. */
struct Packed {
    Part part;
    int first, rows;
    const Pair *x, *y;
};

/** Adds a chunk's products of a block of x's channels and a panel of dy's, of all taps, to their sums. */
void multiply(const Cut& cut, const Packed& chunk, int block, int panel, float* dw, bool add) {
    const DotGeometry& g = cut.g;
    const Part& part = chunk.part;
    int first = panel * PANEL, side = std::min(PANEL, cut.vectors - first), width = g.outWidth;
    int groups = ceiling(cut.rows, side == 1 ? ROWS1 : ROWS2);
    size_t pixel = static_cast<size_t>(side) * BLOCK, yLine = width * pixel, yImage = part.rows * yLine, xImage = chunk.rows * cut.line;
    size_t vector = static_cast<size_t>(cut.blocks) * cut.taps * cut.rows * BLOCK;
    const Pair* x = chunk.x + block * part.pairs * xImage;
    const Pair* y = chunk.y + static_cast<size_t>(first) * part.pairs * part.rows * width * BLOCK;
    for (int i = 0; i < groups * cut.taps; i++) {
        int tap = i % cut.taps, c = share(cut.rows, i / cut.taps, groups), many = share(cut.rows, i / cut.taps + 1, groups) - c;
        int across = cut.blocked ? g.kernelWidth : 1, h = tap / across, v = tap % across;
        int top = cut.down.first(h, part.row), left = cut.across.first(v, 0);
        Walk w{part.pairs, cut.down.last(h, part.row + part.rows) - top, cut.across.last(v, width) - left, xImage, cut.down.step * cut.line,
               static_cast<size_t>(cut.across.step) * cut.channels, yImage, yLine};
        float* to = dw + first * vector + (static_cast<size_t>(block) * cut.taps + tap) * cut.rows * BLOCK + c * BLOCK;
        if (w.rows <= 0 || w.pixels <= 0) { // the tap meets padding alone
            w.images = 0;
            if (!add) kernel(many, side)(x, y, w, to, vector, false);
            continue;
        }
        const Pair* from = x + (cut.down.at(top, h) - chunk.first) * cut.line + static_cast<size_t>(cut.across.at(left, v)) * cut.channels + c;
        const Pair* by = y + (top - part.row) * yLine + left * pixel;
        if (w.xRow == w.pixels * w.xPixel && w.yRow == w.pixels * pixel) { // rows follow upon each other
            w.pixels *= w.rows;
            w.rows = 1;
        }
        kernel(many, side)(from, by, w, to, vector, add);
    }
}

/** Packs a chunk and adds its products: the share of thread `id` of `all`, which wait for each other. */
void addChunk(const Cut& cut, const DotArrays& a, const Part& part, Pair* packed, float* dw, bool add, int id, int all) {
    int panels = ceiling(cut.vectors, PANEL), first = std::max(0, cut.down.at(part.row, 0));
    int end = std::min(cut.down.size, cut.down.at(part.row + part.rows - 1, cut.g.kernelHeight - 1) + 1);
    Packed chunk{part, first, std::max(0, end - first), packed, packed + cut.xPairs};
    (cut.blocked ? packBlocks : packPlain)(cut, a.x, part, first, chunk.rows, packed, id, all);
    packGradients(cut, a.dy, part, packed + cut.xPairs, id, all);
    if (all > 1) {
#pragma omp barrier
    }
    for (int i = share(panels * cut.blocks, id, all); i < share(panels * cut.blocks, id + 1, all); i++)
        multiply(cut, chunk, i % cut.blocks, i / cut.blocks, dw, add);
}

/** Adds the sums of the other threads to those of the first, in order. */
void addSums(const Cut& cut, float* dw, const float* sums, int id, int all) {
    int vectors = static_cast<int>(cut.weights / BLOCK);
    for (int i = share(vectors, id, all); i < share(vectors, id + 1, all); i++) {
        size_t at = static_cast<size_t>(i) * BLOCK;
        __m512 sum = _mm512_load_ps(dw + at);
        for (int t = 1; t < all; t++) sum = _mm512_add_ps(sum, _mm512_load_ps(sums + (t - 1) * cut.weights + at));
        _mm512_store_ps(dw + at, sum);
    }
}

void run(const DotGeometry& g, const DotArrays& a) {
    Cut cut(g);
    Pair* packed = static_cast<Pair*>(a.scratch);
    if (cut.together) {
#pragma omp parallel num_threads(g.threads)
        addChunk(cut, a, cut.chunks[0], packed, a.dw, false, omp_get_thread_num(), omp_get_num_threads());
        return;
    }
    float* sums = reinterpret_cast<float*>(packed + g.threads * cut.packed());
#pragma omp parallel num_threads(g.threads)
    {
        int id = omp_get_thread_num(), all = omp_get_num_threads();
        int first = share(cut.chunks.count, id, all), last = share(cut.chunks.count, id + 1, all);
        float* own = id == 0 ? a.dw : sums + (id - 1) * cut.weights;
        if (first == last) std::fill(own, own + cut.weights, 0.0f);
        for (int i = first; i < last; i++)
            addChunk(cut, a, cut.chunks[i], packed + id * cut.packed(), own, i > first, 0, 1);
        if (all > 1) {
#pragma omp barrier
            addSums(cut, a.dw, sums, id, all);
        }
    }
}

long long scratchBytes(const DotGeometry& g) { return static_cast<long long>(Cut(g).bytes()); }

} // namespace

const DotEngine weightDots = {scratchBytes, run};

} // namespace voluta
