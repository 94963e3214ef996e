// SgdStep (voluta.op.SgdStep): a step of stochastic gradient descent over a list of tensors. state[0] is the momentum.
//
// Launch: 256 threads, any grid (good: one block per segment). Bytes per parameter: 12, with momentum 20. Rate: not seen
// on a GPU yet. A guard that is not finite changes nothing.
#include "include/segments.cuh"

/** @param momentum 0 for none; state[0] is then not read */
extern "C" __global__ void __launch_bounds__(256)
    sgd_step(const voluta::Segment* table, int segments, const float* rate, const long long* step, const float* guard,
             float momentum, float dampening, int nesterov, float weightDecay) {
    if (!isfinite(*guard)) return;
    float r = *rate, share = 1 - dampening;
    bool first = *step == 1;
    voluta::forEachSegment(table, segments, [=](const voluta::Segment& s, bool aligned) {
        voluta::forEachInBlock(s.n, aligned, [=](long long i, auto width) {
            constexpr int W = width.value;
            float p[W], g[W], v[W];
            voluta::load(s.parameter + i, p);
            voluta::load(s.gradient + i, g);
            if (momentum > 0) voluta::load(s.state[0] + i, v);
#pragma unroll
            for (int k = 0; k < W; k++) {
                float d = g[k] + weightDecay * p[k];
                if (momentum > 0) {
                    v[k] = first ? d : momentum * v[k] + share * d;
                    d = nesterov ? d + momentum * v[k] : v[k];
                }
                p[k] -= r * d;
            }
            if (momentum > 0) voluta::store(s.state[0] + i, v);
            voluta::store(s.parameter + i, p);
        });
    });
}
