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
#include "include/reduce.cuh"

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

} // namespace voluta

using voluta::bf16;

/** @param mean,variance f32[N, groups], left for the backward kernels */
extern "C" __global__ void __launch_bounds__(256)
    group_normalization_f32(const float* x, const float* scale, const float* shift, float* y, float* mean, float* variance,
                            int groups, int channels, int pixels, float epsilon) {
    voluta::groupNorm(x, scale, shift, y, mean, variance, groups, channels, pixels, epsilon);
}

extern "C" __global__ void __launch_bounds__(256)
    group_normalization_bf16(const bf16* x, const float* scale, const float* shift, bf16* y, float* mean, float* variance,
                             int groups, int channels, int pixels, float epsilon) {
    voluta::groupNorm(x, scale, shift, y, mean, variance, groups, channels, pixels, epsilon);
}

extern "C" __global__ void __launch_bounds__(256)
    group_normalization_sums_f32(const float* x, const float* dy, const float* mean, const float* variance, float* sums,
                                 long long samples, int groups, int channels, int pixels, float epsilon) {
    voluta::groupNormSums(x, dy, mean, variance, sums, samples, groups, channels, pixels, epsilon);
}

extern "C" __global__ void __launch_bounds__(256)
    group_normalization_sums_bf16(const bf16* x, const bf16* dy, const float* mean, const float* variance, float* sums,
                                  long long samples, int groups, int channels, int pixels, float epsilon) {
    voluta::groupNormSums(x, dy, mean, variance, sums, samples, groups, channels, pixels, epsilon);
}

extern "C" __global__ void __launch_bounds__(256)
    group_normalization_backward_f32(const float* x, const float* scale, const float* dy, const float* mean,
                                     const float* variance, const float* sums, float* dx, long long samples, int groups,
                                     int channels, int pixels, float epsilon) {
    voluta::groupNormBackward(x, scale, dy, mean, variance, sums, dx, samples, groups, channels, pixels, epsilon);
}

extern "C" __global__ void __launch_bounds__(256)
    group_normalization_backward_bf16(const bf16* x, const float* scale, const bf16* dy, const float* mean,
                                      const float* variance, const float* sums, bf16* dx, long long samples, int groups,
                                      int channels, int pixels, float epsilon) {
    voluta::groupNormBackward(x, scale, dy, mean, variance, sums, dx, samples, groups, channels, pixels, epsilon);
}
