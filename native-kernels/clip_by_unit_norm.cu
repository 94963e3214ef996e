// ClipByUnitNorm (voluta.op.ClipByUnitNorm): with b = ratio max(norm(p), least) of a unit's weights p, its gradient g becomes
// g b / norm(g) where norm(g) is above b. A segment is a unit. Sums of squares in double, in an order that depends on the
// unit's length alone. Zero `clipped` before the launch; it becomes 1 if any unit was scaled.
//
// Launch: a warp per unit, 32 x 8 threads, any grid. Bytes: reads weights and gradients, reads and writes the gradients of
// units that are scaled. Rate: not seen on a GPU yet.
#include "include/reduce.cuh"
#include "include/segments.cuh"

extern "C" __global__ void __launch_bounds__(256)
    clip_by_unit_norm(const voluta::Segment* table, int units, double ratio, double least, float* clipped) {
    for (long long u = voluta::firstRow(); u < units; u += voluta::rowStep()) {
        const float* p = table[u].parameter;
        float* g = table[u].gradient;
        long long n = table[u].n;
        double weights = 0, gradients = 0;
        for (long long i = threadIdx.x; i < n; i += blockDim.x) {
            double w = p[i], d = g[i];
            weights += w * w;
            gradients += d * d;
        }
        double norm = sqrt(voluta::rowReduce<voluta::Sum>(gradients));
        double bound = ratio * fmax(sqrt(voluta::rowReduce<voluta::Sum>(weights)), least);
        if (!(norm > bound)) continue; // also where the norm is NaN
        if (threadIdx.x == 0) *clipped = 1; // several warps may write the same
        float scale = static_cast<float>(bound / norm);
        for (long long i = threadIdx.x; i < n; i += blockDim.x) g[i] *= scale;
    }
}
