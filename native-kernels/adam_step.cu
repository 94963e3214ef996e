// AdamStep (voluta.op.AdamStep): a step of Adam or AdamW over a list of tensors. state[0] is the mean, state[1] the mean
// square.
//
// Launch: 256 threads, any grid (good: one block per segment). Bytes per parameter: 28. Rate: not seen on a GPU yet. A
// guard that is not finite changes nothing.
#include "include/segments.cuh"

/** @param decoupled whether weight decay bypasses the moments (AdamW) */
extern "C" __global__ void __launch_bounds__(256)
    adam_step(const voluta::Segment* table, int segments, const float* rate, const long long* step, const float* guard,
              double beta1, double beta2, float epsilon, double weightDecay, int decoupled) {
    __shared__ float scalars[2];
    if (!isfinite(*guard)) return;
    if (threadIdx.x == 0) { // in double, once per block: 1 - beta^t cancels while t is small
        double t = static_cast<double>(*step);
        scalars[0] = static_cast<float>(*rate / (1 - pow(beta1, t)));
        scalars[1] = static_cast<float>(1 / sqrt(1 - pow(beta2, t)));
    }
    __syncthreads();
    float r = scalars[0], rootScale = scalars[1];
    float keep1 = static_cast<float>(beta1), add1 = static_cast<float>(1 - beta1);
    float keep2 = static_cast<float>(beta2), add2 = static_cast<float>(1 - beta2);
    float shrink = decoupled ? static_cast<float>(1 - *rate * weightDecay) : 1.0f;
    float decay = decoupled ? 0.0f : static_cast<float>(weightDecay);
    voluta::forEachSegment(table, segments, [=](const voluta::Segment& s, bool aligned) {
        voluta::forEachInBlock(s.n, aligned, [=](long long i, auto width) {
            constexpr int W = width.value;
            float p[W], g[W], m[W], v[W];
            voluta::load(s.parameter + i, p);
            voluta::load(s.gradient + i, g);
            voluta::load(s.state[0] + i, m);
            voluta::load(s.state[1] + i, v);
#pragma unroll
            for (int k = 0; k < W; k++) {
                float d = g[k] + decay * p[k];
                m[k] = keep1 * m[k] + add1 * d;
                v[k] = keep2 * v[k] + add2 * d * d;
                p[k] = shrink * p[k] - r * m[k] / (sqrtf(v[k]) * rootScale + epsilon);
            }
            voluta::store(s.state[0] + i, m);
            voluta::store(s.state[1] + i, v);
            voluta::store(s.parameter + i, p);
        });
    });
}
