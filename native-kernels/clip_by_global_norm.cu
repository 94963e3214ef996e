// ClipByGlobalNorm (voluta.op.ClipByGlobalNorm): g' = g min(1, limit / (norm + 1e-6)) with a norm in device memory.
//
// Launch: 256 threads, any grid (good: one block per segment). Bytes: reads and writes the gradients where the norm is
// above the limit, else nothing. Rate: not seen on a GPU yet.
#include "include/segments.cuh"

/** @param clipped becomes 1 if the norm is above the limit, else 0 */
extern "C" __global__ void __launch_bounds__(256)
    clip_by_global_norm(const voluta::Segment* table, int segments, const float* norm, double limit, float* clipped) {
    double length = *norm, factor = limit / (length + 1e-6);
    if (blockIdx.x == 0 && threadIdx.x == 0) *clipped = length > limit ? 1.0f : 0.0f;
    if (!(factor < 1)) return; // also where the norm is NaN
    float scale = static_cast<float>(factor);
    voluta::forEachSegment(table, segments, [=](const voluta::Segment& s, bool) {
        float* g = s.gradient;
        voluta::forEachInBlock(s.n, voluta::aligned16(g), [=](long long i, auto width) {
            float v[width.value];
            voluta::load(g + i, v);
#pragma unroll
            for (int k = 0; k < width.value; k++) v[k] *= scale;
            voluta::store(g + i, v);
        });
    });
}
