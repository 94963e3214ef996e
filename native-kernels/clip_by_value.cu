// ClipByValue (voluta.op.ClipByValue): every gradient within [-limit, limit], NaN kept. Zero `clipped` before the launch;
// it becomes 1 if any element lay outside.
//
// Launch: 256 threads, any grid (good: one block per segment). Bytes: reads the gradients, and writes only the packs that
// change. Rate: not seen on a GPU yet.
#include "include/segments.cuh"

extern "C" __global__ void __launch_bounds__(256)
    clip_by_value(const voluta::Segment* table, int segments, float limit, float* clipped) {
    bool any = false;
    voluta::forEachSegment(table, segments, [&](const voluta::Segment& s, bool) {
        float* g = s.gradient;
        voluta::forEachInBlock(s.n, voluta::aligned16(g), [&](long long i, auto width) {
            float v[width.value];
            voluta::load(g + i, v);
            bool outside = false;
#pragma unroll
            for (int k = 0; k < width.value; k++) {
                outside |= fabsf(v[k]) > limit;
                v[k] = v[k] > limit ? limit : v[k] < -limit ? -limit : v[k];
            }
            if (outside) voluta::store(g + i, v);
            any |= outside;
        });
    });
    if (any) *clipped = 1; // several threads may write the same
}
