// Kernels of the training step: dropout, clipping, norms, optimizer steps.
#include "testing.h"

#include "adagrad_step.cu"
#include "adam_step.cu"
#include "clip_by_global_norm.cu"
#include "clip_by_norm.cu"
#include "clip_by_unit_norm.cu"
#include "clip_by_value.cu"
#include "dropout.cu"
#include "global_norm.cu"
#include "loss_scaling.cu"
#include "rms_prop_step.cu"
#include "sgd_step.cu"

namespace testing {
namespace {

using voluta::Segment;

/** The generator as the paper describes it, in 64-bit arithmetic. */
unsigned philoxNumber(std::uint64_t key, std::uint64_t counter, std::uint64_t sub, int lane) {
    std::uint32_t k[2] = {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
    std::uint32_t c[4] = {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
                          static_cast<std::uint32_t>(sub), static_cast<std::uint32_t>(sub >> 32)};
    for (int round = 0; round < 10; round++) {
        std::uint64_t p = std::uint64_t(0xD2511F53) * c[0], q = std::uint64_t(0xCD9E8D57) * c[2];
        std::uint32_t next[4] = {static_cast<std::uint32_t>(q >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(q),
                                 static_cast<std::uint32_t>(p >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p)};
        std::memcpy(c, next, sizeof c);
        k[0] += 0x9E3779B9;
        k[1] += 0xBB67AE85;
    }
    return c[lane];
}

void philoxAnswers() {
    test("philox gives the published numbers", [] { // known-answer vectors of Random123
        struct {
            std::uint64_t key, counter, sub;
            unsigned numbers[4];
        } answers[] = {{0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
                       {~0ull, ~0ull, ~0ull, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
                       {0x299f31d0a4093822ull, 0x85a308d3243f6a88ull, 0x0370734413198a2eull,
                        {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
        for (auto a : answers) {
            auto r = voluta::philox(a.key, a.counter, a.sub);
            for (int lane = 0; lane < 4; lane++) {
                check(r.at[lane] == a.numbers[lane], "differs from the published number");
                check(philoxNumber(a.key, a.counter, a.sub, lane) == a.numbers[lane], "the tests' own generator differs");
            }
        }
    });
}

template <class T> void dropouts(int images, int channels, int pixels, long long offset) {
    test(text(std::string("dropout ") + typeName<T>(), {images, channels, pixels, offset}), [&] {
        long long n = static_cast<long long>(images) * channels * pixels;
        Memory<T> x(n, offset), y(n, offset), nhwc(n), dropped(n);
        Memory<long long> step(1);
        step[0] = 7 + (1ll << 33);
        x.random(1, 1, 3);
        std::uint64_t key = 0xfedcba9876543210ull;
        double rate = 0.3;
        auto threshold = static_cast<unsigned>(std::ceil(rate * 0x1p24));
        auto scale = static_cast<float>(1 / (1 - rate));
        auto kept = [&](long long i) { return (philoxNumber(key, i / 4, step[0], i % 4) >> 8) * 0x1p-24 >= rate; };
        LAUNCH(2, 64, dropout, x.data(), step.data(), y.data(), n, key, threshold, scale);
        compare("y", y, 1e-6, [&](long long i) { return kept(i) ? x.at(i) / (1 - rate) : 0; });
        auto place = [&](long long i) { // of element i of [N, pixels, channels]
            return (i / channels / pixels * channels + i % channels) * pixels + i / channels % pixels;
        };
        for (long long i = 0; i < n; i++) nhwc[i] = x[place(i)];
        LAUNCH(2, 64, dropout_nhwc, nhwc.data(), step.data(), dropped.data(), n, key, threshold, scale, channels, pixels);
        compare("nhwc", dropped, 0, [&](long long i) { return y.at(place(i)); });
    });
}

/** Three tensors of odd sizes, the second not aligned and in two segments; parameters, gradients and states. */
struct Tensors {
    static constexpr int COUNT = 3, SEGMENTS = 4;
    std::vector<Memory<float>> p, g, s[3];
    Memory<Segment> table{SEGMENTS};
    Memory<int> tensor{SEGMENTS}, first{COUNT + 1};
    Memory<float> rate{1}, guard{1};
    Memory<long long> step{1};

    explicit Tensors(bool zeroState = false) {
        long long size[COUNT] = {1027, 600, 3};
        for (int t = 0; t < COUNT; t++) {
            long long offset = t == 1;
            for (auto* list : {&p, &g, &s[0], &s[1], &s[2]}) list->emplace_back(size[t], offset);
            p[t].random(t + 1);
            g[t].random(t + 10);
            for (int k = 0; k < 3; k++) s[k][t].random(t + 20 + k, 0.1, 1); // a square is at least the mean's square
            for (long long i = 0; i < size[t]; i++) s[1][t][i] *= 0.3f * s[0][t][i];
            if (zeroState)
                for (auto& list : s) list[t].fill(0);
        }
        table[0] = segment(0, 0, 1027);
        table[1] = segment(1, 0, 512);
        table[2] = segment(1, 512, 88);
        table[3] = segment(2, 0, 3);
        int owner[] = {0, 1, 1, 2}, starts[] = {0, 1, 3, 4};
        std::memcpy(tensor.data(), owner, sizeof owner);
        std::memcpy(first.data(), starts, sizeof starts);
        rate[0] = 0.05f;
        guard[0] = 1;
        step[0] = 3;
    }

    Segment segment(int t, long long at, long long n) const {
        return {p[t].data() + at, g[t].data() + at, {s[0][t].data() + at, s[1][t].data() + at, s[2][t].data() + at}, n};
    }
};

/** One element's parameter, gradient and states. */
struct Element {
    double p, g, s[3];
};

void optimizer(const std::string& name, int step, const std::function<void(const Tensors&)>& run,
               const std::function<void(Element&)>& expected) {
    test(name, [&] {
        Tensors before, after, guarded;
        for (auto* t : {&before, &after, &guarded}) t->step[0] = step;
        run(after);
        for (int t = 0; t < Tensors::COUNT; t++) {
            auto element = [&](long long i) {
                Element e{before.p[t].at(i), before.g[t].at(i), {before.s[0][t].at(i), before.s[1][t].at(i), before.s[2][t].at(i)}};
                expected(e);
                return e;
            };
            compare("parameter", after.p[t], 2e-6, [&](long long i) { return element(i).p; });
            compare("gradient", after.g[t], 0, [&](long long i) { return before.g[t].at(i); });
            for (int k = 0; k < 3; k++)
                compare("state", after.s[k][t], 2e-6, [&](long long i) { return element(i).s[k]; });
        }
        for (float bad : {INFINITY, -INFINITY, NAN}) {
            guarded.guard[0] = bad;
            run(guarded);
        }
        for (int t = 0; t < Tensors::COUNT; t++) {
            compare("guarded parameter", guarded.p[t], 0, [&](long long i) { return before.p[t].at(i); });
            compare("guarded state", guarded.s[0][t], 0, [&](long long i) { return before.s[0][t].at(i); });
        }
    });
}

void sgd(int step, double momentum, double dampening, bool nesterov, double decay) {
    optimizer(
        text("sgd", {step, nesterov, momentum > 0, decay > 0}), step,
        [=](const Tensors& t) {
            emulation::launch(3, 64, [&] {
                sgd_step(t.table.data(), Tensors::SEGMENTS, t.rate.data(), t.step.data(), t.guard.data(),
                         static_cast<float>(momentum), static_cast<float>(dampening), nesterov, static_cast<float>(decay));
            });
        },
        [=](Element& e) {
            double d = e.g + decay * e.p;
            if (momentum > 0) {
                e.s[0] = step == 1 ? d : momentum * e.s[0] + (1 - dampening) * d;
                d = nesterov ? d + momentum * e.s[0] : e.s[0];
            }
            e.p -= 0.05 * d;
        });
}

void adam(int step, double decay, bool decoupled) {
    optimizer(
        text("adam", {step, decay > 0, decoupled}), step,
        [=](const Tensors& t) {
            emulation::launch(2, 64, [&] {
                adam_step(t.table.data(), Tensors::SEGMENTS, t.rate.data(), t.step.data(), t.guard.data(), 0.9, 0.999,
                          1e-8f, decay, decoupled);
            });
        },
        [=](Element& e) {
            double d = e.g + (decoupled ? 0 : decay * e.p);
            if (decoupled) e.p *= 1 - 0.05 * decay;
            e.s[0] = 0.9 * e.s[0] + 0.1 * d;
            e.s[1] = 0.999 * e.s[1] + 0.001 * d * d;
            e.p -= 0.05 / (1 - std::pow(0.9, step)) * e.s[0] / (std::sqrt(e.s[1]) / std::sqrt(1 - std::pow(0.999, step)) + 1e-8);
        });
}

void rmsProp(double momentum, bool centered) {
    optimizer(
        text("rmsprop", {momentum > 0, centered}), 2,
        [=](const Tensors& t) {
            emulation::launch(2, 64, [&] {
                rms_prop_step(t.table.data(), Tensors::SEGMENTS, t.rate.data(), t.guard.data(), 0.99, 1e-8f,
                              static_cast<float>(momentum), centered, 0.01f);
            });
        },
        [=](Element& e) {
            double d = e.g + 0.01 * e.p;
            e.s[0] = 0.99 * e.s[0] + 0.01 * d * d;
            double variance = e.s[0];
            if (centered) {
                e.s[1] = 0.99 * e.s[1] + 0.01 * d;
                variance = std::fmax(0, variance - e.s[1] * e.s[1]);
            }
            double change = d / (std::sqrt(variance) + 1e-8);
            if (momentum > 0) change = e.s[2] = momentum * e.s[2] + change;
            e.p -= 0.05 * change;
        });
}

void adagrad() {
    optimizer(
        "adagrad", 4,
        [](const Tensors& t) {
            emulation::launch(2, 64, [&] {
                adagrad_step(t.table.data(), Tensors::SEGMENTS, t.rate.data(), t.step.data(), t.guard.data(), 1e-10f, 0.1, 0.01f);
            });
        },
        [](Element& e) {
            double d = e.g + 0.01 * e.p;
            e.s[0] += d * d;
            e.p -= 0.05 / 1.3 * d / (std::sqrt(e.s[0]) + 1e-10);
        });
}

void clipByValue() {
    test("clip by value", [] {
        for (double limit : {2.0, 5.0}) {
            Tensors before, t;
            Memory<float> clipped(1);
            clipped[0] = 0;
            t.g[1].set(7, NAN);
            emulation::launch(2, 64, [&] { clip_by_value(t.table.data(), Tensors::SEGMENTS, static_cast<float>(limit), clipped.data()); });
            for (int k = 0; k < Tensors::COUNT; k++)
                compare("g", t.g[k], 0, [&](long long i) {
                    return k == 1 && i == 7 ? NAN : std::fmin(std::fmax(before.g[k].at(i), -limit), limit);
                });
            check(clipped[0] == (limit < 3), "clipped is " + std::to_string(clipped[0]));
        }
    });
}

double squaresOf(const Memory<float>& g) {
    double sum = 0;
    for (long long i = 0; i < g.size(); i++) sum += g.at(i) * g.at(i);
    return sum;
}

void globalNorm() {
    test("global norm and clipping to it", [] {
        for (double magnitude : {1.0, 1e-30, 1e25}) { // whose squares no float holds
            Tensors t, before;
            Memory<double> sums(Tensors::SEGMENTS), again(Tensors::SEGMENTS);
            Memory<float> norm(1), clipped(1);
            Memory<int> all(2);
            all[0] = 0;
            all[1] = Tensors::SEGMENTS;
            double expected = 0;
            for (int k = 0; k < Tensors::COUNT; k++) {
                for (long long i = 0; i < t.g[k].size(); i++) {
                    t.g[k].set(i, t.g[k].at(i) * magnitude);
                    before.g[k].set(i, t.g[k].at(i));
                }
                expected += squaresOf(t.g[k]);
            }
            expected = std::sqrt(expected);
            emulation::launch(2, 64, [&] { squares(t.table.data(), Tensors::SEGMENTS, sums.data()); });
            emulation::launch(4, 64, [&] { squares(t.table.data(), Tensors::SEGMENTS, again.data()); });
            check(std::memcmp(sums.data(), again.data(), sizeof(double) * Tensors::SEGMENTS) == 0, "another grid gives other bits");
            emulation::launch(1, 256, [&] { norms(sums.data(), all.data(), norm.data()); });
            check(std::fabs(norm[0] - expected) <= 1e-6 * expected, "norm " + std::to_string(norm[0] / magnitude));
            for (double share : {0.5, 2.0}) {
                double limit = expected * share;
                emulation::launch(2, 64, [&] { clip_by_global_norm(t.table.data(), Tensors::SEGMENTS, norm.data(), limit, clipped.data()); });
                check(clipped[0] == (share < 1), "clipped is " + std::to_string(clipped[0]));
                double factor = std::fmin(1, limit / (norm[0] + 1e-6));
                for (int k = 0; k < Tensors::COUNT; k++) {
                    for (long long i = 0; i < t.g[k].size(); i++) {
                        double want = before.g[k].at(i) * factor;
                        check(std::fabs(t.g[k].at(i) - want) <= 2e-7 * std::fabs(want) + (factor == 1 ? 0 : 1e-44), text("element", {k, i}));
                        t.g[k].set(i, before.g[k].at(i));
                    }
                }
            }
            norm[0] = NAN;
            emulation::launch(2, 64, [&] { clip_by_global_norm(t.table.data(), Tensors::SEGMENTS, norm.data(), 1, clipped.data()); });
            check(clipped[0] == 0, "a norm that is NaN counts as clipped");
            for (int k = 0; k < Tensors::COUNT; k++)
                compare("g after NaN", t.g[k], 0, [&](long long i) { return before.g[k].at(i); });
        }
    });
}

void lossScaling() {
    test("loss scaling takes the scale out of gradients", [] {
        Tensors t, before;
        Memory<double> sums(Tensors::SEGMENTS), again(Tensors::SEGMENTS), plain(Tensors::SEGMENTS);
        Memory<float> scale(1);
        scale[0] = 65536;
        for (int k = 0; k < Tensors::COUNT; k++)
            for (long long i = 0; i < t.g[k].size(); i++) t.g[k].set(i, 65536 * before.g[k].at(i));
        emulation::launch(2, 64, [&] { unscaled_squares(t.table.data(), Tensors::SEGMENTS, scale.data(), sums.data()); });
        for (int k = 0; k < Tensors::COUNT; k++)
            compare("g", t.g[k], 0, [&](long long i) { return before.g[k].at(i); });
        scale[0] = 1;
        emulation::launch(4, 64, [&] { unscaled_squares(t.table.data(), Tensors::SEGMENTS, scale.data(), again.data()); });
        emulation::launch(2, 64, [&] { squares(before.table.data(), Tensors::SEGMENTS, plain.data()); });
        for (auto* other : {&again, &plain})
            check(std::memcmp(sums.data(), other->data(), sizeof(double) * Tensors::SEGMENTS) == 0, "other sums of squares");
    });
    test("the loss scale halves after an overflow and doubles after good steps", [] {
        Memory<float> norm(1), scale(1);
        Memory<long long> good(1), applied(1);
        scale[0] = 1024;
        good[0] = applied[0] = 0;
        auto step = [&](float n, float expectedScale, long long expectedGood, long long expectedApplied) {
            norm[0] = n;
            emulation::launch(1, 32, [&] { loss_scale(norm.data(), scale.data(), good.data(), applied.data(), 2, 0.5f, 3); });
            check(scale[0] == expectedScale && good[0] == expectedGood && applied[0] == expectedApplied,
                  text("after a norm of " + std::to_string(n), {static_cast<long long>(scale[0]), good[0], applied[0]}));
        };
        step(1, 1024, 1, 1);
        step(0, 1024, 2, 2);
        step(INFINITY, 512, 0, 2);
        step(NAN, 256, 0, 2);
        step(1, 256, 1, 3);
        step(1, 256, 2, 4);
        step(1, 512, 0, 5);
        scale[0] = 0x1p127f;
        good[0] = 2;
        step(1, 0x1p127f, 0, 6);
    });
}

void clipByNorm() {
    test("clip by norm", [] {
        Tensors before, t;
        Memory<double> sums(Tensors::SEGMENTS);
        Memory<float> norm(Tensors::COUNT), clipped(1);
        clipped[0] = 0;
        double limit = 10; // above the small tensor's norm, below the others'
        emulation::launch(2, 64, [&] { squares(t.table.data(), Tensors::SEGMENTS, sums.data()); });
        emulation::launch(Tensors::COUNT, 64, [&] { norms(sums.data(), t.first.data(), norm.data()); });
        emulation::launch(2, 64, [&] {
            clip_by_norm(t.table.data(), Tensors::SEGMENTS, t.tensor.data(), norm.data(), limit, clipped.data());
        });
        for (int k = 0; k < Tensors::COUNT; k++) {
            double length = std::sqrt(squaresOf(before.g[k])), factor = std::fmin(1, limit / (length + 1e-6));
            check((factor < 1) == (k < 2), "the case is void");
            compare("g", t.g[k], k < 2 ? 1e-6 : 0, [&](long long i) { return before.g[k].at(i) * factor; });
        }
        check(clipped[0] == 1, "clipped is not 1");
    });
}

void clipByUnitNorm() {
    test("clip by unit norm", [] {
        constexpr int UNITS = 5;
        long long size[UNITS] = {1, 7, 33, 1000, 64};
        double scale[UNITS] = {1, 0, 100, 0.01, 0.5}; // of the weights: the second has none, the third is large
        std::vector<Memory<float>> p, g, before;
        Memory<float> clipped(1);
        Memory<Segment> table(UNITS);
        for (int u = 0; u < UNITS; u++) {
            for (auto* list : {&p, &g, &before}) list->emplace_back(size[u]);
            for (long long i = 0; i < size[u]; i++) {
                p[u].set(i, scale[u] * std::cos(i + u));
                g[u].set(i, std::sin(1 + i * 3 + u));
                before[u].set(i, g[u].at(i));
            }
            table[u] = {p[u].data(), g[u].data(), {nullptr, nullptr, nullptr}, size[u]};
        }
        for (int blocks : {1, 3}) {
            for (int u = 0; u < UNITS; u++)
                for (long long i = 0; i < size[u]; i++) g[u].set(i, before[u].at(i));
            g[4].set(3, NAN);
            clipped[0] = 0;
            emulation::launch(blocks, dim3(32, 2), [&] { clip_by_unit_norm(table.data(), UNITS, 0.5, 1e-3, clipped.data()); });
            check(clipped[0] == 1, "clipped is not 1");
            for (int u = 0; u < UNITS - 1; u++) {
                double norm = std::sqrt(squaresOf(before[u]));
                double bound = 0.5 * std::fmax(std::sqrt(squaresOf(p[u])), 1e-3), factor = std::fmin(1, bound / norm);
                check((factor < 1) == (u != 2), "the case is void");
                compare("g", g[u], u == 2 ? 0 : 1e-6, [&](long long i) { return before[u].at(i) * factor; });
            }
            check(g[4].at(0) == before[4].at(0), "a unit whose norm is NaN is scaled");
        }
    });
}

} // namespace

void training() {
    philoxAnswers();
    dropouts<float>(2, 3, 35, 0);
    dropouts<float>(1, 5, 2, 1);
    dropouts<bf16>(2, 3, 35, 0);
    dropouts<bf16>(3, 1, 1, 1);
    dropouts<f16>(2, 3, 35, 0);
    dropouts<f16>(3, 1, 1, 1);
    dropouts<float>(0, 1, 1, 0);
    sgd(1, 0, 0, false, 0);
    sgd(2, 0, 0, false, 0.1);
    sgd(1, 0.9, 0.1, false, 0.1);
    sgd(2, 0.9, 0.1, false, 0);
    sgd(3, 0.9, 0, true, 0.1);
    adam(1, 0, false);
    adam(100, 0.1, false);
    adam(100000, 0.1, true);
    for (bool centered : {false, true})
        for (double momentum : {0.0, 0.9}) rmsProp(momentum, centered);
    adagrad();
    clipByValue();
    globalNorm();
    lossScaling();
    clipByNorm();
    clipByUnitNorm();
}

} // namespace testing
