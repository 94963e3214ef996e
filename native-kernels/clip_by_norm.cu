// ClipByNorm (voluta.op.ClipByNorm): each tensor on its own, g' = g min(1, limit / (norm(g) + 1e-6)). The norms come from
// the kernels squares and norms of global_norm.cu. Zero `clipped` before the launch; it becomes 1 if any norm was above
// the limit.
//
// Launch: 256 threads, any grid (good: one block per segment). Bytes: reads and writes the tensors above the limit. Rate:
// not seen on a GPU yet.
#include "include/segments.cuh"

/** @param tensor of each segment, the index of its norm */
extern "C" __global__ void __launch_bounds__(256) clip_by_norm(
    const voluta::Segment* table, int segments, const int* tensor, const float* norm, double limit, float* clipped) {
    for (int s = blockIdx.x; s < segments; s += gridDim.x) {
        double length = norm[tensor[s]], factor = limit / (length + 1e-6);
        if (threadIdx.x == 0 && length > limit) *clipped = 1; // several blocks may write the same
        if (!(factor < 1)) continue;                          // also where the norm is NaN
        float* g = table[s].gradient;
        float scale = static_cast<float>(factor);
        voluta::forEachInBlock(table[s].n, voluta::aligned16(g), [=](long long i, auto width) {
            float v[width.value];
            voluta::load(g + i, v);
#pragma unroll
            for (int k = 0; k < width.value; k++) v[k] *= scale;
            voluta::store(g + i, v);
        });
    }
}
