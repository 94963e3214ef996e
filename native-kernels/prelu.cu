// Prelu and Prelu.Backward (voluta.op.Prelu): y = x for x > 0, else slope x. The slopes and their gradient are f32.
//
// prelu_*: one dimension, 256 threads, any grid; element i has slope (i / inner) % slopes: [N,C,H,W] has inner = H W,
//   [N,H,W,C] has inner = 1. Bytes: reads x, writes y; y may be x's memory.
// prelu_backward_*, [N,C,pixels]: a warp per channel of a sample, block (32, 8), any grid; leaves sums f32[N, C] for
//   dslope, which reduce_columns_f32_f32 (one slope for all: reduce_rows_f32_f32) ends. Bytes: reads x and dy, writes dx.
// prelu_backward_nhwc_*, [rows, C], each part of the rows on its own: block (32, 8), blockIdx.x = part * tiles + tile,
//   tiles = ceil(C / 32), parts * tiles blocks; leaves sums f32[parts, C]. Bytes: as above. dx may be x's or dy's memory.
// Rate: not seen on a GPU yet.
#include "include/reduce.cuh"

namespace voluta {

template <class T>
VOLUTA_DEVICE void prelu(const T* x, const float* slope, T* y, long long n, int slopes, long long inner) {
    if (inner == 1 && slopes % LANES<T> == 0 && aligned16(slope)) {
        forEachPack<LANES<T>>(n, aligned16(x) && aligned16(y), [=](long long i, auto width) {
            float v[width.value], s[width.value];
            load(x + i, v);
            load(slope + i % slopes, s);
#pragma unroll
            for (int k = 0; k < width.value; k++) v[k] = v[k] > 0 ? v[k] : s[k] * v[k];
            store(y + i, v);
        });
        return;
    }
    bool packed = aligned16(x) && aligned16(y) && (slopes == 1 || inner % LANES<T> == 0);
    forEachPack<LANES<T>>(n, packed, [=](long long i, auto width) {
        float v[width.value], s = slopes == 1 ? *slope : slope[i / inner % slopes];
        load(x + i, v);
#pragma unroll
        for (int k = 0; k < width.value; k++) v[k] = v[k] > 0 ? v[k] : s * v[k];
        store(y + i, v);
    });
}

template <class T>
VOLUTA_DEVICE void preluBackward(const T* x, const float* slope, const T* dy, T* dx, float* sums, long long samples,
                                 int channels, int slopes, long long pixels) {
    for (long long row = firstRow(); row < samples * channels; row += rowStep()) {
        float s = slopes == 1 ? *slope : slope[row % channels], sum = 0;
        for (long long i = threadIdx.x; i < pixels; i += 32) {
            float v = toFloat(x[row * pixels + i]), d = toFloat(dy[row * pixels + i]);
            if (v <= 0) sum += v * d;
            dx[row * pixels + i] = fromFloat<T>(v > 0 ? d : s * d);
        }
        sum = warpReduce<Sum>(sum);
        if (threadIdx.x == 0) sums[row] = sum;
    }
}

template <class T>
VOLUTA_DEVICE void preluBackwardNhwc(const T* x, const float* slope, const T* dy, T* dx, float* sums, long long rows,
                                     int channels, int slopes, int parts) {
    __shared__ float threads[8][32];
    int tiles = (channels + 31) / 32, channel = static_cast<int>(blockIdx.x) % tiles * 32 + threadIdx.x;
    long long part = static_cast<int>(blockIdx.x) / tiles, width = (rows + parts - 1) / parts;
    long long first = part * width, last = min(rows, first + width);
    float sum = 0;
    if (channel < channels) {
        float s = slopes == 1 ? *slope : slope[channel];
        for (long long row = first + threadIdx.y; row < last; row += blockDim.y) {
            long long i = row * channels + channel;
            float v = toFloat(x[i]), d = toFloat(dy[i]);
            if (v <= 0) sum += v * d;
            dx[i] = fromFloat<T>(v > 0 ? d : s * d);
        }
    }
    threads[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0 || channel >= channels) return;
    sum = 0;
#pragma unroll
    for (int k = 0; k < 8; k++) sum += threads[k][threadIdx.x];
    sums[part * channels + channel] = sum;
}

} // namespace voluta

/** @param slopes how many slopes there are: one per channel, or 1 */
#define PRELU_T(T)                                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                               \
        prelu_##T(const T* x, const float* slope, T* y, long long n, int slopes, long long inner) { \
        voluta::prelu(x, slope, y, n, slopes, inner);                                               \
    }
FOR_TYPES(PRELU_T)

#define PRELU_BACKWARD_T(T)                                                                                    \
    extern "C" __global__ void __launch_bounds__(256)                                                          \
        prelu_backward_##T(const T* x, const float* slope, const T* dy, T* dx, float* sums, long long samples, \
                           int channels, int slopes, long long pixels) {                                       \
        voluta::preluBackward(x, slope, dy, dx, sums, samples, channels, slopes, pixels);                      \
    }
FOR_TYPES(PRELU_BACKWARD_T)

#define PRELU_BACKWARD_NHWC_T(T)                                                                                 \
    extern "C" __global__ void __launch_bounds__(256)                                                            \
        prelu_backward_nhwc_##T(const T* x, const float* slope, const T* dy, T* dx, float* sums, long long rows, \
                                int channels, int slopes, int parts) {                                           \
        voluta::preluBackwardNhwc(x, slope, dy, dx, sums, rows, channels, slopes, parts);                        \
    }
FOR_TYPES(PRELU_BACKWARD_NHWC_T)
