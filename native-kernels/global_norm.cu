// GlobalNorm (voluta.op.GlobalNorm), and the norms of single tensors for ClipByNorm: sums of squares in double, which
// neither overflow nor underflow for any float.
//
// Two launches. squares: 256 threads, any grid (good: one block per segment); leaves a sum per segment in f64[segments].
// norms: one block of 256 threads per norm; norm t is over the segments from first[t] to below first[t + 1].
// Bytes: reads the gradients. Equal inputs give equal bits, whatever the grid. Rate: not seen on a GPU yet; where double
// arithmetic runs at a 64th of float's (not on data-centre chips), it may be this kernel's limit.
#include "include/reduce.cuh"
#include "include/segments.cuh"

extern "C" __global__ void __launch_bounds__(256) squares(const voluta::Segment* table, int segments, double* sums) {
    for (int s = blockIdx.x; s < segments; s += gridDim.x) {
        const float* g = table[s].gradient;
        double sum[4] = {0, 0, 0, 0}; // four chains of additions that do not wait for each other
        voluta::forEachInBlock(table[s].n, voluta::aligned16(g), [&](long long i, auto width) {
            float v[width.value];
            voluta::load(g + i, v);
#pragma unroll
            for (int k = 0; k < width.value; k++) {
                double d = v[k];
                sum[k] += d * d;
            }
        });
        double total = voluta::rowReduce<voluta::Sum>((sum[0] + sum[1]) + (sum[2] + sum[3]));
        if (threadIdx.x == 0) sums[s] = total;
    }
}

/** @param first of one entry more than there are norms */
extern "C" __global__ void __launch_bounds__(256) norms(const double* sums, const int* first, float* norm) {
    double sum = 0;
    for (int s = first[blockIdx.x] + threadIdx.x; s < first[blockIdx.x + 1]; s += blockDim.x) sum += sums[s];
    sum = voluta::rowReduce<voluta::Sum>(sum);
    if (threadIdx.x == 0) norm[blockIdx.x] = static_cast<float>(sqrt(sum));
}
