// Batch normalization against plain loops in double: odd sizes, every activation, with a residual and without, both orders,
// both instruction sets; and bits that do not depend on the number of threads.
// usage: batch_norm_test          exits with 1 and says what differs, or prints how many cases passed
//        batch_norm_test random COUNT [SEED]    shapes.h
//        batch_norm_test time     sizes of the usual networks: milliseconds, and GB/s of what must be read and written
#include "../kernels.h"
#include "guarded.h"
#include "shapes.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

using namespace voluta;

namespace {

std::mt19937 random_(11);
int failures = 0, cases = 0;

struct Case {
    int images, pixels, channels, activation, flags;
    bool residual;
};

/** Numbers of an image in the order [image, pixel, channel], and as the kernels see them. */
class Image {
  public:
    Image(const Case& k, float fill) : k(k), numbers(static_cast<size_t>(k.images) * k.pixels * k.channels, fill) { lay(); }
    Image(const Case& k, float mean, float deviation) : Image(k, 0) {
        std::normal_distribution<float> normal(mean, deviation);
        for (float& f : numbers) f = normal(random_);
        lay();
    }
    void* data() { return laid.data(); }
    /** The numbers as they lie now. */
    const Floats& read() {
        for (size_t i = 0; i < numbers.size(); i++) numbers[i] = laid[at(i)];
        return numbers;
    }
    /** Whether what fills the last block is still 0. */
    bool filled() const {
        Floats rest = laid;
        for (size_t i = 0; i < numbers.size(); i++) rest[at(i)] = 0;
        for (float f : rest)
            if (f != 0) return false;
        return true;
    }
    bool operator==(const Image& other) const { return memcmp(laid.data(), other.laid.data(), laid.size() * sizeof(float)) == 0; }

  private:
    Case k;
    Floats numbers, laid;

    size_t at(size_t i) const {
        if (!(k.flags & BLOCKED)) return i;
        size_t c = i % k.channels, p = i / k.channels % k.pixels, image = i / k.channels / k.pixels;
        return ((image * ((k.channels + 15) / 16) + c / 16) * k.pixels + p) * 16 + c % 16;
    }
    void lay() {
        size_t channels = k.flags & BLOCKED ? (k.channels + 15) / 16 * 16 : k.channels;
        laid.assign(static_cast<size_t>(k.images) * k.pixels * channels, 0);
        for (size_t i = 0; i < numbers.size(); i++) laid[at(i)] = numbers[i];
    }
};

const char* const passes[] = {"training", "frozen", "backward", "statistics"};

void expect(const char* what, const Engine& e, const Case& k, int pass, double error, double limit) {
    cases++;
    if (error <= limit) return;
    failures++;
    printf("%s %s %s n%d pixels%d c%d activation %d flags %d%s: error %.2e above %.2e\n", what, passes[pass], e.name, k.images, k.pixels,
           k.channels, k.activation, k.flags, k.residual ? " residual" : "", error, limit);
}

/** The largest difference, measured by the largest number; by `least` where that is less, as sums that cancel are. */
template <class A> double error(const A& got, const std::vector<double>& want, double least = 1e-30) {
    double d = 0, s = least;
    for (size_t i = 0; i < want.size(); i++) {
        if (std::isnan(got[i])) return NAN;
        d = std::max(d, std::fabs(got[i] - want[i]));
        s = std::max(s, std::fabs(want[i]));
    }
    return d / s;
}

double activated(double z, int activation) {
    if (activation == NORM_LINEAR) return z;
    z = std::max(z, 0.0);
    return activation == NORM_RELU6 ? std::min(z, 6.0) : z;
}
bool through(double z, int activation) {
    return activation == NORM_LINEAR || (z > 0 && (activation == NORM_RELU || z < 6));
}

struct Vectors {
    Floats scale, shift, mean, variance, scaleGradient, shiftGradient;
    explicit Vectors(int channels)
        : scale(channels), shift(channels), mean(channels, NAN), variance(channels, NAN), scaleGradient(channels, NAN),
          shiftGradient(channels, NAN) {
        std::normal_distribution<float> normal;
        for (float& f : scale) f = 2 + normal(random_);
        for (float& f : shift) f = 2 + normal(random_);
    }
};

void run(const Engine& e, const NormGeometry& g, NormArrays a) {
    Scratch scratch(e.normScratchBytes(g));
    a.scratch = scratch;
    e.normalize(g, a);
}

/** Forward, frozen and backward of a case; in place on the second time, where other threads must give the same bits. */
void check(const Engine& e, const Case& k, float mean) {
    Image x(k, mean, 1), residual(k, 0, 1), dy(k, 0, 1), y(k, NAN), frozen(k, NAN), dx(k, NAN), dresidual(k, NAN);
    Vectors v(k.channels);
    const float epsilon = 1e-5f;
    auto geometry = [&](int pass, int threads) {
        return NormGeometry{pass, k.activation, k.images, k.pixels, k.channels, threads, k.flags, epsilon};
    };
    NormArrays a{x.data(), v.scale.data(), v.shift.data(), v.mean.data(), v.variance.data(), k.residual ? residual.data() : nullptr,
                 y.data(), dy.data(), dx.data(), k.residual ? dresidual.data() : nullptr, v.scaleGradient.data(),
                 v.shiftGradient.data(), nullptr};
    auto xs = x.read(), rs = residual.read(), dys = dy.read();
    size_t rows = static_cast<size_t>(k.images) * k.pixels, n = rows * k.channels;
    std::vector<double> m(k.channels), var(k.channels), ys(n), dxs(n), dzs(n), dscale(k.channels), dshift(k.channels);
    for (size_t i = 0; i < n; i++) m[i % k.channels] += xs[i] / static_cast<double>(rows);
    for (size_t i = 0; i < n; i++) var[i % k.channels] += std::pow(xs[i] - m[i % k.channels], 2) / rows;
    run(e, geometry(NORM_TRAINING, 1), a);
    const Floats& got = y.read(); // which side of a kink a number lies on is as the kernel has rounded it
    auto normal = [&](size_t i) { return (xs[i] - m[i % k.channels]) / std::sqrt(var[i % k.channels] + epsilon); };
    for (size_t i = 0; i < n; i++) {
        size_t c = i % k.channels;
        double z = normal(i) * v.scale[c] + v.shift[c] + (k.residual ? rs[i] : 0);
        ys[i] = activated(z, k.activation);
        dzs[i] = through(k.activation ? got[i] : z, k.activation) ? dys[i] : 0;
        dscale[c] += dzs[i] * normal(i);
        dshift[c] += dzs[i];
    }
    for (size_t i = 0; i < n; i++) {
        size_t c = i % k.channels;
        dxs[i] = v.scale[c] / std::sqrt(var[c] + epsilon) * (dzs[i] - dshift[c] / rows - normal(i) * dscale[c] / rows);
    }
    double limit = 2e-6 * (1 + std::fabs(mean)), sums = 2e-6 * (1 + std::fabs(mean)) * std::sqrt(rows);
    expect("mean", e, k, NORM_TRAINING, error(v.mean, m, 1), 1e-6);
    expect("variance", e, k, NORM_TRAINING, error(v.variance, var), 2e-6);
    expect("y", e, k, NORM_TRAINING, error(y.read(), ys), limit);
    Vectors alone = v;
    NormArrays statistics{x.data(), alone.scale.data(), nullptr, alone.mean.data(), alone.variance.data(), nullptr, nullptr,
                          nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, alone.scaleGradient.data()};
    run(e, geometry(NORM_STATISTICS, 3), statistics);
    expect("the same", e, k, NORM_STATISTICS, alone.mean == v.mean && alone.variance == v.variance ? 0 : 1, 0);
    for (int c = 0; c < k.channels; c++) {
        double factor = v.scale[c] / std::sqrt(v.variance[c] + epsilon);
        expect("factor", e, k, NORM_STATISTICS, std::fabs(alone.scaleGradient[c] / factor - 1), 3e-7);
    }
    a.y = frozen.data();
    run(e, geometry(NORM_FROZEN, 2), a);
    expect("y", e, k, NORM_FROZEN, frozen == y ? 0 : 1, 0);
    a.y = y.data();
    run(e, geometry(NORM_BACKWARD, 1), a);
    expect("shift's gradient", e, k, NORM_BACKWARD, error(v.shiftGradient, dshift, std::sqrt(rows)), sums);
    expect("scale's gradient", e, k, NORM_BACKWARD, error(v.scaleGradient, dscale, std::sqrt(rows)), sums);
    expect("x's gradient", e, k, NORM_BACKWARD, error(dx.read(), dxs), limit * 5);
    if (k.residual) expect("residual's gradient", e, k, NORM_BACKWARD, error(dresidual.read(), dzs), 0);
    expect("filling", e, k, NORM_BACKWARD, y.filled() && dx.filled() && dresidual.filled() ? 0 : 1, 0);
    Image again = x;
    Vectors w = v;
    for (int threads = 2; threads <= 5; threads++) {
        again = x;
        NormArrays b = a;
        b.x = b.y = again.data();
        b.mean = w.mean.data();
        b.variance = w.variance.data();
        run(e, geometry(NORM_TRAINING, threads), b);
        expect("in place, other threads", e, k, NORM_TRAINING, again == y && w.mean == v.mean && w.variance == v.variance ? 0 : 1, 0);
        Image gradient = dy;
        b = a;
        b.dy = gradient.data();
        if (k.residual) b.residualGradient = gradient.data();
        else b.dx = gradient.data();
        Image alone(k, NAN);
        if (k.residual) b.dx = alone.data();
        b.scaleGradient = w.scaleGradient.data();
        b.shiftGradient = w.shiftGradient.data();
        run(e, geometry(NORM_BACKWARD, threads), b);
        bool same = (k.residual ? alone : gradient) == dx && (!k.residual || gradient == dresidual) &&
                    w.scaleGradient == v.scaleGradient && w.shiftGradient == v.shiftGradient;
        expect("in place, other threads", e, k, NORM_BACKWARD, same ? 0 : 1, 0);
    }
}

/** Any image of at least three pixels: fewer have deviations so small that what is divided by them is noise. */
void checkRandom(const Engine& e, Shapes& any) {
    Case k{any.size(20), any.once(8) ? any(1, 3000) : any.size(60), any.once(8) ? any(1, 300) : any.size(70), any(NORM_LINEAR, NORM_RELU6),
           any.once(2) ? BLOCKED : 0, any.once(2)};
    if (k.images * k.pixels < 3) k.pixels = 3;
    check(e, k, any.once(3) ? static_cast<float>(any(-3, 3)) : 0);
}

/** What is no number stays none. */
void checkNan(const Engine& e, int activation) {
    Case k{1, 4, 16, activation, 0, false};
    Image x(k, 0, 1), y(k, 0);
    Vectors v(16);
    float nan = NAN;
    memcpy(static_cast<float*>(x.data()) + 5, &nan, sizeof nan);
    run(e, {NORM_TRAINING, activation, 1, 4, 16, 1, 0, 1e-5f},
        {x.data(), v.scale.data(), v.shift.data(), v.mean.data(), v.variance.data(), nullptr, y.data(), nullptr, nullptr, nullptr,
         nullptr, nullptr, nullptr});
    for (int i = 0; i < 64; i++) expect("NaN", e, k, NORM_TRAINING, std::isnan(y.read()[i]) == (i % 16 == 5) ? 0 : 1, 0);
}

void time(const Engine& e, const Case& k) {
    Image x(k, 0, 1), y = x, dy = x, dx = x;
    Vectors v(k.channels);
    size_t bytes = static_cast<size_t>(k.images) * k.pixels * k.channels * sizeof(float);
    printf("%-6s %s n%-3d pixels %-5d c%-4d", e.name, k.flags & BLOCKED ? "in blocks    " : "channels last",
           k.images, k.pixels, k.channels);
    for (int pass : {NORM_TRAINING, NORM_BACKWARD}) {
        NormGeometry g{pass, k.activation, k.images, k.pixels, k.channels, 2, k.flags, 1e-5f};
        NormArrays a{x.data(), v.scale.data(), v.shift.data(), v.mean.data(), v.variance.data(), nullptr, y.data(), dy.data(),
                     dx.data(), nullptr, v.scaleGradient.data(), v.shiftGradient.data(), nullptr};
        double best = 1e30;
        for (int i = 0; i < 7; i++) {
            auto begin = std::chrono::steady_clock::now();
            run(e, g, a);
            best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
        }
        printf("  %s %8.3f ms %6.1f GB/s", passes[pass], best, (pass == NORM_TRAINING ? 3 : 5) * bytes / best / 1e6);
    }
    printf("\n");
}

bool usable(const Engine& e) {
    __builtin_cpu_init();
    return &e == &avx512 ? __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") : __builtin_cpu_supports("avx2");
}

} // namespace

int main(int argc, char** argv) {
    Shapes any(argc, argv, 30);
    bool timing = argc > 1 && !any.alone;
    const int timed[][3] = {{128, 1024, 16}, {128, 256, 32}, {128, 64, 64}, {128, 1024, 64}, {128, 256, 128}, {16, 12544, 64},
                            {16, 3136, 64}, {16, 784, 128}, {16, 196, 256}, {16, 49, 512}, {16, 12544, 96}, {16, 3136, 144},
                            {16, 784, 192}, {16, 3136, 24}, {16, 196, 576}, {16, 49, 1280}};
    for (const Engine* e : {&avx2, &avx512}) {
        if (!usable(*e)) {
            printf("%s: this processor lacks it, not tested\n", e->name);
            continue;
        }
        if (timing) {
            for (auto& t : timed)
                for (int flags : {0, static_cast<int>(BLOCKED)}) time(*e, {t[0], t[1], t[2], NORM_RELU, flags, false});
            continue;
        }
        for (int i = 0; i < any.count; i++) checkRandom(*e, any);
        if (any.alone) continue;
        for (int activation : {NORM_LINEAR, NORM_RELU, NORM_RELU6}) {
            checkNan(*e, activation);
            for (bool residual : {false, true}) {
                for (int flags : {0, static_cast<int>(BLOCKED)}) {
                    for (int channels : {1, 3, 16, 17, 24, 33, 112}) check(*e, {3, 35, channels, activation, flags, residual}, 0);
                    check(*e, {1, 8, 20, activation, flags, residual}, 0);
                    check(*e, {9, 1, 70, activation, flags, residual}, 0);
                    check(*e, {7, 700, 40, activation, flags, residual}, 0.5f);
                }
            }
        }
        check(*e, {5, 900, 8, NORM_LINEAR, 0, false}, 100);
    }
    if (failures == 0 && !timing) printf("%d cases passed\n", cases);
    return failures ? 1 : 0;
}
