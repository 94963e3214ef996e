// Dropout and Dropout.Backward (voluta.op.Dropout): the same mask on every backend, a function of stream, step and place
// in the row-major order of [N,C,...]. The backward pass is the same kernel applied to dy.
//
// Launch: one dimension, 256 threads, any grid. Bytes: reads x, writes y; no mask is stored. Rate: not seen on a GPU yet.
// y may be x's memory.
#include "include/philox.cuh"

namespace voluta {

/** An element is kept if the upper 24 bits of its number are at least the threshold (Dropout.threshold). */
VOLUTA_DEVICE float keep(float x, unsigned random, unsigned threshold, float scale) {
    return (random >> 8) >= threshold ? x * scale : 0.0f;
}

template <class T>
VOLUTA_DEVICE void dropout(const T* x, const long long* step, T* y, long long n, unsigned long long key, unsigned threshold,
                           float scale) {
    unsigned long long now = static_cast<unsigned long long>(*step);
    forEachPack<LANES<T>>(n, aligned16(x) && aligned16(y), [=](long long i, auto width) {
        constexpr int W = width.value;
        float v[W];
        load(x + i, v);
        if constexpr (W == 1) {
            // the lane is selected by comparisons: an index known only at run time would go through the stack
            PhiloxBlock r = philox(key, i / 4, now);
            int lane = static_cast<int>(i & 3);
            unsigned random = lane < 2 ? (lane == 0 ? r.at[0] : r.at[1]) : (lane == 2 ? r.at[2] : r.at[3]);
            v[0] = keep(v[0], random, threshold, scale);
        } else {
#pragma unroll
            for (int quad = 0; quad < W / 4; quad++) {
                PhiloxBlock r = philox(key, i / 4 + quad, now);
#pragma unroll
                for (int k = 0; k < 4; k++) v[quad * 4 + k] = keep(v[quad * 4 + k], r.at[k], threshold, scale);
            }
        }
        store(y + i, v);
    });
}

/** x lies as [N, pixels, channels]; an element's number is still that of [N, channels, pixels]. */
template <class T>
VOLUTA_DEVICE void dropoutNhwc(const T* x, const long long* step, T* y, long long n, unsigned long long key,
                               unsigned threshold, float scale, int channels, int pixels) {
    unsigned long long now = static_cast<unsigned long long>(*step);
    for (long long i = globalThread(); i < n; i += globalThreads()) {
        long long pixelOfAll = i / channels, image = pixelOfAll / pixels;
        long long channel = i - pixelOfAll * channels, pixel = pixelOfAll - image * pixels;
        long long place = (image * channels + channel) * pixels + pixel;
        PhiloxBlock r = philox(key, place / 4, now);
        int lane = static_cast<int>(place & 3);
        unsigned random = lane < 2 ? (lane == 0 ? r.at[0] : r.at[1]) : (lane == 2 ? r.at[2] : r.at[3]);
        y[i] = fromFloat<T>(keep(toFloat(x[i]), random, threshold, scale));
    }
}

} // namespace voluta

/** @param step the step's number in device memory. @param threshold,scale Dropout.threshold() and scale() */
#define DROPOUT_T(T)                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                                                 \
        dropout_##T(const T* x, const long long* step, T* y, long long n, unsigned long long key, unsigned threshold, \
                    float scale) {                                                                                    \
        voluta::dropout(x, step, y, n, key, threshold, scale);                                                        \
    }
FOR_TYPES(DROPOUT_T)

#define DROPOUT_NHWC_T(T)                                                                              \
    extern "C" __global__ void __launch_bounds__(256)                                                  \
        dropout_nhwc_##T(const T* x, const long long* step, T* y, long long n, unsigned long long key, \
                         unsigned threshold, float scale, int channels, int pixels) {                  \
        voluta::dropoutNhwc(x, step, y, n, key, threshold, scale, channels, pixels);                   \
    }
FOR_TYPES(DROPOUT_NHWC_T)
