// Activations that are a line between two limits against plain arithmetic: every length up to some vectors, both storage types and
// instruction sets, all numbers of bf16.
// usage: clip_test          exits with 1 and says what differs, or prints how many cases passed
//        clip_test random COUNT [SEED]    shapes.h
//        clip_test time     GB/s over 16 million numbers
#include "../kernels.h"
#include "guarded.h"
#include "shapes.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>

using namespace voluta;

namespace {

int failures = 0, cases = 0;

float widened(uint16_t half) {
    uint32_t bits = static_cast<uint32_t>(half) << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

uint16_t narrowed(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    if (std::isnan(f)) return static_cast<uint16_t>(bits >> 16 | 0x40);
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float wanted(const Clip& k, float x) {
    float v = std::fma(x, k.scale, k.shift);
    return v < k.low ? k.low : v > k.high ? k.high : v;
}

/** The line and its limits, and how many numbers of which kind, by which threads. */
Clip kind(int which, long long n, int threads, int flags) {
    const Clip relu{nullptr, nullptr, n, 1, 0, 0, INFINITY, threads, flags}, relu6{nullptr, nullptr, n, 1, 0, 0, 6, threads, flags},
        hard{nullptr, nullptr, n, 0.2f, 0.5f, 0, 1, threads, flags};
    return which == 0 ? relu : which == 1 ? relu6 : hard;
}

template <class T> void check(const Engine& e, Clip k, Guarded<T> x, bool inPlace) {
    Guarded<T> apart(inPlace ? 0 : x.size(), 0);
    Guarded<T> before = x, &y = inPlace ? x : apart;
    k.x = x.data();
    k.y = y.data();
    e.clip(k);
    cases++;
    for (size_t i = 0; i < before.size(); i++) {
        float from, got, want;
        if constexpr (sizeof(T) == 2) from = widened(before[i]), got = widened(y[i]), want = widened(narrowed(wanted(k, from)));
        else from = before[i], got = y[i], want = wanted(k, from);
        if (std::isnan(want) ? std::isnan(got) : got == want) continue;
        failures++;
        printf("%s clip of %lld to %g, %g, %d threads, flags %d: %g becomes %g instead of %g at %zu\n", e.name, k.n, k.low, k.high, k.threads,
               k.flags, from, got, want, i);
        return;
    }
}

void checkRandom(const Engine& e, Shapes& any) {
    int n = any.once(4) ? any(1, 100000) : any(1, 70), which = any(0, 2), threads = any(1, 5);
    std::normal_distribution<float> normal(0, 4);
    Floats f(n);
    Guarded<uint16_t> h(n);
    for (int i = 0; i < n; i++) {
        f[i] = any.once(20) ? NAN : any.once(20) ? INFINITY : any.once(20) ? -INFINITY : normal(any.from);
        h[i] = narrowed(f[i]);
    }
    check(e, kind(which, n, threads, 0), f, any.once(2));
    check(e, kind(which, n, threads, BF16), h, any.once(2));
}

void time(const Engine& e) {
    const long long n = 16 << 20;
    Floats x(n, 1), y(n, 0);
    for (int flags : {0, static_cast<int>(BF16)}) {
        Clip k = kind(0, n, 1, flags);
        k.x = x.data();
        k.y = y.data();
        double best = 1e30;
        for (int i = 0; i < 9; i++) {
            auto begin = std::chrono::steady_clock::now();
            e.clip(k);
            best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
        }
        printf("%-6s %s clip %.2f ms, %.1f GB/s\n", e.name, flags ? "bf16" : "f32 ", best, (flags ? 4.0 : 8.0) * n / best / 1e6);
    }
}

bool usable(const Engine& e) {
    __builtin_cpu_init();
    return &e == &avx512 ? __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") : __builtin_cpu_supports("avx2");
}

} // namespace

int main(int argc, char** argv) {
    Shapes any(argc, argv, 300);
    bool timing = argc > 1 && !any.alone;
    for (const Engine* e : {&avx2, &avx512}) {
        if (!usable(*e)) {
            printf("%s: this processor lacks it, not tested\n", e->name);
            continue;
        }
        if (timing) {
            time(*e);
            continue;
        }
        for (int i = 0; i < any.count; i++) checkRandom(*e, any);
        if (any.alone) continue;
        Guarded<uint16_t> all(1 << 16);
        for (size_t i = 0; i < all.size(); i++) all[i] = static_cast<uint16_t>(i);
        for (int which : {0, 1, 2}) check(*e, kind(which, all.size(), 3, BF16), all, true);
    }
    if (failures == 0 && !timing) printf("%d cases passed\n", cases);
    return failures ? 1 : 0;
}
