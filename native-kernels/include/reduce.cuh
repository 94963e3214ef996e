// Sums and maxima over a warp or over the threads that share a row. Their order is fixed: equal inputs give equal bits.
#pragma once
#include "device.cuh"

namespace voluta {

constexpr unsigned FULL_WARP = 0xffffffffu;

struct Sum {
    template <class V> VOLUTA_DEVICE static V apply(V a, V b) { return a + b; }
    template <class V> VOLUTA_DEVICE static V zero() { return V(0); }
};

/** The larger; NaN only if both are (fmaxf's rule). */
struct Max {
    VOLUTA_DEVICE static float apply(float a, float b) { return fmaxf(a, b); }
    template <class V> VOLUTA_DEVICE static V zero() { return -INFINITY; }
};

template <class R, class V> VOLUTA_DEVICE V warpReduce(V v) {
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) v = R::apply(v, __shfl_xor_sync(FULL_WARP, v, offset));
    return v;
}

/**
 * Reduces over the threads with this threadIdx.y; every one of them gets the result. blockDim is (32, any), a warp per
 * row, or (a multiple of 32 up to 1024, 1), a block per row. All threads of the warp or block call it.
 */
template <class R, class V> VOLUTA_DEVICE V rowReduce(V v) {
    v = warpReduce<R>(v);
    if (blockDim.x == 32) return v;
    __shared__ V parts[32];
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
    __syncthreads(); // an earlier call's parts have been read
    if (lane == 0) parts[warp] = v;
    __syncthreads();
    return warpReduce<R>(lane < warps ? parts[lane] : R::template zero<V>());
}

/** The first row of this warp or block, and the distance to its next: for (r = firstRow(); r < rows; r += rowStep()). */
VOLUTA_DEVICE long long firstRow() { return blockIdx.x * static_cast<long long>(blockDim.y) + threadIdx.y; }
VOLUTA_DEVICE long long rowStep() { return gridDim.x * static_cast<long long>(blockDim.y); }

} // namespace voluta
