// LayerNormalization and its Backward (voluta.op.LayerNormalization) of x[rows, n]. Scale, shift, statistics and their
// gradients are f32. The variance is the mean of squared distances from the mean, in a second pass: nothing cancels.
//
// layer_normalization_*, layer_normalization_backward_*: a warp per row, block (32, 8), for n up to about 1,024; else a
//   block per row, block (256, 1); any grid. Bytes: forward reads x (twice more from the cache), writes y and 8 per row;
//   backward reads x and dy (once more from the cache), writes dx.
// layer_normalization_parameters_*: block (32, 8), blockIdx.x = part * tiles + tile, tiles = ceil(n / 32); leaves
//   f32[parts, n] of each gradient, which reduce_columns_f32_f32 ends. Bytes: reads x and dy.
// Rate: not seen on a GPU yet.
#include "include/reduce.cuh"

namespace voluta {

template <class T>
VOLUTA_DEVICE void layerNorm(const T* x, const float* scale, const float* shift, T* y, float* mean, float* variance,
                             long long rows, long long n, float epsilon) {
    for (long long row = firstRow(); row < rows; row += rowStep()) {
        const T* from = x + row * n;
        float sum = 0, squares = 0;
        for (long long i = threadIdx.x; i < n; i += blockDim.x) sum += toFloat(from[i]);
        float m = rowReduce<Sum>(sum) / n;
        for (long long i = threadIdx.x; i < n; i += blockDim.x) {
            float d = toFloat(from[i]) - m;
            squares += d * d;
        }
        float v = rowReduce<Sum>(squares) / n, inverse = 1 / sqrtf(v + epsilon);
        for (long long i = threadIdx.x; i < n; i += blockDim.x)
            y[row * n + i] = fromFloat<T>((toFloat(from[i]) - m) * inverse * scale[i] + shift[i]);
        if (threadIdx.x == 0) {
            mean[row] = m;
            variance[row] = v;
        }
    }
}

template <class T>
VOLUTA_DEVICE void layerNormBackward(const T* x, const float* scale, const T* dy, const float* mean, const float* variance,
                                     T* dx, long long rows, long long n, float epsilon) {
    for (long long row = firstRow(); row < rows; row += rowStep()) {
        float m = mean[row], inverse = 1 / sqrtf(variance[row] + epsilon), sum = 0, product = 0;
        for (long long i = threadIdx.x; i < n; i += blockDim.x) {
            float g = toFloat(dy[row * n + i]) * scale[i];
            sum += g;
            product += g * (toFloat(x[row * n + i]) - m) * inverse;
        }
        sum = rowReduce<Sum>(sum) / n;
        product = rowReduce<Sum>(product) / n;
        for (long long i = threadIdx.x; i < n; i += blockDim.x) {
            float g = toFloat(dy[row * n + i]) * scale[i], normalized = (toFloat(x[row * n + i]) - m) * inverse;
            dx[row * n + i] = fromFloat<T>((g - sum - normalized * product) * inverse);
        }
    }
}

template <class T>
VOLUTA_DEVICE void layerNormParameters(const T* x, const T* dy, const float* mean, const float* variance, float* dscale,
                                       float* dshift, long long rows, long long n, int parts, float epsilon) {
    __shared__ float products[8][32], sums[8][32];
    long long tiles = (n + 31) / 32, part = blockIdx.x / tiles, column = blockIdx.x % tiles * 32 + threadIdx.x;
    long long width = (rows + parts - 1) / parts, first = part * width, last = min(rows, first + width);
    float product = 0, sum = 0;
    if (column < n) {
        for (long long row = first + threadIdx.y; row < last; row += blockDim.y) {
            float d = toFloat(dy[row * n + column]);
            product += d * (toFloat(x[row * n + column]) - mean[row]) / sqrtf(variance[row] + epsilon);
            sum += d;
        }
    }
    products[threadIdx.y][threadIdx.x] = product;
    sums[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0 || column >= n) return;
    product = sum = 0;
#pragma unroll
    for (int k = 0; k < 8; k++) {
        product += products[k][threadIdx.x];
        sum += sums[k][threadIdx.x];
    }
    dscale[part * n + column] = product;
    dshift[part * n + column] = sum;
}

} // namespace voluta

/** Leaves each row's mean and variance for the backward kernels. */
#define LAYER_NORMALIZATION_T(T)                                                                                        \
    extern "C" __global__ void __launch_bounds__(256)                                                                   \
        layer_normalization_##T(const T* x, const float* scale, const float* shift, T* y, float* mean, float* variance, \
                                long long rows, long long n, float epsilon) {                                           \
        voluta::layerNorm(x, scale, shift, y, mean, variance, rows, n, epsilon);                                        \
    }
FOR_TYPES(LAYER_NORMALIZATION_T)

#define LAYER_NORMALIZATION_BACKWARD_T(T)                                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                                                \
        layer_normalization_backward_##T(const T* x, const float* scale, const T* dy, const float* mean,             \
                                         const float* variance, T* dx, long long rows, long long n, float epsilon) { \
        voluta::layerNormBackward(x, scale, dy, mean, variance, dx, rows, n, epsilon);                               \
    }
FOR_TYPES(LAYER_NORMALIZATION_BACKWARD_T)

#define LAYER_NORMALIZATION_PARAMETERS_T(T)                                                                              \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        layer_normalization_parameters_##T(const T* x, const T* dy, const float* mean, const float* variance,            \
                                           float* dscale, float* dshift, long long rows, long long n, int parts, float epsilon) { \
        voluta::layerNormParameters(x, dy, mean, variance, dscale, dshift, rows, n, parts, epsilon);                     \
    }
FOR_TYPES(LAYER_NORMALIZATION_PARAMETERS_T)
