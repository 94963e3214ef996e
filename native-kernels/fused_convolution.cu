// What follows a product in FusedConvolution, Convolution, TransposedConvolution and Linear (voluta.op), in place:
// y = activation(y + bias[channel] + residual), each of the three if there is one.
//
// Launch: one dimension, 256 threads, any grid (good: 16-byte packs / 256, at most 8 blocks per multiprocessor).
// y is [outer, channels, inner], dense: [N,C,H,W] has inner = H W; [N,H,W,C] and [N,C] have inner = 1.
// Bytes: reads and writes y, reads the residual; the bias comes from the cache. Rate: not seen on a GPU yet.
#include "include/activations.cuh"

namespace voluta {

/** Bias and residual of an addition, either null. */
template <class T> struct Addends {
    const float* bias;
    const T* residual;
    long long channels, inner;
};

/** Adds the bias to N neighbours from element i on: all of one channel where inner > 1, of N channels where it is 1. */
template <class Index, int N, class T> VOLUTA_DEVICE void addBias(const Addends<T>& from, long long i, float (&v)[N]) {
    Index channels = static_cast<Index>(from.channels), inner = static_cast<Index>(from.inner);
    if (from.inner == 1) {
        const float* bias = from.bias + static_cast<Index>(i) % channels;
        float b[N];
        load(bias, b);
#pragma unroll
        for (int k = 0; k < N; k++) v[k] += b[k];
    } else {
        float b = from.bias[static_cast<Index>(i) / inner % channels];
#pragma unroll
        for (int k = 0; k < N; k++) v[k] += b;
    }
}

/** Whether packs never cross from one channel to the next, or where channels are neighbours, from one pixel to the next. */
template <class T> VOLUTA_DEVICE bool packable(const T* y, const Addends<T>& from) {
    bool aligned = aligned16(y) && (from.residual == nullptr || aligned16(from.residual));
    if (from.bias == nullptr) return aligned;
    long long run = from.inner == 1 ? from.channels : from.inner;
    return aligned && run % LANES<T> == 0 && (from.inner != 1 || aligned16(from.bias));
}

/** The choice is made per pack, not around the loop: it is the same for all threads, and the code stays small. */
template <class Index, class T>
VOLUTA_DEVICE void epilogueLoop(T* y, const Addends<T>& from, long long n, int kind, float alpha, float beta) {
    forEachPack<LANES<T>>(n, packable(y, from), [&](long long i, auto width) {
        float v[width.value];
        load(y + i, v);
        if (from.bias != nullptr) addBias<Index>(from, i, v);
        if (from.residual != nullptr) {
            float r[width.value];
            load(from.residual + i, r);
#pragma unroll
            for (int k = 0; k < width.value; k++) v[k] += r[k];
        }
        withKind(kind, [&](auto which) {
#pragma unroll
            for (int k = 0; k < width.value; k++) v[k] = activate<which.value>(v[k], alpha, beta);
        });
        store(y + i, v);
    });
}

template <class T> VOLUTA_DEVICE void fusedConvolution(T* y, const Addends<T>& from, long long n, int kind, float a, float b) {
    if (n <= 0xffffffffLL) epilogueLoop<unsigned>(y, from, n, kind, a, b);
    else epilogueLoop<unsigned long long>(y, from, n, kind, a, b);
}

} // namespace voluta

/**
 * @param bias one number for each channel, or null
 * @param residual like y, or null
 * @param n the elements of y
 * @param kind the ordinal of Activation.Kind, or -1 for none; alpha and beta as in that op
 */
#define FUSED_CONVOLUTION_T(T)                                                                                          \
    extern "C" __global__ void __launch_bounds__(256) fused_convolution_##T(T* y, const float* bias, const T* residual, \
        long long n, long long channels, long long inner, int kind, float alpha, float beta) {                          \
        voluta::fusedConvolution<T>(y, {bias, residual, channels, inner}, n, kind, alpha, beta);                        \
    }
FOR_TYPES(FUSED_CONVOLUTION_T)
