// BatchNormalization, FusedBatchNormalization and their gradients (voluta.op), of x[samples, channels, pixels] (names with
// _rows) or, channels last, x[samples * pixels, channels] (_columns). Scale,
// shift, statistics and their gradients are f32. Launch, parts and vectors: include/channels.cuh.
//
// Training forward, two launches: *_statistics_* leaves mean and biased variance and updates the running statistics; then
// *_normalize_*: y = relu((x - mean) / sqrt(variance + epsilon) * scale + shift + residual). Frozen: the second alone, with
// the running statistics. Bytes: reads x twice (the second time in reverse, so that what the cache still has comes first)
// and the residual, writes y.
//
// Where the convolution in front adds up y and its squares per channel, *_moments makes the statistics of the sums instead:
// a thread a channel. The mean square less the squared mean, in f64 though the sums are f32: of the variance's digits as many
// are lost as 1 + mean * mean / variance has, relative to what the sums were rounded to. Bytes: 2 sums read, 6 numbers a channel.
//
// Backward, two launches. *_sums_*: dscale and dshift, from dz = relu'(z) dy; with a residual z > 0 where y > 0, and dz is
// written, being the residual's gradient; without one z is computed again, which spares reading y. *_backward_*: dx. Bytes:
// reads x and dy twice, writes dx; with a residual and relu it reads y besides and writes dz. Frozen backward: *_sums_*
// alone, with dx written on the way: reads x and dy, writes dx.
//
// Rate: not seen on a GPU yet.
#include "include/channels.cuh"

namespace voluta {

/** What normalizes a channel. */
struct ChannelNorm {
    float mean, inverse, scale, shift;

    VOLUTA_DEVICE float apply(float x) const { return (x - mean) * inverse * scale + shift; }
};

/** Where the channels' numbers are; called with a channel, it gives them. */
struct Norms {
    const float *mean, *variance, *scale, *shift; // shift may be null
    float epsilon;

    VOLUTA_DEVICE ChannelNorm operator()(int c) const {
        return {mean[c], 1 / sqrtf(variance[c] + epsilon), scale[c], shift ? shift[c] : 0};
    }
};

/** mean and variance are left for the backward kernels; running statistics are updated in place, or from one place to another. */
struct Statistics {
    float *mean, *variance;
    const float *runningMean, *runningVariance;
    float *newMean, *newVariance;
    float momentum;

    VOLUTA_DEVICE void set(int c, float n, float m, float squares) const {
        mean[c] = m;
        variance[c] = squares / n;
        newMean[c] = (1 - momentum) * runningMean[c] + momentum * m;
        newVariance[c] = (1 - momentum) * runningVariance[c] + momentum * (squares / (n - 1));
    }
};

/** The order of x. */
enum Order { ROWS, COLUMNS };

/** What a launch works on, and how it is split. */
struct Extent {
    long long samples;
    int channels, pixels, parts;
    bool vectors;
};

/** Calls body(constants of neighbour j, index, Width) for each element of each channel. */
template <Order ORDER, class T, class Constants, class Body>
VOLUTA_DEVICE void forEachChannel(const Extent& e, const Constants& constants, const Body& body) {
    if constexpr (ORDER == ROWS) {
        forEachChannelRow<T>(e.samples, e.channels, e.pixels, e.parts, e.vectors, constants, body);
    } else {
        unsigned block = reversedBlock();
        long long rows = e.samples * e.pixels;
        if (e.vectors) forEachChannelColumn<LANES<T>>(block, rows, e.channels, e.parts, constants, body);
        else forEachChannelColumn<1>(block, rows, e.channels, e.parts, constants, body);
    }
}

template <class T>
VOLUTA_DEVICE void statisticsRows(const T* x, const Statistics& s, const Parts& to, const Extent& e) {
    reduceChannelRows<Moments, T>(
        e.samples, e.channels, e.pixels, to, e.vectors, [](int) { return 0; },
        [=](auto& sums, const auto&, long long i, auto width) {
            constexpr int N = decltype(width)::value;
            float v[N], mean[1] = {0}, squares[1] = {0};
            load(x + i, v);
#pragma unroll
            for (int j = 0; j < N; j++) mean[0] += v[j];
            mean[0] /= N;
#pragma unroll
            for (int j = 0; j < N; j++) squares[0] += (v[j] - mean[0]) * (v[j] - mean[0]);
            sums.merge(N, mean, squares);
        },
        [&](int c, int k, const auto& sums) { s.set(c, sums.n, sums.a[k], sums.b[k]); });
}

template <int W, class T>
VOLUTA_DEVICE void statisticsColumns(const T* x, const Statistics& s, const Parts& to, const Extent& e) {
    reduceChannelColumns<Moments, W, 4>(
        blockIdx.x, e.samples * e.pixels, e.channels, to, [](int) { return 0; }, ColumnMoments<W, T>{x},
        [&](int c, int k, const auto& sums) { s.set(c, sums.n, sums.a[k], sums.b[k]); });
}

template <Order ORDER, class T>
VOLUTA_DEVICE void statistics(const T* x, const Statistics& s, const Parts& to, const Extent& e) {
    if constexpr (ORDER == ROWS) {
        statisticsRows(x, s, to, e);
    } else {
        if (e.vectors) statisticsColumns<LANES<T>>(x, s, to, e);
        else statisticsColumns<1>(x, s, to, e);
    }
}

/** Normalizes neighbours, whose channels `of` knows. */
template <class T> struct Normalize {
    const T *x, *residual;
    T* y;
    bool relu;

    template <class Of, class N> VOLUTA_DEVICE void operator()(const Of& of, long long i, N) const {
        float v[N::value], r[N::value];
        load(x + i, v);
        if (residual) load(residual + i, r);
#pragma unroll
        for (int j = 0; j < N::value; j++) {
            v[j] = of(j).apply(v[j]) + (residual ? r[j] : 0);
            if (relu && v[j] <= 0) v[j] = 0; // NaN stays
        }
        store(y + i, v);
    }
};

/** Adds dz and dz (x - mean) of neighbours; `written` takes dz, or in a frozen network dx. */
template <class T> struct GradientSums {
    const T *x, *dy, *y;
    T* written;
    bool relu, frozen;

    template <class Sums, class Of, class N>
    VOLUTA_DEVICE void operator()(Sums& sums, const Of& of, long long i, N) const {
        float v[N::value], g[N::value], z[N::value];
        load(x + i, v);
        load(dy + i, g);
        if (relu && y) load(y + i, z);
#pragma unroll
        for (int j = 0; j < N::value; j++) {
            auto k = of(j);
            if (relu && !((y ? z[j] : k.apply(v[j])) > 0)) g[j] = 0;
            sums.a[Sums::lane(j)] += g[j];
            sums.b[Sums::lane(j)] += g[j] * (v[j] - k.mean);
            if (frozen) g[j] *= k.inverse * k.scale;
        }
        if (written) store(written + i, g);
    }
};

/** A channel's norm and its gradient's means. */
struct ChannelGradient {
    ChannelNorm norm;
    float dshift, dscale;
};

/** dx = scale inverse (dz - mean(dz) - normalized x * mean(dz normalized x)) */
template <class T> struct GradientOfX {
    const T *x, *dy;
    T* dx;
    bool relu;

    template <class Of, class N> VOLUTA_DEVICE void operator()(const Of& of, long long i, N) const {
        float v[N::value], g[N::value];
        load(x + i, v);
        load(dy + i, g);
#pragma unroll
        for (int j = 0; j < N::value; j++) {
            ChannelGradient k = of(j);
            if (relu && !(k.norm.apply(v[j]) > 0)) g[j] = 0;
            float normalized = (v[j] - k.norm.mean) * k.norm.inverse;
            v[j] = k.norm.scale * k.norm.inverse * (g[j] - k.dshift - normalized * k.dscale);
        }
        store(dx + i, v);
    }
};

/** Where the gradients of scale and shift go. */
struct ChannelSums {
    float *dscale, *dshift;

    template <class Sums> VOLUTA_DEVICE void set(int c, int k, const Sums& sums, const Norms& norms) const {
        dshift[c] = sums.a[k];
        dscale[c] = sums.b[k] * norms(c).inverse;
    }
};

template <int W, class T>
VOLUTA_DEVICE void sumsColumns(const GradientSums<T>& body, const Norms& norms, const ChannelSums& result, const Parts& to,
                               const Extent& e) {
    reduceChannelColumns<TwoSums, W, 1>(
        blockIdx.x, e.samples * e.pixels, e.channels, to, norms,
        [&](auto& sums, const auto& of, long long i, long long, auto) { body(sums, of, i, Width<W>()); },
        [=](int c, int k, const auto& sums) { result.set(c, k, sums, norms); });
}

template <Order ORDER, class T>
VOLUTA_DEVICE void gradientSums(const GradientSums<T>& body, const Norms& norms, const ChannelSums& result, const Parts& to,
                                const Extent& e) {
    if constexpr (ORDER == ROWS) {
        reduceChannelRows<TwoSums, T>(
            e.samples, e.channels, e.pixels, to, e.vectors, norms, body,
            [=](int c, int k, const auto& sums) { result.set(c, k, sums, norms); });
    } else {
        if (e.vectors) sumsColumns<LANES<T>>(body, norms, result, to, e);
        else sumsColumns<1>(body, norms, result, to, e);
    }
}

template <Order ORDER, class T>
VOLUTA_DEVICE void gradientOfX(const GradientOfX<T>& body, const Norms& norms, const float* dscale, const float* dshift,
                               const Extent& e) {
    float m = static_cast<float>(e.samples) * static_cast<float>(e.pixels);
    forEachChannel<ORDER, T>(e, [=](int c) { return ChannelGradient{norms(c), dshift[c] / m, dscale[c] / m}; }, body);
}

} // namespace voluta

#define BATCH_NORMALIZATION_STATISTICS_ROWS_T(T)                                                                         \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        batch_normalization_statistics_rows_##T(const T* x, float* mean, float* variance, const float* runningMean,      \
                                                const float* runningVariance, float* newMean, float* newVariance,        \
                                                float* results, unsigned* done, long long samples, int channels, int pixels, \
                                                int parts, int vectors, float momentum) {                                \
        voluta::Statistics s{mean, variance, runningMean, runningVariance, newMean, newVariance, momentum};              \
        voluta::statistics<voluta::ROWS>(x, s, {parts, results, done}, {samples, channels, pixels, parts, vectors != 0}); \
    }
FOR_TYPES(BATCH_NORMALIZATION_STATISTICS_ROWS_T)

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_statistics_columns_f32(const float* x, float* mean, float* variance, const float* runningMean,
                                               const float* runningVariance, float* newMean, float* newVariance,
                                               float* results, unsigned* done, long long samples, int channels, int pixels,
                                               int parts, int vectors, float momentum) {
    voluta::Statistics s{mean, variance, runningMean, runningVariance, newMean, newVariance, momentum};
    voluta::statistics<voluta::COLUMNS>(x, s, {parts, results, done}, {samples, channels, pixels, parts, vectors != 0});
}

#define BATCH_NORMALIZATION_STATISTICS_COLUMNS_N(N)                                                                      \
    extern "C" __global__ void __launch_bounds__(256, 2)                                                                 \
        batch_normalization_statistics_columns_##N(const N* x, float* mean, float* variance, const float* runningMean,   \
                                                   const float* runningVariance, float* newMean, float* newVariance,     \
                                                   float* results, unsigned* done, long long samples, int channels, int pixels, \
                                                   int parts, int vectors, float momentum) {                             \
        voluta::Statistics s{mean, variance, runningMean, runningVariance, newMean, newVariance, momentum};              \
        voluta::statistics<voluta::COLUMNS>(x, s, {parts, results, done}, {samples, channels, pixels, parts, vectors != 0}); \
    }
FOR_NARROW_TYPES(BATCH_NORMALIZATION_STATISTICS_COLUMNS_N)

/** @param n values of a channel */
extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_moments(const float* sums, const float* squares, float* mean, float* variance, const float* runningMean,
                                const float* runningVariance, float* newMean, float* newVariance, long long channels, long long n,
                                float momentum) {
    voluta::Statistics s{mean, variance, runningMean, runningVariance, newMean, newVariance, momentum};
    long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long c = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; c < channels; c += step) {
        double m = static_cast<double>(sums[c]) / n, fromMean = squares[c] - sums[c] * m;
        if (fromMean < 0) fromMean = 0; // by rounding; NaN stays
        s.set(static_cast<int>(c), static_cast<float>(n), static_cast<float>(m), static_cast<float>(fromMean));
    }
}

/** @param residual null if there is none */
#define BATCH_NORMALIZATION_NORMALIZE_ROWS_T(T)                                                                          \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        batch_normalization_normalize_rows_##T(const T* x, const T* residual, const float* scale, const float* shift,    \
                                               const float* mean, const float* variance, T* y, long long samples,        \
                                               int channels, int pixels, int parts, int vectors, int relu, float epsilon) { \
        voluta::Norms norms{mean, variance, scale, shift, epsilon};                                                      \
        voluta::Normalize<T> each{x, residual, y, relu != 0};                                                            \
        voluta::forEachChannel<voluta::ROWS, T>({samples, channels, pixels, parts, vectors != 0}, norms, each);          \
    }
FOR_TYPES(BATCH_NORMALIZATION_NORMALIZE_ROWS_T)

#define BATCH_NORMALIZATION_NORMALIZE_COLUMNS_T(T)                                                                       \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        batch_normalization_normalize_columns_##T(const T* x, const T* residual, const float* scale, const float* shift, \
                                                  const float* mean, const float* variance, T* y, long long samples,     \
                                                  int channels, int pixels, int parts, int vectors, int relu, float epsilon) { \
        voluta::Norms norms{mean, variance, scale, shift, epsilon};                                                      \
        voluta::Normalize<T> each{x, residual, y, relu != 0};                                                            \
        voluta::forEachChannel<voluta::COLUMNS, T>({samples, channels, pixels, parts, vectors != 0}, norms, each);       \
    }
FOR_TYPES(BATCH_NORMALIZATION_NORMALIZE_COLUMNS_T)

/**
 * @param y the forward output, where relu's gradient is taken from it; null where z is computed again
 * @param written dz, or with `frozen` dx; null if neither is wanted; may be dy
 */
#define BATCH_NORMALIZATION_SUMS_ROWS_T(T)                                                                               \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        batch_normalization_sums_rows_##T(const T* x, const T* dy, const T* y, const float* scale, const float* shift,   \
                                          const float* mean, const float* variance, T* written, float* dscale,           \
                                          float* dshift, float* results, unsigned* done, long long samples, int channels, \
                                          int pixels, int parts, int vectors, int relu, int frozen, float epsilon) {     \
        voluta::Norms norms{mean, variance, scale, shift, epsilon};                                                      \
        voluta::GradientSums<T> each{x, dy, y, written, relu != 0, frozen != 0};                                         \
        voluta::gradientSums<voluta::ROWS>(each, norms, {dscale, dshift}, {parts, results, done}, {samples, channels, pixels, parts, vectors != 0}); \
    }
FOR_TYPES(BATCH_NORMALIZATION_SUMS_ROWS_T)

#define BATCH_NORMALIZATION_SUMS_COLUMNS_T(T)                                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        batch_normalization_sums_columns_##T(const T* x, const T* dy, const T* y, const float* scale,                    \
                                             const float* shift, const float* mean, const float* variance, T* written,   \
                                             float* dscale, float* dshift, float* results, unsigned* done, long long samples, \
                                             int channels, int pixels, int parts, int vectors, int relu, int frozen,     \
                                             float epsilon) {                                                            \
        voluta::Norms norms{mean, variance, scale, shift, epsilon};                                                      \
        voluta::GradientSums<T> each{x, dy, y, written, relu != 0, frozen != 0};                                         \
        voluta::gradientSums<voluta::COLUMNS>(each, norms, {dscale, dshift}, {parts, results, done}, {samples, channels, pixels, parts, vectors != 0}); \
    }
FOR_TYPES(BATCH_NORMALIZATION_SUMS_COLUMNS_T)

/** @param relu whether z is computed again to find where dy counts; no where dy is dz already */
#define BATCH_NORMALIZATION_BACKWARD_ROWS_T(T)                                                                           \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        batch_normalization_backward_rows_##T(const T* x, const T* dy, const float* scale, const float* shift,           \
                                              const float* mean, const float* variance, const float* dscale,             \
                                              const float* dshift, T* dx, long long samples, int channels, int pixels,   \
                                              int parts, int vectors, int relu, float epsilon) {                         \
        voluta::Norms norms{mean, variance, scale, shift, epsilon};                                                      \
        voluta::GradientOfX<T> each{x, dy, dx, relu != 0};                                                               \
        voluta::gradientOfX<voluta::ROWS>(each, norms, dscale, dshift, {samples, channels, pixels, parts, vectors != 0}); \
    }
FOR_TYPES(BATCH_NORMALIZATION_BACKWARD_ROWS_T)

#define BATCH_NORMALIZATION_BACKWARD_COLUMNS_T(T)                                                                        \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        batch_normalization_backward_columns_##T(const T* x, const T* dy, const float* scale, const float* shift,        \
                                                 const float* mean, const float* variance, const float* dscale,          \
                                                 const float* dshift, T* dx, long long samples, int channels, int pixels, \
                                                 int parts, int vectors, int relu, float epsilon) {                      \
        voluta::Norms norms{mean, variance, scale, shift, epsilon};                                                      \
        voluta::GradientOfX<T> each{x, dy, dx, relu != 0};                                                               \
        voluta::gradientOfX<voluta::COLUMNS>(each, norms, dscale, dshift, {samples, channels, pixels, parts, vectors != 0}); \
    }
FOR_TYPES(BATCH_NORMALIZATION_BACKWARD_COLUMNS_T)
