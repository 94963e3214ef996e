// BatchNormalization, FusedBatchNormalization and their gradients (voluta.op), of x[samples, channels, pixels] (names with
// _rows) or, channels last, x[samples * pixels, channels] (_columns). Scale,
// shift, statistics and their gradients are f32. Launch, parts and vectors: include/channels.cuh.
//
// Training forward, two launches: *_statistics_* leaves mean and biased variance and updates the running statistics; then
// *_normalize_*: y = relu((x - mean) / sqrt(variance + epsilon) * scale + shift + residual). Frozen: the second alone, with
// the running statistics. Bytes: reads x twice (the second time in reverse, so that what the cache still has comes first)
// and the residual, writes y.
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

VOLUTA_DEVICE ChannelNorm channelNorm(int c, const float* mean, const float* variance, const float* scale,
                                      const float* shift, float epsilon) {
    return {mean[c], 1 / sqrtf(variance[c] + epsilon), scale[c], shift ? shift[c] : 0};
}

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

template <class T>
VOLUTA_DEVICE void statisticsRows(const T* x, const Statistics& s, const Parts& to, long long samples, int channels,
                                  int pixels, bool vectors) {
    reduceChannelRows<Moments, T>(
        samples, channels, pixels, to, vectors, [](int) { return 0; },
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
VOLUTA_DEVICE void statisticsColumns(const T* x, const Statistics& s, const Parts& to, long long rows, int channels) {
    reduceChannelColumns<Moments, W, 4>(
        blockIdx.x, rows, channels, to, [](int) { return 0; },
        ColumnMoments<W, T>{x},
        [&](int c, int k, const auto& sums) { s.set(c, sums.n, sums.a[k], sums.b[k]); });
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

template <class T>
VOLUTA_DEVICE void sumsRows(const GradientSums<T>& body, const float* mean, const float* variance, const float* scale,
                            const float* shift, float* dscale, float* dshift, const Parts& to, long long samples,
                            int channels, int pixels, bool vectors, float epsilon) {
    auto norm = [=](int c) { return channelNorm(c, mean, variance, scale, shift, epsilon); };
    reduceChannelRows<TwoSums, T>(samples, channels, pixels, to, vectors, norm, body, [=](int c, int k, const auto& sums) {
        dshift[c] = sums.a[k];
        dscale[c] = sums.b[k] * norm(c).inverse;
    });
}

template <int W, class T>
VOLUTA_DEVICE void sumsColumns(const GradientSums<T>& body, const float* mean, const float* variance, const float* scale,
                               const float* shift, float* dscale, float* dshift, const Parts& to, long long rows,
                               int channels, float epsilon) {
    auto norm = [=](int c) { return channelNorm(c, mean, variance, scale, shift, epsilon); };
    reduceChannelColumns<TwoSums, W, 1>(
        blockIdx.x, rows, channels, to, norm,
        [&](auto& sums, const auto& of, long long i, long long, auto) { body(sums, of, i, Width<W>()); },
        [=](int c, int k, const auto& sums) {
            dshift[c] = sums.a[k];
            dscale[c] = sums.b[k] * norm(c).inverse;
        });
}

/** The norm of channel c and the means of its gradients over m values. */
VOLUTA_DEVICE ChannelGradient channelGradient(const ChannelNorm& norm, int c, const float* dscale, const float* dshift, float m) {
    return {norm, dshift[c] / m, dscale[c] / m};
}

} // namespace voluta

using voluta::bf16;
using voluta::ChannelNorm;
using voluta::LANES;
using voluta::Parts;

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_statistics_rows_f32(const float* x, float* mean, float* variance, const float* runningMean,
                                            const float* runningVariance, float* newMean, float* newVariance,
                                            float* results, unsigned* done, long long samples, int channels, int pixels,
                                            int parts, int vectors, float momentum) {
    voluta::Statistics s{mean, variance, runningMean, runningVariance, newMean, newVariance, momentum};
    Parts to{parts, results, done};
    voluta::statisticsRows(x, s, to, samples, channels, pixels, vectors);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_statistics_columns_f32(const float* x, float* mean, float* variance, const float* runningMean,
                                               const float* runningVariance, float* newMean, float* newVariance,
                                               float* results, unsigned* done, long long samples, int channels, int pixels,
                                               int parts, int vectors, float momentum) {
    voluta::Statistics s{mean, variance, runningMean, runningVariance, newMean, newVariance, momentum};
    Parts to{parts, results, done};
    if (vectors) voluta::statisticsColumns<LANES<float>>(x, s, to, samples * pixels, channels);
    else voluta::statisticsColumns<1>(x, s, to, samples * pixels, channels);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_statistics_rows_bf16(const bf16* x, float* mean, float* variance, const float* runningMean,
                                             const float* runningVariance, float* newMean, float* newVariance,
                                             float* results, unsigned* done, long long samples, int channels, int pixels,
                                             int parts, int vectors, float momentum) {
    voluta::Statistics s{mean, variance, runningMean, runningVariance, newMean, newVariance, momentum};
    Parts to{parts, results, done};
    voluta::statisticsRows(x, s, to, samples, channels, pixels, vectors);
}

extern "C" __global__ void __launch_bounds__(256, 2)
    batch_normalization_statistics_columns_bf16(const bf16* x, float* mean, float* variance, const float* runningMean,
                                                const float* runningVariance, float* newMean, float* newVariance,
                                                float* results, unsigned* done, long long samples, int channels, int pixels,
                                                int parts, int vectors, float momentum) {
    voluta::Statistics s{mean, variance, runningMean, runningVariance, newMean, newVariance, momentum};
    Parts to{parts, results, done};
    if (vectors) voluta::statisticsColumns<LANES<bf16>>(x, s, to, samples * pixels, channels);
    else voluta::statisticsColumns<1>(x, s, to, samples * pixels, channels);
}

/** @param residual null if there is none */
extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_normalize_rows_f32(const float* x, const float* residual, const float* scale, const float* shift,
                                           const float* mean, const float* variance, float* y, long long samples,
                                           int channels, int pixels, int parts, int vectors, int relu, float epsilon) {
    auto norm = [=](int c) { return voluta::channelNorm(c, mean, variance, scale, shift, epsilon); };
    voluta::Normalize<float> each{x, residual, y, relu != 0};
    voluta::forEachChannelRow<float>(samples, channels, pixels, parts, vectors, norm, each);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_normalize_columns_f32(const float* x, const float* residual, const float* scale, const float* shift,
                                              const float* mean, const float* variance, float* y, long long samples,
                                              int channels, int pixels, int parts, int vectors, int relu, float epsilon) {
    auto norm = [=](int c) { return voluta::channelNorm(c, mean, variance, scale, shift, epsilon); };
    voluta::Normalize<float> each{x, residual, y, relu != 0};
    unsigned block = voluta::reversedBlock();
    if (vectors) voluta::forEachChannelColumn<LANES<float>>(block, samples * pixels, channels, parts, norm, each);
    else voluta::forEachChannelColumn<1>(block, samples * pixels, channels, parts, norm, each);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_normalize_rows_bf16(const bf16* x, const bf16* residual, const float* scale, const float* shift,
                                            const float* mean, const float* variance, bf16* y, long long samples,
                                            int channels, int pixels, int parts, int vectors, int relu, float epsilon) {
    auto norm = [=](int c) { return voluta::channelNorm(c, mean, variance, scale, shift, epsilon); };
    voluta::Normalize<bf16> each{x, residual, y, relu != 0};
    voluta::forEachChannelRow<bf16>(samples, channels, pixels, parts, vectors, norm, each);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_normalize_columns_bf16(const bf16* x, const bf16* residual, const float* scale, const float* shift,
                                               const float* mean, const float* variance, bf16* y, long long samples,
                                               int channels, int pixels, int parts, int vectors, int relu, float epsilon) {
    auto norm = [=](int c) { return voluta::channelNorm(c, mean, variance, scale, shift, epsilon); };
    voluta::Normalize<bf16> each{x, residual, y, relu != 0};
    unsigned block = voluta::reversedBlock();
    if (vectors) voluta::forEachChannelColumn<LANES<bf16>>(block, samples * pixels, channels, parts, norm, each);
    else voluta::forEachChannelColumn<1>(block, samples * pixels, channels, parts, norm, each);
}

/**
 * @param y the forward output, where relu's gradient is taken from it; null where z is computed again
 * @param written dz, or with `frozen` dx; null if neither is wanted; may be dy
 */
extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_sums_rows_f32(const float* x, const float* dy, const float* y, const float* scale,
                                      const float* shift, const float* mean, const float* variance, float* written,
                                      float* dscale, float* dshift, float* results, unsigned* done, long long samples,
                                      int channels, int pixels, int parts, int vectors, int relu, int frozen,
                                      float epsilon) {
    voluta::GradientSums<float> each{x, dy, y, written, relu != 0, frozen != 0};
    Parts to{parts, results, done};
    voluta::sumsRows(each, mean, variance, scale, shift, dscale, dshift, to, samples, channels, pixels, vectors, epsilon);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_sums_columns_f32(const float* x, const float* dy, const float* y, const float* scale,
                                         const float* shift, const float* mean, const float* variance, float* written,
                                         float* dscale, float* dshift, float* results, unsigned* done, long long samples,
                                         int channels, int pixels, int parts, int vectors, int relu, int frozen,
                                         float epsilon) {
    voluta::GradientSums<float> each{x, dy, y, written, relu != 0, frozen != 0};
    Parts to{parts, results, done};
    long long rows = samples * pixels;
    if (vectors) voluta::sumsColumns<LANES<float>>(each, mean, variance, scale, shift, dscale, dshift, to, rows, channels, epsilon);
    else voluta::sumsColumns<1>(each, mean, variance, scale, shift, dscale, dshift, to, rows, channels, epsilon);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_sums_rows_bf16(const bf16* x, const bf16* dy, const bf16* y, const float* scale, const float* shift,
                                       const float* mean, const float* variance, bf16* written, float* dscale,
                                       float* dshift, float* results, unsigned* done, long long samples, int channels,
                                       int pixels, int parts, int vectors, int relu, int frozen, float epsilon) {
    voluta::GradientSums<bf16> each{x, dy, y, written, relu != 0, frozen != 0};
    Parts to{parts, results, done};
    voluta::sumsRows(each, mean, variance, scale, shift, dscale, dshift, to, samples, channels, pixels, vectors, epsilon);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_sums_columns_bf16(const bf16* x, const bf16* dy, const bf16* y, const float* scale,
                                          const float* shift, const float* mean, const float* variance, bf16* written,
                                          float* dscale, float* dshift, float* results, unsigned* done, long long samples,
                                          int channels, int pixels, int parts, int vectors, int relu, int frozen,
                                          float epsilon) {
    voluta::GradientSums<bf16> each{x, dy, y, written, relu != 0, frozen != 0};
    Parts to{parts, results, done};
    long long rows = samples * pixels;
    if (vectors) voluta::sumsColumns<LANES<bf16>>(each, mean, variance, scale, shift, dscale, dshift, to, rows, channels, epsilon);
    else voluta::sumsColumns<1>(each, mean, variance, scale, shift, dscale, dshift, to, rows, channels, epsilon);
}

/** @param relu whether z is computed again to find where dy counts; no where dy is dz already */
extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_backward_rows_f32(const float* x, const float* dy, const float* scale, const float* shift,
                                          const float* mean, const float* variance, const float* dscale,
                                          const float* dshift, float* dx, long long samples, int channels, int pixels,
                                          int parts, int vectors, int relu, float epsilon) {
    float m = static_cast<float>(samples) * static_cast<float>(pixels);
    auto gradient = [=](int c) {
        return voluta::ChannelGradient{voluta::channelNorm(c, mean, variance, scale, shift, epsilon), dshift[c] / m, dscale[c] / m};
    };
    voluta::GradientOfX<float> each{x, dy, dx, relu != 0};
    voluta::forEachChannelRow<float>(samples, channels, pixels, parts, vectors, gradient, each);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_backward_columns_f32(const float* x, const float* dy, const float* scale, const float* shift,
                                             const float* mean, const float* variance, const float* dscale,
                                             const float* dshift, float* dx, long long samples, int channels, int pixels,
                                             int parts, int vectors, int relu, float epsilon) {
    float m = static_cast<float>(samples) * static_cast<float>(pixels);
    auto gradient = [=](int c) {
        return voluta::ChannelGradient{voluta::channelNorm(c, mean, variance, scale, shift, epsilon), dshift[c] / m, dscale[c] / m};
    };
    voluta::GradientOfX<float> each{x, dy, dx, relu != 0};
    unsigned block = voluta::reversedBlock();
    if (vectors) voluta::forEachChannelColumn<LANES<float>>(block, samples * pixels, channels, parts, gradient, each);
    else voluta::forEachChannelColumn<1>(block, samples * pixels, channels, parts, gradient, each);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_backward_rows_bf16(const bf16* x, const bf16* dy, const float* scale, const float* shift,
                                           const float* mean, const float* variance, const float* dscale,
                                           const float* dshift, bf16* dx, long long samples, int channels, int pixels,
                                           int parts, int vectors, int relu, float epsilon) {
    float m = static_cast<float>(samples) * static_cast<float>(pixels);
    auto gradient = [=](int c) {
        return voluta::ChannelGradient{voluta::channelNorm(c, mean, variance, scale, shift, epsilon), dshift[c] / m, dscale[c] / m};
    };
    voluta::GradientOfX<bf16> each{x, dy, dx, relu != 0};
    voluta::forEachChannelRow<bf16>(samples, channels, pixels, parts, vectors, gradient, each);
}

extern "C" __global__ void __launch_bounds__(256)
    batch_normalization_backward_columns_bf16(const bf16* x, const bf16* dy, const float* scale, const float* shift,
                                              const float* mean, const float* variance, const float* dscale,
                                              const float* dshift, bf16* dx, long long samples, int channels, int pixels,
                                              int parts, int vectors, int relu, float epsilon) {
    float m = static_cast<float>(samples) * static_cast<float>(pixels);
    auto gradient = [=](int c) {
        return voluta::ChannelGradient{voluta::channelNorm(c, mean, variance, scale, shift, epsilon), dshift[c] / m, dscale[c] / m};
    };
    voluta::GradientOfX<bf16> each{x, dy, dx, relu != 0};
    unsigned block = voluta::reversedBlock();
    if (vectors) voluta::forEachChannelColumn<LANES<bf16>>(block, samples * pixels, channels, parts, gradient, each);
    else voluta::forEachChannelColumn<1>(block, samples * pixels, channels, parts, gradient, each);
}
