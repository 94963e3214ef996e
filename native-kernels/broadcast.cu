// Broadcast (voluta.op.Broadcast): repeats x along dimensions where its stride is 0. Any other strides make it a strided
// copy into a dense result: transposing, slicing.
//
// Launch: one dimension, 256 threads, any grid. Bytes: reads x once (repeats come from the cache), writes y. Rate: not
// seen on a GPU yet.
#include "include/strides.cuh"

namespace voluta {

template <class Index, class T> VOLUTA_DEVICE void copyLoop(const T* x, T* y, long long n, const Strides& s) {
    constexpr int LANE = LANES<T>;
    long long inner = 0;
#pragma unroll
    for (int d = 0; d < MAX_RANK; d++) {
        if (d == s.rank - 1) inner = s.a[d];
    }
    forEachPack<LANE>(n, aligned16(y) && packs(x, s.a, s, LANE), [&](long long i, auto width) {
        float v[width.value];
        loadStrided(x + offsets<Index>(s, i).a, inner, v);
        store(y + i, v);
    });
}

template <class T> VOLUTA_DEVICE void broadcast(const T* x, T* y, long long n, const Strides& s) {
    if (n <= 0xffffffffLL) copyLoop<unsigned>(x, y, n, s);
    else copyLoop<unsigned long long>(x, y, n, s);
}

} // namespace voluta

using voluta::Strides;

/** @param s the sizes of y and x's strides as operand a; operand b's are not read */
#define BROADCAST_T(T)                                                                    \
    extern "C" __global__ void __launch_bounds__(256)                                     \
        broadcast_##T(const T* x, T* y, long long n, const __grid_constant__ Strides s) { \
        voluta::broadcast(x, y, n, s);                                                    \
    }
FOR_TYPES(BROADCAST_T)
