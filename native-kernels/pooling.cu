// Pooling, AdaptivePooling and their gradients (voluta.op) of x[outer, up to three dimensions, inner]: include/position.cuh.
// The host writes down each dimension's windows, so that strides, dilation, uneven padding, overhang and windows of several
// sizes are all the same here; cuDNN has no dilation, no uneven padding, and no rule for which of equal maxima wins.
//
// The maximum leaves the winner's number among its window's taps within the input: of equal ones the first, of NaNs the
// last. Backward, each element of dx gathers from the windows that read it, in their order: nothing is added atomically.
//
// pooling_max_*, pooling_average_*: a thread to an output element, or with inner a multiple of 16 bytes to so many
//   neighbours; one dimension, 256 threads, any grid. For windows of up to 255 taps, good for up to about 32.
// pooling_max_large_*, pooling_average_large_*: block (32, 8), any grid; inner = 1: a warp to a window, else a block to a
//   window of 32 packs of channels.
// pooling_*_backward_*: a thread to an element, or pack, of dx; one dimension, 256 threads, any grid.
// Bytes: forward reads x, writes y and the winners (1 byte each, _large 4); backward reads dy and winners, writes dx. Taps
// that windows share come from the cache. Rate: not seen on a GPU yet.
#include "include/position.cuh"
#include "include/reduce.cuh"

namespace voluta {

/** One window along one dimension: its taps within the input, and what it contributes to a mean's divisor. 16 bytes. */
struct alignas(16) Window {
    int first, taps, counted, unused;
};

/** The windows, first and last, between which all that read a position are. 8 bytes. */
struct alignas(8) Readers {
    int first, last;
};

/** As the host writes it: fifteen 64-bit words. */
struct PoolingGeometry {
    long long x[3], y[3], dilation[3];
    const Window* windows[3];
    const Readers* readers[3];
};

/** Which of the window's taps reads the position; -1 if none. */
VOLUTA_DEVICE int tapOf(const Window& w, int position, int dilation) {
    int distance = position - w.first;
    if (distance < 0) return -1;
    int tap = dilation == 1 ? distance : distance / dilation;
    return tap * dilation == distance && tap < w.taps ? tap : -1;
}

/** Whether value v of tap t is to be taken in place of the best so far; which may come in any order. */
VOLUTA_DEVICE bool wins(float v, int t, float best, int winner) {
    if (isnan(v)) return !isnan(best) || t > winner;
    return v > best || (v == best && t < winner);
}

constexpr int NOBODY = INT_MAX;

/** A window in three dimensions. */
struct Box {
    Window w[3];
    int taps;
    long long corner, step[3]; // in elements of x, without inner

    template <class Index> VOLUTA_DEVICE Box(const Position<Index>& to, const PoolingGeometry& g) {
        corner = to.outer;
#pragma unroll
        for (int d = 0; d < 3; d++) {
            w[d] = g.windows[d][to.at[d]];
            corner = corner * g.x[d] + w[d].first;
        }
        step[2] = g.dilation[2];
        step[1] = g.dilation[1] * g.x[2];
        step[0] = g.dilation[0] * g.x[1] * g.x[2];
        taps = w[0].taps * w[1].taps * w[2].taps;
    }

    /** Where tap t lies. */
    VOLUTA_DEVICE long long tap(int t) const {
        int row = t / w[2].taps, plane = row / w[1].taps;
        return corner + plane * step[0] + (row - plane * w[1].taps) * step[1] + (t - row * w[2].taps) * step[2];
    }

    /** Calls body(tap, where) for all taps in their order. */
    template <class Body> VOLUTA_DEVICE void forEach(const Body& body) const {
        int t = 0;
        for (int k0 = 0; k0 < w[0].taps; k0++)
            for (int k1 = 0; k1 < w[1].taps; k1++) {
                long long at = corner + k0 * step[0] + k1 * step[1];
                for (int k2 = 0; k2 < w[2].taps; k2++, at += step[2]) body(t++, at);
            }
    }

    VOLUTA_DEVICE float divisor() const {
        return static_cast<float>(w[0].counted) * static_cast<float>(w[1].counted) * static_cast<float>(w[2].counted);
    }
};

/** A maximum and who it is, for W channels. */
template <int W> struct Maximum {
    float best[W];
    int winner[W];

    VOLUTA_DEVICE Maximum() {
#pragma unroll
        for (int j = 0; j < W; j++) {
            best[j] = -INFINITY;
            winner[j] = NOBODY;
        }
    }

    VOLUTA_DEVICE void take(int t, const float (&v)[W]) {
#pragma unroll
        for (int j = 0; j < W; j++) take(j, v[j], t);
    }

    VOLUTA_DEVICE void take(int j, float v, int t) {
        if (!wins(v, t, best[j], winner[j])) return;
        best[j] = v;
        winner[j] = t;
    }

    VOLUTA_DEVICE void shuffle(int mask) {
        take(0, __shfl_xor_sync(FULL_WARP, best[0], mask), __shfl_xor_sync(FULL_WARP, winner[0], mask));
    }

    template <class T, class Winner> VOLUTA_DEVICE void write(T* y, Winner* winners, long long i, const Box&) const {
        store(y + i, best);
        if (!winners) return;
        Pack<Winner, W> pack;
#pragma unroll
        for (int j = 0; j < W; j++) pack.at[j] = static_cast<Winner>(winner[j]);
        *reinterpret_cast<Pack<Winner, W>*>(winners + i) = pack;
    }
};

/** A sum, for W channels, which becomes a mean. */
template <int W> struct Mean {
    float best[W] = {};
    int winner[W] = {};

    VOLUTA_DEVICE void take(int, const float (&v)[W]) {
#pragma unroll
        for (int j = 0; j < W; j++) best[j] += v[j];
    }

    VOLUTA_DEVICE void take(int j, float v, int) { best[j] += v; }

    VOLUTA_DEVICE void shuffle(int mask) { best[0] += __shfl_xor_sync(FULL_WARP, best[0], mask); }

    template <class T, class Winner> VOLUTA_DEVICE void write(T* y, Winner*, long long i, const Box& box) {
        float divisor = box.divisor();
#pragma unroll
        for (int j = 0; j < W; j++) best[j] /= divisor;
        store(y + i, best);
    }
};

/** A thread to W neighbouring channels of a window. */
template <template <int> class Kind, int W, class Index, class T, class Winner>
VOLUTA_DEVICE void poolLoop(const T* x, T* y, Winner* winners, long long n, long long inner, const PoolingGeometry& g) {
    for (long long i = globalThread() * W; i < n; i += globalThreads() * W) {
        Position<Index> to(static_cast<Index>(i), g.y, static_cast<Index>(inner));
        Box box(to, g);
        Kind<W> of;
        box.forEach([&](int t, long long at) {
            float v[W];
            load(x + at * inner + to.inner, v);
            of.take(t, v);
        });
        of.write(y, winners, i, box);
    }
}

template <template <int> class Kind, class T, class Winner>
VOLUTA_DEVICE void pool(const T* x, T* y, Winner* winners, long long n, long long inner, const PoolingGeometry& g) {
    constexpr int LANE = LANES<T>;
    bool aligned = inner % LANE == 0 && aligned16(x) && aligned16(y) && aligned16(winners);
    if (n > 0xffffffffLL) poolLoop<Kind, 1, unsigned long long>(x, y, winners, n, inner, g);
    else if (aligned) poolLoop<Kind, LANE, unsigned>(x, y, winners, n, inner, g);
    else poolLoop<Kind, 1, unsigned>(x, y, winners, n, inner, g);
}

/** A warp to a window: its lanes take turns with the taps. */
template <template <int> class Kind, class T>
VOLUTA_DEVICE void poolWarps(const T* x, T* y, int* winners, long long n, const PoolingGeometry& g) {
    for (long long i = firstRow(); i < n; i += rowStep()) {
        Box box(Position<unsigned long long>(static_cast<unsigned long long>(i), g.y, 1), g);
        Kind<1> of;
        for (int t = threadIdx.x; t < box.taps; t += 32) of.take(0, toFloat(x[box.tap(t)]), t);
#pragma unroll
        for (int mask = 16; mask > 0; mask >>= 1) of.shuffle(mask);
        if (threadIdx.x == 0) of.write(y, winners, i, box);
    }
}

/** A block to a window of 32 W channels: its rows of threads take turns with the taps. */
template <template <int> class Kind, int W, class T>
VOLUTA_DEVICE void poolBlocks(const T* x, T* y, int* winners, long long n, long long inner, const PoolingGeometry& g) {
    __shared__ float best[7][W][32];
    __shared__ int winner[7][W][32];
    long long across = (inner + 32 * W - 1) / (32 * W), tiles = n / inner * across;
    for (long long tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        long long window = tile / across, channel = (tile - window * across) * 32 * W + threadIdx.x * W;
        Box box(Position<unsigned long long>(static_cast<unsigned long long>(window), g.y, 1), g);
        Kind<W> of;
        if (channel < inner) {
            for (int t = threadIdx.y; t < box.taps; t += blockDim.y) {
                float v[W];
                load(x + box.tap(t) * inner + channel, v);
                of.take(t, v);
            }
        }
        __syncthreads(); // the last tile's numbers have been read
        if (threadIdx.y > 0) {
#pragma unroll
            for (int j = 0; j < W; j++) {
                best[threadIdx.y - 1][j][threadIdx.x] = of.best[j];
                winner[threadIdx.y - 1][j][threadIdx.x] = of.winner[j];
            }
        }
        __syncthreads();
        if (threadIdx.y > 0 || channel >= inner) continue;
        for (unsigned k = 0; k + 1 < blockDim.y; k++) {
#pragma unroll
            for (int j = 0; j < W; j++) of.take(j, best[k][j][threadIdx.x], winner[k][j][threadIdx.x]);
        }
        of.write(y, winners, window * inner + channel, box);
    }
}

template <template <int> class Kind, class T>
VOLUTA_DEVICE void poolLarge(const T* x, T* y, int* winners, long long n, long long inner, const PoolingGeometry& g) {
    bool aligned = inner % LANES<T> == 0 && aligned16(x) && aligned16(y) && aligned16(winners);
    if (inner == 1) poolWarps<Kind>(x, y, winners, n, g);
    else if (aligned) poolBlocks<Kind, LANES<T>>(x, y, winners, n, inner, g);
    else poolBlocks<Kind, 1>(x, y, winners, n, inner, g);
}

/** What W neighbours of a window's gradient give to the tap that is asked about. */
template <class T, class Winner> struct MaxShare {
    const T* dy;
    const Winner* winners;

    template <int W> VOLUTA_DEVICE void add(float (&sum)[W], long long o, int tap, float) const {
        float g[W];
        load(dy + o, g);
        Pack<Winner, W> pack = *reinterpret_cast<const Pack<Winner, W>*>(winners + o);
#pragma unroll
        for (int j = 0; j < W; j++) sum[j] += pack.at[j] == tap ? g[j] : 0;
    }

    VOLUTA_DEVICE bool aligned() const { return aligned16(dy) && aligned16(winners); }
};

template <class T> struct MeanShare {
    const T* dy;

    template <int W> VOLUTA_DEVICE void add(float (&sum)[W], long long o, int, float divisor) const {
        float g[W];
        load(dy + o, g);
#pragma unroll
        for (int j = 0; j < W; j++) sum[j] += g[j] / divisor;
    }

    VOLUTA_DEVICE bool aligned() const { return aligned16(dy); }
};

template <int W, class Index, class T, class Share>
VOLUTA_DEVICE void poolBackwardLoop(const Share& share, T* dx, long long n, long long inner, const PoolingGeometry& g) {
    for (long long i = globalThread() * W; i < n; i += globalThreads() * W) {
        Position<Index> to(static_cast<Index>(i), g.x, static_cast<Index>(inner));
        Readers r0 = g.readers[0][to.at[0]], r1 = g.readers[1][to.at[1]], r2 = g.readers[2][to.at[2]];
        float sum[W] = {};
        for (int o0 = r0.first; o0 <= r0.last; o0++) {
            Window w0 = g.windows[0][o0];
            int t0 = tapOf(w0, to.at[0], static_cast<int>(g.dilation[0]));
            if (t0 < 0) continue;
            for (int o1 = r1.first; o1 <= r1.last; o1++) {
                Window w1 = g.windows[1][o1];
                int t1 = tapOf(w1, to.at[1], static_cast<int>(g.dilation[1]));
                if (t1 < 0) continue;
                for (int o2 = r2.first; o2 <= r2.last; o2++) {
                    Window w2 = g.windows[2][o2];
                    int t2 = tapOf(w2, to.at[2], static_cast<int>(g.dilation[2]));
                    if (t2 < 0) continue;
                    long long o = ((to.outer * g.y[0] + o0) * g.y[1] + o1) * g.y[2] + o2;
                    float divisor = static_cast<float>(w0.counted) * static_cast<float>(w1.counted) *
                                    static_cast<float>(w2.counted);
                    share.template add<W>(sum, o * inner + to.inner, (t0 * w1.taps + t1) * w2.taps + t2, divisor);
                }
            }
        }
        store(dx + i, sum);
    }
}

template <class T, class Share>
VOLUTA_DEVICE void poolBackward(const Share& share, T* dx, long long n, long long inner, const PoolingGeometry& g) {
    constexpr int LANE = LANES<T>;
    bool aligned = inner % LANE == 0 && aligned16(dx) && share.aligned();
    if (n > 0xffffffffLL) poolBackwardLoop<1, unsigned long long>(share, dx, n, inner, g);
    else if (aligned) poolBackwardLoop<LANE, unsigned>(share, dx, n, inner, g);
    else poolBackwardLoop<1, unsigned>(share, dx, n, inner, g);
}

} // namespace voluta

using voluta::PoolingGeometry;

/** @param n the elements of y. @param winners null where no gradient follows */
#define POOLING_MAX_T(T)                                                                        \
    extern "C" __global__ void __launch_bounds__(256, 3)                                        \
        pooling_max_##T(const T* x, T* y, unsigned char* winners, long long n, long long inner, \
                        const __grid_constant__ PoolingGeometry g) {                            \
        voluta::pool<voluta::Maximum>(x, y, winners, n, inner, g);                              \
    }
FOR_TYPES(POOLING_MAX_T)

#define POOLING_MAX_LARGE_T(T)                                                              \
    extern "C" __global__ void __launch_bounds__(256, 3)                                    \
        pooling_max_large_##T(const T* x, T* y, int* winners, long long n, long long inner, \
                              const __grid_constant__ PoolingGeometry g) {                  \
        voluta::poolLarge<voluta::Maximum>(x, y, winners, n, inner, g);                     \
    }
FOR_TYPES(POOLING_MAX_LARGE_T)

#define POOLING_AVERAGE_T(T)                                                                                             \
    extern "C" __global__ void __launch_bounds__(256, 3)                                                                 \
        pooling_average_##T(const T* x, T* y, long long n, long long inner, const __grid_constant__ PoolingGeometry g) { \
        voluta::pool<voluta::Mean>(x, y, static_cast<unsigned char*>(nullptr), n, inner, g);                             \
    }
FOR_TYPES(POOLING_AVERAGE_T)

#define POOLING_AVERAGE_LARGE_T(T)                                                \
    extern "C" __global__ void __launch_bounds__(256, 3)                          \
        pooling_average_large_##T(const T* x, T* y, long long n, long long inner, \
                                  const __grid_constant__ PoolingGeometry g) {    \
        voluta::poolLarge<voluta::Mean>(x, y, nullptr, n, inner, g);              \
    }
FOR_TYPES(POOLING_AVERAGE_LARGE_T)

/** @param n the elements of dx */
#define POOLING_MAX_BACKWARD_T(T)                                                                                \
    extern "C" __global__ void __launch_bounds__(256, 3)                                                         \
        pooling_max_backward_##T(const T* dy, const unsigned char* winners, T* dx, long long n, long long inner, \
                                 const __grid_constant__ PoolingGeometry g) {                                    \
        voluta::poolBackward(voluta::MaxShare<T, unsigned char>{dy, winners}, dx, n, inner, g);                  \
    }
FOR_TYPES(POOLING_MAX_BACKWARD_T)

#define POOLING_MAX_LARGE_BACKWARD_T(T)                                                                      \
    extern "C" __global__ void __launch_bounds__(256, 3)                                                     \
        pooling_max_large_backward_##T(const T* dy, const int* winners, T* dx, long long n, long long inner, \
                                       const __grid_constant__ PoolingGeometry g) {                          \
        voluta::poolBackward(voluta::MaxShare<T, int>{dy, winners}, dx, n, inner, g);                        \
    }
FOR_TYPES(POOLING_MAX_LARGE_BACKWARD_T)

#define POOLING_AVERAGE_BACKWARD_T(T)                                                  \
    extern "C" __global__ void __launch_bounds__(256, 3)                               \
        pooling_average_backward_##T(const T* dy, T* dx, long long n, long long inner, \
                                     const __grid_constant__ PoolingGeometry g) {      \
        voluta::poolBackward(voluta::MeanShare<T>{dy}, dx, n, inner, g);               \
    }
FOR_TYPES(POOLING_AVERAGE_BACKWARD_T)
