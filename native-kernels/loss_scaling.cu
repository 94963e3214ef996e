// LossScaling (voluta.op.LossScaling): takes the loss's scale out of gradients and sums their squares in one pass; then
// decides by their norm whether the step counts, and what the next step's scale is.
//
// Three launches. unscaled_squares: 256 threads, any grid (good: one block per segment); leaves a sum per segment in
// f64[segments]. norms of global_norm.cu. loss_scale: one thread. Bytes: reads and writes the gradients. Equal inputs give
// equal bits, whatever the grid. Rate: not seen on a GPU yet.
#include "include/reduce.cuh"
#include "include/segments.cuh"

extern "C" __global__ void __launch_bounds__(256)
    unscaled_squares(const voluta::Segment* table, int segments, const float* scale, double* sums) {
    float inverse = 1 / *scale; // a power of two, as the scale is: multiplying by it rounds nothing
    for (int each = blockIdx.x; each < segments; each += gridDim.x) {
        float* g = table[each].gradient;
        double sum[4] = {0, 0, 0, 0}; // four chains of additions that do not wait for each other
        voluta::forEachInBlock(table[each].n, voluta::aligned16(g), [&](long long i, auto width) {
            float v[width.value];
            voluta::load(g + i, v);
#pragma unroll
            for (int k = 0; k < width.value; k++) {
                v[k] *= inverse;
                double d = v[k];
                sum[k] += d * d;
            }
            voluta::store(g + i, v);
        });
        double total = voluta::rowReduce<voluta::Sum>((sum[0] + sum[1]) + (sum[2] + sum[3]));
        if (threadIdx.x == 0) sums[each] = total;
    }
}

/**
 * @param norm of the gradients; where it is not finite, the step does not count
 * @param good steps that counted since the scale changed
 * @param applied steps that counted
 */
extern "C" __global__ void __launch_bounds__(32)
    loss_scale(const float* norm, float* scale, long long* good, long long* applied, float growth, float backoff,
               long long interval) {
    if (blockIdx.x != 0 || threadIdx.x != 0) return;
    if (!isfinite(*norm)) {
        *scale *= backoff;
        *good = 0;
        return;
    }
    ++*applied;
    if (++*good < interval) return;
    float grown = *scale * growth;
    if (isfinite(grown)) *scale = grown;
    *good = 0;
}
