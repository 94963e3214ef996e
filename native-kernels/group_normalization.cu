// GroupNormalization and its Backward (voluta.op.GroupNormalization) of x[N,C,pixels], with one group per channel also
// instance normalization. Scale, shift, statistics and their gradients are f32; the variance takes a second pass.
//
// A group of a sample is a run of neighbouring elements, and within it a channel is one. Kernels over runs: blockIdx.x is
// the run, N * groups of them, 256 threads. Kernels over channels: a warp per channel of a sample, block (32, 8), any grid.
//
// Forward: group_normalization_*. Backward: group_normalization_sums_* leaves f32[2, N, C], the sums of dy and of dy times
// the normalized x; group_normalization_backward_* makes dx of them; reduce_columns_f32_f32 over N makes dshift of the
// first half and dscale of the second. Bytes: forward reads x (twice more, from the cache if a run fits), writes y;
// backward reads x and dy twice, writes dx. Rate: not seen on a GPU yet.
//
// Channels last, x[N, pixels, C], names with _columns: each sample is reduced per channel, as include/channels.cuh says, by
// parts * tiles blocks of its own (blockIdx.x counts them sample by sample), and group_normalization_statistics or _means,
// a warp per run, joins the channels of a group. Forward: *_moments_columns_*, *_statistics, *_normalize_columns_*.
// Backward: *_sums_columns_*, which leaves what *_sums_* does; *_means; *_backward_columns_*. Bytes: forward reads x twice,
// writes y; backward reads x and dy twice, writes dx.
#include "include/channels.cuh"

namespace voluta {

template <class T>
VOLUTA_DEVICE void groupNorm(const T* x, const float* scale, const float* shift, T* y, float* mean, float* variance,
                             int groups, int channels, int pixels, float epsilon) {
    long long run = blockIdx.x;
    int n = channels / groups * pixels, channel = static_cast<int>(run % groups) * (channels / groups);
    const T* from = x + run * n;
    float sum = 0, squares = 0;
    for (int i = threadIdx.x; i < n; i += blockDim.x) sum += toFloat(from[i]);
    float m = rowReduce<Sum>(sum) / n;
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        float d = toFloat(from[i]) - m;
        squares += d * d;
    }
    float v = rowReduce<Sum>(squares) / n, inverse = 1 / sqrtf(v + epsilon);
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        int c = channel + i / pixels;
        y[run * n + i] = fromFloat<T>((toFloat(from[i]) - m) * inverse * scale[c] + shift[c]);
    }
    if (threadIdx.x == 0) {
        mean[run] = m;
        variance[run] = v;
    }
}

template <class T>
VOLUTA_DEVICE void groupNormSums(const T* x, const T* dy, const float* mean, const float* variance, float* sums,
                                 long long samples, int groups, int channels, int pixels, float epsilon) {
    long long rows = samples * channels;
    for (long long row = firstRow(); row < rows; row += rowStep()) {
        long long run = row / (channels / groups);
        float m = mean[run], inverse = 1 / sqrtf(variance[run] + epsilon), sum = 0, product = 0;
        for (int i = threadIdx.x; i < pixels; i += 32) {
            float d = toFloat(dy[row * pixels + i]);
            sum += d;
            product += d * (toFloat(x[row * pixels + i]) - m);
        }
        sum = warpReduce<Sum>(sum);
        product = warpReduce<Sum>(product) * inverse;
        if (threadIdx.x == 0) {
            sums[row] = sum;
            sums[rows + row] = product;
        }
    }
}

template <class T>
VOLUTA_DEVICE void groupNormBackward(const T* x, const float* scale, const T* dy, const float* mean, const float* variance,
                                     const float* sums, T* dx, long long samples, int groups, int channels, int pixels,
                                     float epsilon) {
    long long run = blockIdx.x, rows = samples * channels;
    int each = channels / groups, n = each * pixels, channel = static_cast<int>(run % groups) * each;
    float sum = 0, product = 0;
    for (int c = threadIdx.x; c < each; c += blockDim.x) {
        sum += scale[channel + c] * sums[run * each + c];
        product += scale[channel + c] * sums[rows + run * each + c];
    }
    sum = rowReduce<Sum>(sum) / n;
    product = rowReduce<Sum>(product) / n;
    float m = mean[run], inverse = 1 / sqrtf(variance[run] + epsilon);
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        float g = toFloat(dy[run * n + i]) * scale[channel + i / pixels];
        float normalized = (toFloat(x[run * n + i]) - m) * inverse;
        dx[run * n + i] = fromFloat<T>((g - sum - normalized * product) * inverse);
    }
}

/** Which sample a block works on, and its number among that sample's blocks. */
struct SampleBlock {
    long long sample;
    unsigned block, tiles;

    VOLUTA_DEVICE SampleBlock(unsigned number, long long samples, int parts) {
        unsigned each = gridDim.x / static_cast<unsigned>(samples);
        sample = number / each;
        block = number - static_cast<unsigned>(sample) * each;
        tiles = each / parts;
    }

    /** The sample's own share of what blocks leave. */
    VOLUTA_DEVICE Parts of(const Parts& all, int channels) const {
        return {all.parts, all.results + sample * 2 * all.parts * channels, all.done + sample * tiles};
    }
};

/** Leaves each channel's mean and sum of squared distances from it. */
template <int W, class T>
VOLUTA_DEVICE void momentsColumns(const T* x, float* moments, const Parts& to, long long samples, int channels, int pixels) {
    SampleBlock at(blockIdx.x, samples, to.parts);
    float *mean = moments + at.sample * channels, *squares = mean + samples * channels;
    reduceChannelColumns<Moments, W, 4>(
        at.block, pixels, channels, at.of(to, channels), [](int) { return 0; },
        ColumnMoments<W, T>{x + at.sample * pixels * channels}, [=](int c, int k, const auto& sums) {
            mean[c] = sums.a[k];
            squares[c] = sums.b[k];
        });
}

/** Where a channel's group has its numbers, and what it is normalized with. */
struct GroupNorm {
    float mean, inverse, scale, shift;
};

VOLUTA_DEVICE GroupNorm groupNorm(int c, const float* mean, const float* variance, const float* scale, const float* shift,
                                  int each, float epsilon) {
    return {mean[c / each], 1 / sqrtf(variance[c / each] + epsilon), scale ? scale[c] : 0, shift ? shift[c] : 0};
}

template <int W, class T>
VOLUTA_DEVICE void normalizeColumns(const T* x, const float* scale, const float* shift, const float* mean,
                                    const float* variance, T* y, long long samples, int channels, int pixels, int parts,
                                    int groups, float epsilon) {
    SampleBlock at(reversedBlock(), samples, parts);
    long long first = at.sample * groups, offset = at.sample * pixels * channels;
    int each = channels / groups;
    forEachChannelColumn<W>(
        at.block, pixels, channels, parts,
        [=](int c) { return groupNorm(c, mean + first, variance + first, scale, shift, each, epsilon); },
        [=](const auto& of, long long i, auto) {
            float v[W];
            load(x + offset + i, v);
#pragma unroll
            for (int j = 0; j < W; j++) v[j] = (v[j] - of(j).mean) * of(j).inverse * of(j).scale + of(j).shift;
            store(y + offset + i, v);
        });
}

/** Leaves each channel's sums of dy and of dy times the normalized x. */
template <int W, class T>
VOLUTA_DEVICE void sumsColumns(const T* x, const T* dy, const float* mean, const float* variance, float* sums, const Parts& to,
                               long long samples, int channels, int pixels, int groups, float epsilon) {
    SampleBlock at(blockIdx.x, samples, to.parts);
    long long first = at.sample * groups, offset = at.sample * pixels * channels;
    int each = channels / groups;
    float *sum = sums + at.sample * channels, *product = sum + samples * channels;
    auto norm = [=](int c) { return groupNorm(c, mean + first, variance + first, nullptr, nullptr, each, epsilon); };
    reduceChannelColumns<TwoSums, W, 1>(
        at.block, pixels, channels, at.of(to, channels), norm,
        [=](auto& total, const auto& of, long long i, long long, auto) {
            float v[W], g[W];
            load(x + offset + i, v);
            load(dy + offset + i, g);
#pragma unroll
            for (int j = 0; j < W; j++) {
                total.a[j] += g[j];
                total.b[j] += g[j] * (v[j] - of(j).mean);
            }
        },
        [=](int c, int k, const auto& total) {
            sum[c] = total.a[k];
            product[c] = total.b[k] * norm(c).inverse;
        });
}

/** A channel's norm and its group's mean gradients. */
struct GroupGradient {
    GroupNorm norm;
    float sum, product;
};

template <int W, class T>
VOLUTA_DEVICE void backwardColumns(const T* x, const T* dy, const float* scale, const float* mean, const float* variance,
                                   const float* means, T* dx, long long samples, int channels, int pixels, int parts,
                                   int groups, float epsilon) {
    SampleBlock at(reversedBlock(), samples, parts);
    long long first = at.sample * groups, offset = at.sample * pixels * channels, runs = samples * groups;
    int each = channels / groups;
    forEachChannelColumn<W>(
        at.block, pixels, channels, parts,
        [=](int c) {
            return GroupGradient{groupNorm(c, mean + first, variance + first, scale, nullptr, each, epsilon),
                                 means[first + c / each], means[runs + first + c / each]};
        },
        [=](const auto& of, long long i, auto) {
            float v[W], g[W];
            load(x + offset + i, v);
            load(dy + offset + i, g);
#pragma unroll
            for (int j = 0; j < W; j++) {
                GroupGradient k = of(j);
                float normalized = (v[j] - k.norm.mean) * k.norm.inverse;
                v[j] = (g[j] * k.norm.scale - k.sum - normalized * k.product) * k.norm.inverse;
            }
            store(dx + offset + i, v);
        });
}

} // namespace voluta

using voluta::LANES;
using voluta::Parts;

/** @param mean,variance f32[N, groups], left for the backward kernels */
#define GROUP_NORMALIZATION_T(T)                                                                                        \
    extern "C" __global__ void __launch_bounds__(256)                                                                   \
        group_normalization_##T(const T* x, const float* scale, const float* shift, T* y, float* mean, float* variance, \
                                int groups, int channels, int pixels, float epsilon) {                                  \
        voluta::groupNorm(x, scale, shift, y, mean, variance, groups, channels, pixels, epsilon);                       \
    }
FOR_TYPES(GROUP_NORMALIZATION_T)

#define GROUP_NORMALIZATION_SUMS_T(T)                                                                                \
    extern "C" __global__ void __launch_bounds__(256)                                                                \
        group_normalization_sums_##T(const T* x, const T* dy, const float* mean, const float* variance, float* sums, \
                                     long long samples, int groups, int channels, int pixels, float epsilon) {       \
        voluta::groupNormSums(x, dy, mean, variance, sums, samples, groups, channels, pixels, epsilon);              \
    }
FOR_TYPES(GROUP_NORMALIZATION_SUMS_T)

#define GROUP_NORMALIZATION_BACKWARD_T(T)                                                                                \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        group_normalization_backward_##T(const T* x, const float* scale, const T* dy, const float* mean,                 \
                                         const float* variance, const float* sums, T* dx, long long samples, int groups, \
                                         int channels, int pixels, float epsilon) {                                      \
        voluta::groupNormBackward(x, scale, dy, mean, variance, sums, dx, samples, groups, channels, pixels, epsilon);   \
    }
FOR_TYPES(GROUP_NORMALIZATION_BACKWARD_T)

/** @param moments f32[2, N, C] */
extern "C" __global__ void __launch_bounds__(256)
    group_normalization_moments_columns_f32(const float* x, float* moments, float* results, unsigned* done,
                                            long long samples, int channels, int pixels, int parts, int vectors) {
    Parts to{parts, results, done};
    if (vectors) voluta::momentsColumns<LANES<float>>(x, moments, to, samples, channels, pixels);
    else voluta::momentsColumns<1>(x, moments, to, samples, channels, pixels);
}

#define GROUP_NORMALIZATION_MOMENTS_COLUMNS_N(N)                                                                       \
    extern "C" __global__ void __launch_bounds__(256, 2)                                                               \
        group_normalization_moments_columns_##N(const N* x, float* moments, float* results, unsigned* done,            \
                                                long long samples, int channels, int pixels, int parts, int vectors) { \
        Parts to{parts, results, done};                                                                                \
        if (vectors) voluta::momentsColumns<LANES<N>>(x, moments, to, samples, channels, pixels);                      \
        else voluta::momentsColumns<1>(x, moments, to, samples, channels, pixels);                                     \
    }
FOR_NARROW_TYPES(GROUP_NORMALIZATION_MOMENTS_COLUMNS_N)

/** Each run's mean and variance from its channels' moments. Block (32, 8), a warp per run, any grid. */
extern "C" __global__ void __launch_bounds__(256)
    group_normalization_statistics(const float* moments, float* mean, float* variance, long long samples, int groups,
                                   int channels, int pixels) {
    long long runs = samples * groups;
    int each = channels / groups;
    for (long long run = voluta::firstRow(); run < runs; run += voluta::rowStep()) {
        voluta::Pairs<voluta::Moments, 1> all;
        for (int c = threadIdx.x; c < each; c += 32) {
            float m[1] = {moments[run * each + c]}, squares[1] = {moments[samples * channels + run * each + c]};
            all.merge(static_cast<float>(pixels), m, squares);
        }
        voluta::mergeWarp(all);
        if (threadIdx.x == 0) {
            mean[run] = all.a[0];
            variance[run] = all.b[0] / all.n;
        }
    }
}

#define GROUP_NORMALIZATION_NORMALIZE_COLUMNS_T(T)                                                                       \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        group_normalization_normalize_columns_##T(const T* x, const float* scale, const float* shift, const float* mean, \
                                                  const float* variance, T* y, long long samples, int channels, int pixels, \
                                                  int parts, int vectors, int groups, float epsilon) {                   \
        if (vectors) voluta::normalizeColumns<LANES<T>>(x, scale, shift, mean, variance, y, samples, channels, pixels, parts, groups, epsilon); \
        else voluta::normalizeColumns<1>(x, scale, shift, mean, variance, y, samples, channels, pixels, parts, groups, epsilon); \
    }
FOR_TYPES(GROUP_NORMALIZATION_NORMALIZE_COLUMNS_T)

#define GROUP_NORMALIZATION_SUMS_COLUMNS_T(T)                                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        group_normalization_sums_columns_##T(const T* x, const T* dy, const float* mean, const float* variance,          \
                                             float* sums, float* results, unsigned* done, long long samples, int channels, \
                                             int pixels, int parts, int vectors, int groups, float epsilon) {            \
        Parts to{parts, results, done};                                                                                  \
        if (vectors) voluta::sumsColumns<LANES<T>>(x, dy, mean, variance, sums, to, samples, channels, pixels, groups, epsilon); \
        else voluta::sumsColumns<1>(x, dy, mean, variance, sums, to, samples, channels, pixels, groups, epsilon);        \
    }
FOR_TYPES(GROUP_NORMALIZATION_SUMS_COLUMNS_T)

/** Each run's mean of g = dy * scale, then of g times the normalized x: f32[2, N, groups]. Block (32, 8), any grid. */
extern "C" __global__ void __launch_bounds__(256)
    group_normalization_means(const float* scale, const float* sums, float* means, long long samples, int groups, int channels,
                              int pixels) {
    long long runs = samples * groups;
    int each = channels / groups;
    float n = static_cast<float>(each) * static_cast<float>(pixels);
    for (long long run = voluta::firstRow(); run < runs; run += voluta::rowStep()) {
        const float* factor = scale + run % groups * each;
        float sum = 0, product = 0;
        for (int c = threadIdx.x; c < each; c += 32) {
            sum += factor[c] * sums[run * each + c];
            product += factor[c] * sums[samples * channels + run * each + c];
        }
        sum = voluta::warpReduce<voluta::Sum>(sum) / n;
        product = voluta::warpReduce<voluta::Sum>(product) / n;
        if (threadIdx.x == 0) {
            means[run] = sum;
            means[runs + run] = product;
        }
    }
}

#define GROUP_NORMALIZATION_BACKWARD_COLUMNS_T(T)                                                                        \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        group_normalization_backward_columns_##T(const T* x, const T* dy, const float* scale, const float* mean,         \
                                                 const float* variance, const float* means, T* dx, long long samples,    \
                                                 int channels, int pixels, int parts, int vectors, int groups, float epsilon) { \
        if (vectors) voluta::backwardColumns<LANES<T>>(x, dy, scale, mean, variance, means, dx, samples, channels, pixels, parts, groups, epsilon); \
        else voluta::backwardColumns<1>(x, dy, scale, mean, variance, means, dx, samples, channels, pixels, parts, groups, epsilon); \
    }
FOR_TYPES(GROUP_NORMALIZATION_BACKWARD_COLUMNS_T)
