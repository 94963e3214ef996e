// Reduction (voluta.op.Reduction): sums or means, in two launches where one would leave most of the chip idle.
//
// The host joins dimensions until x is [outer, n, inner] with n the one that goes (reducing batch and pixels of [N,C,H,W]
// is two such reductions, the first leaving f32 sums). `scale` is 1, or 1 / count in the last launch of a mean.
//
// reduce_rows, inner = 1, block (256, 1): blockIdx.x = row * parts + part; each block sums its part of a row. With parts
//   above 1 y is f32[outer, parts], and a second launch with n = parts ends it.
// reduce_short_rows, inner = 1, block (32, 8), any grid: a warp per row, for rows up to about 1,024.
// reduce_columns, inner > 1, block (32, 8): blockIdx.x = (row * parts + part) * tiles + tile, tiles = ceil(inner / 32);
//   y is [outer, parts, inner].
//
// Bytes: reads x, writes y. Sums are f32, in a fixed order. Rate: not seen on a GPU yet. The suffix names x's and y's type.
#include "include/reduce.cuh"

namespace voluta {

template <class From, class To>
VOLUTA_DEVICE void reduceRows(const From* x, To* y, long long n, int parts, float scale) {
    long long row = blockIdx.x / parts, part = blockIdx.x % parts;
    long long width = (n + parts - 1) / parts, first = part * width, last = min(n, first + width);
    const From* from = x + row * n;
    float sum = 0;
    for (long long i = first + threadIdx.x; i < last; i += blockDim.x) sum += toFloat(from[i]);
    sum = rowReduce<Sum>(sum);
    if (threadIdx.x == 0) y[blockIdx.x] = fromFloat<To>(sum * scale);
}

template <class From, class To>
VOLUTA_DEVICE void reduceShortRows(const From* x, To* y, long long rows, long long n, float scale) {
    for (long long row = firstRow(); row < rows; row += rowStep()) {
        float sum = 0;
        for (long long i = threadIdx.x; i < n; i += 32) sum += toFloat(x[row * n + i]);
        sum = warpReduce<Sum>(sum);
        if (threadIdx.x == 0) y[row] = fromFloat<To>(sum * scale);
    }
}

template <class From, class To>
VOLUTA_DEVICE void reduceColumns(const From* x, To* y, long long n, long long inner, int parts, float scale) {
    __shared__ float sums[8][32];
    long long tiles = (inner + 31) / 32, tile = blockIdx.x % tiles, block = blockIdx.x / tiles;
    long long row = block / parts, part = block % parts, column = tile * 32 + threadIdx.x;
    long long width = (n + parts - 1) / parts, first = part * width, last = min(n, first + width);
    float sum = 0;
    if (column < inner)
        for (long long i = first + threadIdx.y; i < last; i += blockDim.y) sum += toFloat(x[(row * n + i) * inner + column]);
    sums[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0 || column >= inner) return;
    sum = 0;
#pragma unroll
    for (int k = 0; k < 8; k++) sum += sums[k][threadIdx.x];
    y[block * inner + column] = fromFloat<To>(sum * scale);
}

} // namespace voluta

#define REDUCE_ROWS_T_F32(T)                                                               \
    extern "C" __global__ void __launch_bounds__(256)                                      \
        reduce_rows_##T##_f32(const T* x, float* y, long long n, int parts, float scale) { \
        voluta::reduceRows(x, y, n, parts, scale);                                         \
    }
FOR_TYPES(REDUCE_ROWS_T_F32)

#define REDUCE_ROWS_F32_N(N)                                                             \
    extern "C" __global__ void __launch_bounds__(256)                                    \
        reduce_rows_f32_##N(const float* x, N* y, long long n, int parts, float scale) { \
        voluta::reduceRows(x, y, n, parts, scale);                                       \
    }
FOR_NARROW_TYPES(REDUCE_ROWS_F32_N)

#define REDUCE_ROWS_N_N(N)                                                             \
    extern "C" __global__ void __launch_bounds__(256)                                  \
        reduce_rows_##N##_##N(const N* x, N* y, long long n, int parts, float scale) { \
        voluta::reduceRows(x, y, n, parts, scale);                                     \
    }
FOR_NARROW_TYPES(REDUCE_ROWS_N_N)

#define REDUCE_SHORT_ROWS_T_F32(T)                                                                    \
    extern "C" __global__ void __launch_bounds__(256)                                                 \
        reduce_short_rows_##T##_f32(const T* x, float* y, long long rows, long long n, float scale) { \
        voluta::reduceShortRows(x, y, rows, n, scale);                                                \
    }
FOR_TYPES(REDUCE_SHORT_ROWS_T_F32)

#define REDUCE_SHORT_ROWS_F32_N(N)                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                               \
        reduce_short_rows_f32_##N(const float* x, N* y, long long rows, long long n, float scale) { \
        voluta::reduceShortRows(x, y, rows, n, scale);                                              \
    }
FOR_NARROW_TYPES(REDUCE_SHORT_ROWS_F32_N)

#define REDUCE_SHORT_ROWS_N_N(N)                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                             \
        reduce_short_rows_##N##_##N(const N* x, N* y, long long rows, long long n, float scale) { \
        voluta::reduceShortRows(x, y, rows, n, scale);                                            \
    }
FOR_NARROW_TYPES(REDUCE_SHORT_ROWS_N_N)

#define REDUCE_COLUMNS_T_F32(T)                                                                                \
    extern "C" __global__ void __launch_bounds__(256)                                                          \
        reduce_columns_##T##_f32(const T* x, float* y, long long n, long long inner, int parts, float scale) { \
        voluta::reduceColumns(x, y, n, inner, parts, scale);                                                   \
    }
FOR_TYPES(REDUCE_COLUMNS_T_F32)

#define REDUCE_COLUMNS_F32_N(N)                                                                              \
    extern "C" __global__ void __launch_bounds__(256)                                                        \
        reduce_columns_f32_##N(const float* x, N* y, long long n, long long inner, int parts, float scale) { \
        voluta::reduceColumns(x, y, n, inner, parts, scale);                                                 \
    }
FOR_NARROW_TYPES(REDUCE_COLUMNS_F32_N)

#define REDUCE_COLUMNS_N_N(N)                                                                              \
    extern "C" __global__ void __launch_bounds__(256)                                                      \
        reduce_columns_##N##_##N(const N* x, N* y, long long n, long long inner, int parts, float scale) { \
        voluta::reduceColumns(x, y, n, inner, parts, scale);                                               \
    }
FOR_NARROW_TYPES(REDUCE_COLUMNS_N_N)
