// Loops over parameters against plain ones, bit by bit: every length up to some vectors, starts that are not aligned.
// usage: updates_test         exits with 1 and says what differs, or prints how many cases passed
//        updates_test random COUNT [SEED]    shapes.h
//        updates_test time    GB/s over 12 million parameters
#include "../updates.h"
#include "guarded.h"
#include "shapes.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

using namespace voluta;

namespace {

std::mt19937 random_(11);
int failures = 0, cases = 0;

Floats fill(size_t n) {
    std::normal_distribution<float> normal;
    Floats v(n);
    for (float& x : v) x = normal(random_);
    return v;
}

/** Plain arithmetic: volatile, so that nothing is fused or put in another order. */
float plus(float a, float b) {
    volatile float sum = a + b;
    return sum;
}
float times(float a, float b) {
    volatile float product = a * b;
    return product;
}

void expect(const char* what, int n, const Floats& got, const Floats& want) {
    cases++;
    if (memcmp(got.data(), want.data(), got.size() * sizeof(float)) == 0) return;
    failures++;
    printf("%s of %d: other bits\n", what, n);
}

void check(int n) {
    const float rate = 0.1f, decay = 3e-4f, keep = 0.9f, take = 0.7f;
    auto g = fill(n), p = fill(n), v = fill(n), p0 = p, p1 = p, p2 = p, v1 = v, v2 = v;
    Floats own0 = p, own1 = p, own2 = p, ownV1 = v, ownV2 = v;
    double sums[8] = {};
    for (int i = 0; i < n; i++) {
        float d = plus(g[i], times(decay, p[i]));
        p0[i] = plus(p[i], -times(rate, d));
        v1[i] = plus(times(keep, v[i]), times(take, d));
        p1[i] = plus(p[i], -times(rate, v1[i]));
        v2[i] = plus(times(keep, v[i]), d);
        p2[i] = plus(p[i], -times(rate, plus(d, times(take, v2[i]))));
        sums[i < n / 8 * 8 ? i % 8 : 0] += static_cast<double>(g[i]) * g[i];
    }
    sgd(own0.data(), g.data(), n, rate, decay);
    expect("sgd", n, own0, p0);
    sgdMomentum(own1.data(), g.data(), ownV1.data(), n, rate, decay, keep, take);
    expect("momentum, parameters", n, own1, p1);
    expect("momentum", n, ownV1, v1);
    sgdNesterov(own2.data(), g.data(), ownV2.data(), n, rate, decay, keep, take);
    expect("nesterov, parameters", n, own2, p2);
    expect("nesterov", n, ownV2, v2);
    const Adam a{0.9f, 0.999f, 0.1f, 1e-3f, 1e-8f, 0.01f, 1.7f, 0.99f, 3e-4f};
    auto mean = fill(n), square = fill(n);
    for (float& x : square) x = std::fabs(x);
    Floats p3 = p, own3 = p, ownMean = mean, ownSquare = square;
    for (int i = 0; i < n; i++) {
        float d = plus(g[i], times(a.decay, p[i]));
        mean[i] = plus(times(a.beta1, mean[i]), times(a.gamma1, d));
        square[i] = plus(times(a.beta2, square[i]), times(times(a.gamma2, d), d));
        volatile float quotient = times(a.rate, mean[i]) / plus(times(std::sqrt(square[i]), a.rootScale), a.epsilon);
        p3[i] = plus(times(a.shrink, p[i]), -quotient);
    }
    adam(own3.data(), g.data(), ownMean.data(), ownSquare.data(), n, a);
    expect("adam, parameters", n, own3, p3);
    expect("adam, means", n, ownMean, mean);
    expect("adam, squares", n, ownSquare, square);
    double sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    cases++;
    if (squares(g.data(), n) == sum) return;
    failures++;
    printf("squares of %d: %.17g instead of %.17g\n", n, squares(g.data(), n), sum);
}

template <class Body> double milliseconds(const Body& body) {
    double best = 1e30;
    for (int i = 0; i < 9; i++) {
        auto begin = std::chrono::steady_clock::now();
        body();
        best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    return best;
}

} // namespace

int main(int argc, char** argv) {
    Shapes any(argc, argv, 20);
    if (argc > 1 && !any.alone) {
        const int n = 12 << 20;
        auto p = fill(n), g = fill(n), v = fill(n);
        double sum = 0, sgd = milliseconds([&] { sgdMomentum(p.data(), g.data(), v.data(), n, 0.1f, 1e-4f, 0.9f, 1); });
        auto w = fill(n);
        for (float& x : w) x = std::fabs(x);
        double adams = milliseconds([&] { adam(p.data(), g.data(), v.data(), w.data(), n, {0.9f, 0.999f, 0.1f, 1e-3f, 1e-8f, 0.01f, 1, 1, 0}); });
        printf("adam %.2f ms, %.1f GB/s\n", adams, 28.0 * n / adams / 1e6);
        double norm = milliseconds([&] { sum += squares(g.data(), n); });
        printf("momentum %.2f ms, %.1f GB/s; squares %.2f ms, %.1f GB/s (%g)\n", sgd, 20.0 * n / sgd / 1e6, norm, 4.0 * n / norm / 1e6, sum);
        return 0;
    }
    for (int i = 0; i < any.count; i++) check(any(1, 3000));
    for (int n = 1; !any.alone && n < 70; n++) check(n);
    check(2048);
    if (failures == 0) printf("%d cases passed\n", cases);
    return failures ? 1 : 0;
}
