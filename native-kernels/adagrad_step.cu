// AdagradStep (voluta.op.AdagradStep): a step of Adagrad over a list of tensors. state[0] is the sum of squares.
//
// Launch: 256 threads, any grid (good: one block per segment). Bytes per parameter: 20. Rate: not seen on a GPU yet. A
// guard that is not finite changes nothing.
#include "include/segments.cuh"

extern "C" __global__ void __launch_bounds__(256)
    adagrad_step(const voluta::Segment* table, int segments, const float* rate, const long long* step, const float* guard,
                 float epsilon, double learningRateDecay, float weightDecay) {
    if (!isfinite(*guard)) return;
    float r = static_cast<float>(*rate / (1 + static_cast<double>(*step - 1) * learningRateDecay));
    voluta::forEachSegment(table, segments, [=](const voluta::Segment& s, bool aligned) {
        voluta::forEachInBlock(s.n, aligned, [=](long long i, auto width) {
            constexpr int W = width.value;
            float p[W], g[W], sum[W];
            voluta::load(s.parameter + i, p);
            voluta::load(s.gradient + i, g);
            voluta::load(s.state[0] + i, sum);
#pragma unroll
            for (int k = 0; k < W; k++) {
                float d = g[k] + weightDecay * p[k];
                sum[k] += d * d;
                p[k] -= r * d / (sqrtf(sum[k]) + epsilon);
            }
            voluta::store(s.state[0] + i, sum);
            voluta::store(s.parameter + i, p);
        });
    });
}
