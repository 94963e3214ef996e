// RmsPropStep (voluta.op.RmsPropStep): a step of RMSprop over a list of tensors. state[0] is the mean square, state[1] the
// mean where centered, state[2] the momentum buffer where there is momentum (in this place also if not centered).
//
// Launch: 256 threads, any grid (good: one block per segment). Bytes per parameter: 20, and 8 more each for the mean and
// the buffer. Rate: not seen on a GPU yet. A guard that is not finite changes nothing.
#include "include/segments.cuh"

extern "C" __global__ void __launch_bounds__(256)
    rms_prop_step(const voluta::Segment* table, int segments, const float* rate, const float* guard, double alpha,
                  float epsilon, float momentum, int centered, float weightDecay) {
    if (!isfinite(*guard)) return;
    float r = *rate, keep = static_cast<float>(alpha), add = static_cast<float>(1 - alpha);
    voluta::forEachSegment(table, segments, [=](const voluta::Segment& s, bool aligned) {
        voluta::forEachInBlock(s.n, aligned, [=](long long i, auto width) {
            constexpr int W = width.value;
            float p[W], g[W], square[W], mean[W], buffer[W];
            voluta::load(s.parameter + i, p);
            voluta::load(s.gradient + i, g);
            voluta::load(s.state[0] + i, square);
            if (centered) voluta::load(s.state[1] + i, mean);
            if (momentum > 0) voluta::load(s.state[2] + i, buffer);
#pragma unroll
            for (int k = 0; k < W; k++) {
                float d = g[k] + weightDecay * p[k];
                square[k] = keep * square[k] + add * d * d;
                float variance = square[k];
                if (centered) {
                    mean[k] = keep * mean[k] + add * d;
                    variance = fmaxf(0.0f, variance - mean[k] * mean[k]);
                }
                float change = d / (sqrtf(variance) + epsilon);
                if (momentum > 0) {
                    change += momentum * buffer[k];
                    buffer[k] = change;
                }
                p[k] -= r * change;
            }
            voluta::store(s.state[0] + i, square);
            if (centered) voluta::store(s.state[1] + i, mean);
            if (momentum > 0) voluta::store(s.state[2] + i, buffer);
            voluta::store(s.parameter + i, p);
        });
    });
}
