// Loops over parameters. Compiled for AVX2, which is as fast as memory, without fusing multiplications into additions: Java does not.
#include "updates.h"

#include <cmath>

namespace voluta {

typedef double Doubles __attribute__((vector_size(32)));
typedef float Floats __attribute__((vector_size(16), aligned(4), may_alias));

double squares(const float* x, int n) {
    Doubles low = {}, high = {};
    int i = 0;
    for (; i + 7 < n; i += 8) {
        Doubles a = __builtin_convertvector(*reinterpret_cast<const Floats*>(x + i), Doubles);
        Doubles b = __builtin_convertvector(*reinterpret_cast<const Floats*>(x + i + 4), Doubles);
        low += a * a;
        high += b * b;
    }
    for (; i < n; i++) low[0] += static_cast<double>(x[i]) * x[i];
    return ((low[0] + low[1]) + (low[2] + low[3])) + ((high[0] + high[1]) + (high[2] + high[3]));
}

void sgd(float* __restrict p, const float* __restrict g, int n, float rate, float decay) {
    for (int i = 0; i < n; i++) p[i] -= rate * (g[i] + decay * p[i]);
}

void sgdMomentum(float* __restrict p, const float* __restrict g, float* __restrict v, int n, float rate, float decay, float keep,
                 float take) {
    for (int i = 0; i < n; i++) {
        float m = keep * v[i] + take * (g[i] + decay * p[i]);
        v[i] = m;
        p[i] -= rate * m;
    }
}

void sgdNesterov(float* __restrict p, const float* __restrict g, float* __restrict v, int n, float rate, float decay, float keep,
                 float momentum) {
    for (int i = 0; i < n; i++) {
        float d = g[i] + decay * p[i], m = keep * v[i] + d;
        v[i] = m;
        p[i] -= rate * (d + momentum * m);
    }
}

void adam(float* __restrict p, const float* __restrict g, float* __restrict mean, float* __restrict square, int n, const Adam& step) {
    const Adam s = step; // floats in memory might alias it
    for (int i = 0; i < n; i++) {
        float d = g[i] + s.decay * p[i];
        float m = s.beta1 * mean[i] + s.gamma1 * d, v = s.beta2 * square[i] + s.gamma2 * d * d;
        mean[i] = m;
        square[i] = v;
        p[i] = s.shrink * p[i] - s.rate * m / (std::sqrt(v) * s.rootScale + s.epsilon);
    }
}

} // namespace voluta
