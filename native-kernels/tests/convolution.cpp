// Kernels around convolutions: fused_convolution, fold_batch_normalization.
#include "testing.h"

#include "fold_batch_normalization.cu"
#include "fused_convolution.cu"

namespace testing {
namespace {

/** What the activations that are tried here compute; activation's own tests try all. */
double expected(int kind, double x, double a, double b) {
    switch (kind) {
    case voluta::RELU: return std::fmax(x, 0);
    case voluta::LEAKY_RELU: return x > 0 ? x : a * x;
    case voluta::SILU: return x / (1 + std::exp(-x));
    case voluta::RELU6: return std::fmin(std::fmax(x, a), b);
    default: return x;
    }
}

struct Case {
    long long outer, channels, inner;
    int kind;
    bool bias, residual;
    long long offset = 0;
};

template <class T> void epilogues(const Case& c) {
    long long n = c.outer * c.channels * c.inner;
    float a = c.kind == voluta::LEAKY_RELU ? 0.2f : 0, b = c.kind == voluta::RELU6 ? 6 : 0;
    test(text(std::string("fused_convolution ") + typeName<T>(), {c.outer, c.channels, c.inner, c.kind, c.bias, c.residual, c.offset}), [&] {
        Memory<T> y(n, c.offset), before(n), residual(n, c.offset);
        Memory<float> bias(c.channels, c.offset);
        y.random(1, -8, 8);
        residual.random(2);
        bias.random(3);
        for (long long i = 0; i < n; i++) before[i] = y[i];
        LAUNCH(2, 64, fused_convolution, y.data(), c.bias ? bias.data() : nullptr, c.residual ? residual.data() : nullptr, n,
               c.channels, c.inner, c.kind, a, b);
        compare("y", y, 2e-6, [&](long long i) {
            double v = before.at(i);
            if (c.bias) v += bias.at(i / c.inner % c.channels);
            if (c.residual) v += residual.at(i);
            return expected(c.kind, v, a, b);
        });
    });
}

template <class T> void typed() {
    for (int kind : {-1, static_cast<int>(voluta::RELU), static_cast<int>(voluta::LEAKY_RELU), static_cast<int>(voluta::SILU),
                     static_cast<int>(voluta::RELU6)}) {
        epilogues<T>({2, 5, 7, kind, true, true});
        epilogues<T>({2, 5, 16, kind, true, false});
        epilogues<T>({3, 16, 1, kind, true, true});
    }
    epilogues<T>({9, 17, 1, voluta::RELU, true, true});
    epilogues<T>({2, 16, 24, voluta::RELU, false, true});
    epilogues<T>({2, 3, 7, voluta::RELU, false, false});
    epilogues<T>({2, 16, 8, voluta::RELU, true, true, 1});
    epilogues<T>({5, 32, 1, -1, true, false, 3});
    epilogues<T>({300, 8, 1, voluta::RELU, true, true});
    epilogues<T>({0, 8, 4, voluta::RELU, true, true});
}

void folds(long long filters, long long each, bool withBias) {
    test(text("fold_batch_normalization", {filters, each, withBias}), [&] {
        Memory<float> w(filters * each), bias(filters), scale(filters), shift(filters), mean(filters), variance(filters);
        Memory<float> w2(filters * each), b2(filters);
        w.random(1);
        bias.random(2);
        scale.random(3);
        shift.random(4);
        mean.random(5);
        variance.random(6, 0.1, 4);
        emulation::launch(2, 64, [&] {
            fold_batch_normalization_f32(w.data(), withBias ? bias.data() : nullptr, scale.data(), shift.data(), mean.data(),
                                         variance.data(), w2.data(), b2.data(), filters * each, filters, 1e-5f);
        });
        auto factor = [&](long long o) { return scale.at(o) / std::sqrt(variance.at(o) + 1e-5); };
        compare("w", w2, 2e-6, [&](long long i) { return w.at(i) * factor(i / each); });
        compare("b", b2, 2e-6, [&](long long o) {
            return ((withBias ? bias.at(o) : 0) - mean.at(o)) * factor(o) + shift.at(o);
        });
    });
}

} // namespace

void convolution() {
    typed<float>();
    typed<bf16>();
    typed<f16>();
    folds(17, 27, true);
    folds(5, 1, false);
    folds(200, 3, true);
}

} // namespace testing
