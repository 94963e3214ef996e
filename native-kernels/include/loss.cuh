// Losses that are a mean over elements. Loss gives of(x, target) and slope(x, target), its derivative by x.
#pragma once
#include "reduce.cuh"

namespace voluta {

/** Leaves a sum per block. */
template <class Loss, class T> VOLUTA_DEVICE void lossSums(const T* x, const T* target, float* sums, long long n) {
    float sum = 0;
    forEachPack<LANES<T>>(n, aligned16(x) && aligned16(target), [&](long long i, auto width) {
        float v[width.value], t[width.value], part = 0;
        load(x + i, v);
        load(target + i, t);
#pragma unroll
        for (int k = 0; k < width.value; k++) part += Loss::of(v[k], t[k]);
        sum += part;
    });
    sum = rowReduce<Sum>(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

template <class Loss, class T>
VOLUTA_DEVICE void lossBackward(const T* x, const T* target, const float* dLoss, T* dx, long long n) {
    float scale = *dLoss / static_cast<float>(n);
    bool aligned = aligned16(x) && aligned16(target) && aligned16(dx);
    forEachPack<LANES<T>>(n, aligned, [=](long long i, auto width) {
        float v[width.value], t[width.value];
        load(x + i, v);
        load(target + i, t);
#pragma unroll
        for (int k = 0; k < width.value; k++) v[k] = scale * Loss::slope(v[k], t[k]);
        store(dx + i, v);
    });
}

} // namespace voluta
