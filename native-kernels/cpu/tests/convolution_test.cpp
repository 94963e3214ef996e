// Convolutions against plain loops in double: odd sizes, every padding, both of Winograd's tiles and one image in each lane, both
// instruction sets.
// usage: convolution_test          exits with 1 and says what differs, or prints how many cases passed
//        convolution_test random COUNT [SEED]    shapes.h
//        convolution_test time     images, channels and sizes of the usual networks: milliseconds and equivalent GFLOP/s
#include "../kernels.h"
#include "guarded.h"
#include "shapes.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <omp.h>
#include <random>
#include <vector>

using namespace voluta;

namespace {

std::mt19937 random_(7);

Floats fill(size_t n) {
    std::normal_distribution<float> normal;
    Floats v(n);
    for (float& x : v) x = normal(random_);
    return v;
}

/** How a convolution is computed: by Winograd's algorithm with tiles of this size, or directly. */
constexpr int DIRECT = 0;

/** The layer: x [n, h, w, c], weights [high, wide, c, k], y [n, oh, ow, k]. */
struct Layer {
    int n, c, k, h, w, top, left, bottom, right;
    int high = 3, wide = 3, down = 1, across = 1;
    int oh() const { return (h + top + bottom - high) / down + 1; }
    int ow() const { return (w + left + right - wide) / across + 1; }
    size_t weights() const { return static_cast<size_t>(high) * wide * c * k; }
    /** Where a weight lies. */
    size_t weight(int tile, int tap, int ic, int oc) const {
        return tile == DIRECT ? (static_cast<size_t>(oc) * c + ic) * high * wide + tap : (static_cast<size_t>(tap) * c + ic) * k + oc;
    }
};

template <class Body> void forEachTap(const Layer& l, const Body& body) {
    for (int n = 0; n < l.n; n++)
        for (int i = 0; i < l.oh(); i++)
            for (int j = 0; j < l.ow(); j++)
                for (int a = 0; a < l.high; a++)
                    for (int b = 0; b < l.wide; b++) {
                        int y = i * l.down + a - l.top, x = j * l.across + b - l.left;
                        if (y < 0 || y >= l.h || x < 0 || x >= l.w) continue;
                        body((static_cast<size_t>(n) * l.h + y) * l.w + x, (static_cast<size_t>(n) * l.oh() + i) * l.ow() + j, a * l.wide + b);
                    }
}

Geometry geometry(const Layer& l, int pass, int tile, int threads, int flags) {
    if (pass == BACKWARD_DATA)
        return {pass, tile, l.n, l.k, l.c, l.oh(), l.ow(), l.h, l.w, l.high - 1 - l.top, l.wide - 1 - l.left, threads, flags, l.high, l.wide};
    return {pass, tile, l.n, l.c, l.k, l.h, l.w, l.oh(), l.ow(), l.top, l.left, threads, flags, l.high, l.wide, l.down, l.across};
}

/** Error in the norm of all elements, by theirs; where few terms are summed, by that of as many ones. */
double error(const Floats& got, const std::vector<double>& want) {
    double d = 0, s = static_cast<double>(want.size());
    for (size_t i = 0; i < want.size(); i++) {
        if (std::isnan(got[i])) return NAN;
        d += (got[i] - want[i]) * (got[i] - want[i]);
        s += want[i] * want[i];
    }
    return std::sqrt(d / s);
}

int failures = 0, cases = 0;

void expect(const char* what, const Engine& e, const Layer& l, int tile, int threads, double error, double limit) {
    cases++;
    if (error <= limit) return;
    failures++;
    printf("%s F(%d) %s n%d c%d k%d %dx%d window %dx%d step %d %d padding %d %d %d %d, %d threads: error %.2e above %.2e\n", what, tile,
           e.name, l.n, l.c, l.k, l.h, l.w, l.high, l.wide, l.down, l.across, l.top, l.left, l.bottom, l.right, threads, error, limit);
}

/** To the nearest bf16, halves to even. */
uint16_t bf16(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    if (std::isnan(f)) return static_cast<uint16_t>(bits >> 16 | 0x40);
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float widened(uint16_t half) {
    uint32_t bits = static_cast<uint32_t>(half) << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/** An image as the kernels see it, from floats [n, pixels, channels], and back. */
class Image {
  public:
    Image(const Floats& from, int n, int channels, int flags)
        : n(n), channels(channels), pixels(from.size() / n / channels), flags(flags), bytes(from.size() * width()) {
        for (size_t i = 0; i < from.size(); i++) {
            uint16_t half = bf16(from[i]);
            memcpy(&bytes[at(i) * width()], flags & BF16 ? static_cast<const void*>(&half) : &from[i], width());
        }
    }
    void* data() { return bytes.data(); }
    Floats floats() const {
        Floats all(bytes.size() / width());
        for (size_t i = 0; i < all.size(); i++) {
            uint16_t half;
            memcpy(&half, &bytes[at(i) * width()], sizeof half);
            if (flags & BF16) all[i] = widened(half);
            else memcpy(&all[i], &bytes[at(i) * width()], sizeof(float));
        }
        return all;
    }

  private:
    int n, channels;
    size_t pixels;
    int flags;
    Guarded<char> bytes;

    size_t width() const { return flags & BF16 ? 2 : 4; }
    size_t at(size_t i) const {
        if (!(flags & BLOCKED)) return i;
        size_t c = i % channels, p = i / channels % pixels, image = i / channels / pixels;
        return ((image * (channels / 16) + c / 16) * pixels + p) * 16 + c % 16;
    }
};

/** All passes of a layer against plain loops, with images as the flags BF16 and BLOCKED say. */
void check(const Engine& e, const Layer& l, int tile, int threads, int flags) {
    size_t nx = static_cast<size_t>(l.n) * l.h * l.w * l.c, ny = static_cast<size_t>(l.n) * l.oh() * l.ow() * l.k;
    auto w = fill(l.weights()), bias = fill(l.k);
    Image x(fill(nx), l.n, l.c, flags), dy(fill(ny), l.n, l.k, flags), residual(fill(ny), l.n, l.k, flags);
    auto xs = x.floats(), dys = dy.floats(), residuals = residual.floats();
    std::vector<double> y(ny), dx(nx), dw(w.size()), db(l.k);
    forEachTap(l, [&](size_t px, size_t py, int tap) {
        for (int c = 0; c < l.c; c++)
            for (int k = 0; k < l.k; k++) {
                size_t at = l.weight(tile, tap, c, k);
                y[py * l.k + k] += static_cast<double>(xs[px * l.c + c]) * w[at];
                dx[px * l.c + c] += static_cast<double>(dys[py * l.k + k]) * w[at];
                dw[at] += static_cast<double>(xs[px * l.c + c]) * dys[py * l.k + k];
            }
    });
    for (size_t p = 0; p < ny; p++) {
        db[p % l.k] += dys[p];
        y[p] = std::max(0.0, y[p] + bias[p % l.k] + residuals[p]);
    }
    double terms = std::max(1.0, l.high * l.wide * std::max(l.c, l.k) / 256.0); // of a sum that is added up in order
    double limit = tile == 4 ? 2e-5 : tile == 2 ? 5e-6 : 1e-6 * std::sqrt(terms), stored = flags & BF16 ? 4e-3 : limit; // bf16 rounds by 2^-8 at most
    Image gy(Floats(ny, NAN), l.n, l.k, flags), gdx(Floats(nx, NAN), l.n, l.c, flags);
    Floats gdw(w.size(), NAN), gdb(l.k, NAN), again;
    auto run = [&](int pass, int more, Arrays a) {
        Geometry g = geometry(l, pass, tile, threads, flags | more);
        Scratch scratch(e.scratchBytes(g));
        a.scratch = scratch;
        e.run(g, a);
    };
    Arrays forward{x.data(), w.data(), gy.data(), bias.data(), residual.data(), nullptr, nullptr};
    run(FORWARD, RELU, forward);
    Floats ys = gy.floats();
    expect("forward", e, l, tile, threads, error(ys, y), stored);
    if (tile != DIRECT) {
        Geometry g = geometry(l, FORWARD, tile, threads, flags | RELU | PREPARED);
        Scratch prepared(e.preparedBytes(g));
        e.prepare(g, w.data(), prepared);
        forward.other = prepared.floats();
        gy = Image(Floats(ny, NAN), l.n, l.k, flags);
        forward.result = gy.data();
        run(FORWARD, RELU | PREPARED, forward);
        expect("forward, weights prepared", e, l, tile, threads, gy.floats() == ys ? 0 : 1, 0);
    }
    if (l.down == 1 && l.across == 1) {
        run(BACKWARD_DATA, 0, {dy.data(), w.data(), gdx.data(), nullptr, nullptr, nullptr, nullptr});
        expect("backward data", e, l, tile, threads, error(gdx.floats(), dx), stored);
    }
    run(BACKWARD_WEIGHTS, 0, {x.data(), dy.data(), gdw.data(), nullptr, nullptr, gdb.data(), nullptr});
    expect("backward weights", e, l, tile, threads, error(gdw, dw), limit);
    double sums = 0, off = 0; // sums that cancel are compared with their terms
    for (float d : dys) sums += std::fabs(d);
    for (int k = 0; k < l.k; k++) off = std::max(off, std::fabs(gdb[k] - db[k]));
    expect("backward bias", e, l, tile, threads, off / (sums / l.k), 1e-6);
    again = gdw;
    run(BACKWARD_WEIGHTS, 0, {x.data(), dy.data(), gdw.data(), nullptr, nullptr, gdb.data(), nullptr});
    expect("run again, backward weights", e, l, tile, threads, again == gdw ? 0 : 1, 0);
}

/** Results that are images do not depend on the number of threads: each is one sum in one order; nor do weights' gradients, directly. */
void checkThreads(const Engine& e, const Layer& l, int tile) {
    size_t nx = static_cast<size_t>(l.n) * l.h * l.w * l.c, ny = static_cast<size_t>(l.n) * l.oh() * l.ow() * l.k;
    auto x = fill(nx), dy = fill(ny), w = fill(l.weights());
    const char* names[] = {"other threads, forward", "other threads, backward data", "other threads, backward weights"};
    for (int pass = FORWARD; pass <= (tile == DIRECT ? BACKWARD_WEIGHTS : BACKWARD_DATA); pass++) {
        Floats first, got(pass == FORWARD ? ny : pass == BACKWARD_DATA ? nx : w.size());
        for (int threads = 1; threads <= 3; threads++) {
            Geometry g = geometry(l, pass, tile, threads, 0);
            Scratch scratch(e.scratchBytes(g));
            e.run(g, {pass == BACKWARD_DATA ? dy.data() : x.data(), pass == BACKWARD_WEIGHTS ? dy.data() : w.data(), got.data(),
                      nullptr, nullptr, nullptr, scratch});
            if (threads == 1) first = got;
            expect(names[pass], e, l, tile, threads, got == first ? 0 : 1, 0);
        }
    }
}

/** A source that is normalized while it is read gives the same bits as one that was normalized before; padding stays 0. */
void checkNormalized(const Engine& e, const Layer& l, int tile, int threads) {
    size_t nx = static_cast<size_t>(l.n) * l.h * l.w * l.c, ny = static_cast<size_t>(l.n) * l.oh() * l.ow() * l.k;
    auto x = fill(nx), dy = fill(ny), w = fill(l.weights()), mean = fill(l.c), factor = fill(l.c), shift = fill(l.c), z = x;
    for (size_t i = 0; i < nx; i++) z[i] = std::max(0.0f, std::fma(x[i] - mean[i % l.c], factor[i % l.c], shift[i % l.c]));
    const char* names[] = {"normalized, forward", "", "normalized, backward weights"};
    for (int pass : {FORWARD, BACKWARD_WEIGHTS}) {
        Geometry g = geometry(l, pass, tile, threads, 0);
        Floats want(pass == FORWARD ? ny : w.size(), NAN), got = want;
        Scratch scratch(e.scratchBytes(g));
        Arrays a{z.data(), pass == FORWARD ? w.data() : dy.data(), want.data(), nullptr, nullptr, nullptr, scratch};
        e.run(g, a);
        a.source = x.data();
        a.result = got.data();
        a.mean = mean.data();
        a.factor = factor.data();
        a.shift = shift.data();
        e.run(g, a);
        expect(names[pass], e, l, tile, threads, got == want ? 0 : 1, 0);
    }
}

/** Bf16 keeps infinity, signs and what is no number; halves go to even. */
void checkBf16(const Engine& e) {
    Floats x(16 * 16, 0), w(9 * 16 * 16, 0);
    const float special[] = {INFINITY, NAN, 1.00390625f, 1.01171875f, -1.00390625f, 3e38f, 1e-40f, -2.5f};
    for (int c = 0; c < 16; c++) w[(4 * 16 + c) * 16 + c] = 1; // the middle tap hands each channel through
    for (int c = 0; c < 8; c++) {
        Floats bias(16, 0);
        for (int k = 0; k < 16; k++) bias[k] = special[(k + c) % 8];
        Layer l{1, 16, 16, 4, 4, 1, 1, 1, 1};
        Image in(x, 1, 16, BF16), out(x, 1, 16, BF16);
        Geometry g = geometry(l, FORWARD, 2, 1, BF16);
        Scratch scratch(e.scratchBytes(g));
        e.run(g, {in.data(), w.data(), out.data(), bias.data(), nullptr, nullptr, scratch});
        auto got = out.floats();
        for (int k = 0; k < 16; k++) {
            float want = widened(bf16(bias[k]));
            bool same = std::isnan(want) ? std::isnan(got[k]) : got[k] == want;
            expect("bf16 of special numbers", e, l, 2, 1, same ? 0 : 1, 0);
        }
    }
}

/** What one image in each lane may meet: any window, step and number of channels, and images that are smaller than the window. */
void checkDirect(const Engine& e, int threads, int flags) {
    check(e, {1, 1, 1, 1, 1, 1, 1, 1, 1}, DIRECT, threads, flags);
    check(e, {128, 1, 6, 8, 7, 2, 2, 2, 2, 5, 5}, DIRECT, threads, flags);
    check(e, {40, 6, 16, 9, 8, 0, 0, 0, 0, 5, 5}, DIRECT, threads, flags);
    for (int c : {1, 2, 3, 8, 13, 20})
        for (int k : {1, 3, 6, 11, 16, 20}) check(e, {9, c, k, 5, 6, 1, 1, 1, 1}, DIRECT, threads, flags);
    for (int n : {1, 7, 8, 15, 16, 17, 33}) check(e, {n, 2, 5, 6, 4, 1, 1, 1, 1}, DIRECT, threads, flags);
    for (int high : {1, 2, 3, 5, 7})
        for (int wide : {1, 4, 7})
            for (int step = 1; step <= 3; step++)
                check(e, {3, 2, 3, 10, 9, high / 2, wide - 1, 0, wide / 3, high, wide, step, (step + 1) / 2}, DIRECT, threads, flags);
    check(e, {2, 2, 3, 1, 1, 3, 3, 3, 3, 7, 7}, DIRECT, threads, flags); // a window larger than the image
    check(e, {2, 3, 2, 2, 5, 4, 1, 4, 3, 7, 3}, DIRECT, threads, flags);
    check(e, {3, 4, 4, 3, 3, 3, 3, 3, 3, 2, 2}, DIRECT, threads, flags); // results that meet padding alone
    check(e, {3, 1, 2, 4, 3, 5, 4, 6, 7, 3, 2, 2, 3}, DIRECT, threads, flags);
    check(e, {2, 2, 2, 7, 11, 0, 0, 0, 0, 2, 2, 4, 5}, DIRECT, threads, flags); // pixels that no window meets
    check(e, {19, 3, 4, 40, 3, 2, 1, 1, 0, 4, 2}, DIRECT, threads, flags); // several bands
}

/** Any layer that the direct convolutions take. */
void checkRandomDirectly(const Engine& e, Shapes& any) {
    Layer l{any.size(40), any.size(24), any.size(24), any.size(20), any.size(20), 0, 0, 0, 0};
    l.high = any(1, 7), l.wide = any(1, 7);
    if (any.once(2)) l.down = any.size(9), l.across = any.size(9);
    if (any.once(2)) l.top = any(0, l.high + 1), l.left = any(0, l.wide + 1), l.bottom = any(0, l.high + 1), l.right = any(0, l.wide + 1);
    if (l.h + l.top + l.bottom < l.high) l.bottom = l.high - l.h - l.top;
    if (l.w + l.left + l.right < l.wide) l.left = l.wide - l.w - l.right;
    check(e, l, DIRECT, any(1, 5), any.once(2) ? BF16 : 0);
}

/** Any layer that Winograd's algorithm takes. */
void checkRandomTiles(const Engine& e, Shapes& any) {
    int tile = any.once(2) ? 2 : 4, threads = any(1, 5), flags = any.once(2) ? BF16 : 0, most = any.once(20) ? 400 : 70;
    Layer l{any(1, 5), any(1, most), any(1, most), any(1, 15), any(1, 15), any(0, 2), any(0, 2), any(0, 2), any(0, 2)};
    if (l.h + l.top + l.bottom < 3) l.top = l.bottom = 1;
    if (l.w + l.left + l.right < 3) l.left = l.right = 1;
    if (any.once(3)) {
        flags |= BLOCKED;
        l.c = (l.c + 15) / 16 * 16;
        l.k = (l.k + 15) / 16 * 16;
    } else if (flags == 0) {
        checkNormalized(e, l, tile, threads);
    }
    check(e, l, tile, threads, flags);
}

double milliseconds(const Engine& e, const Geometry& g, Arrays a) {
    double best = 1e30;
    for (int i = 0; i < 7; i++) {
        auto begin = std::chrono::steady_clock::now();
        e.run(g, a);
        best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    return best;
}

void time(const Engine& e, const Layer& l, int tile, int flags) {
    size_t nx = static_cast<size_t>(l.n) * l.h * l.w * l.c, ny = static_cast<size_t>(l.n) * l.oh() * l.ow() * l.k;
    auto x = fill(nx), w = fill(l.weights()), y = fill(ny);
    double flop = 0; // of taps that meet the image
    forEachTap(l, [&](size_t, size_t, int) { flop += 2.0 * l.c * l.k; });
    printf("%-6s %s F(%d) n%-3d c%-3d k%-3d %2dx%-2d %dx%d", e.name, flags & BF16 ? "bf16" : "f32 ", tile, l.n, l.c, l.k, l.h, l.w, l.high, l.wide);
    const char* names[] = {"forward", "data", "weights"};
    for (int pass = 0; pass < 3; pass++) {
        if (pass == BACKWARD_DATA && (l.down > 1 || l.across > 1)) continue;
        Geometry g = geometry(l, pass, tile, omp_get_max_threads(), flags);
        Arrays a = pass == FORWARD ? Arrays{x.data(), w.data(), y.data(), nullptr, nullptr, nullptr, nullptr}
                 : pass == BACKWARD_DATA ? Arrays{y.data(), w.data(), x.data(), nullptr, nullptr, nullptr, nullptr}
                                         : Arrays{x.data(), y.data(), w.data(), nullptr, nullptr, nullptr, nullptr};
        Scratch scratch(e.scratchBytes(g));
        a.scratch = scratch;
        double ms = milliseconds(e, g, a);
        printf("  %s %7.3f ms %5.0f GFLOP/s %5.1f MiB", names[pass], ms, flop / ms / 1e6, e.scratchBytes(g) / 1048576.0);
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
    const Layer timed[] = {{128, 16, 16, 32, 32, 1, 1, 1, 1}, {128, 32, 32, 16, 16, 1, 1, 1, 1}, {128, 64, 64, 8, 8, 1, 1, 1, 1},
                           {128, 64, 64, 32, 32, 1, 1, 1, 1}, {128, 64, 128, 16, 16, 1, 1, 1, 1}, {128, 128, 128, 16, 16, 1, 1, 1, 1},
                           {128, 256, 256, 8, 8, 1, 1, 1, 1}, {16, 64, 64, 56, 56, 1, 1, 1, 1}, {16, 128, 128, 28, 28, 1, 1, 1, 1},
                           {16, 256, 256, 14, 14, 1, 1, 1, 1}, {16, 512, 512, 7, 7, 1, 1, 1, 1}, {1, 64, 64, 56, 56, 1, 1, 1, 1}, {1, 128, 128, 28, 28, 1, 1, 1, 1}, {1, 256, 256, 14, 14, 1, 1, 1, 1}, {1, 512, 512, 7, 7, 1, 1, 1, 1}, {1, 16, 16, 32, 32, 1, 1, 1, 1}, {1, 32, 32, 16, 16, 1, 1, 1, 1},{1, 64, 64, 8, 8, 1, 1, 1, 1}};
    const Layer timedDirectly[] = {{128, 1, 6, 28, 28, 2, 2, 2, 2, 5, 5}, {128, 6, 16, 14, 14, 0, 0, 0, 0, 5, 5}, {128, 3, 16, 32, 32, 1, 1, 1, 1},
                                   {128, 3, 64, 32, 32, 1, 1, 1, 1}, {128, 1, 32, 28, 28, 1, 1, 1, 1}, {64, 64, 3, 32, 32, 1, 1, 1, 1}, {16, 3, 64, 224, 224, 3, 3, 3, 3, 7, 7, 2, 2}};
    for (const Engine* e : {&avx2, &avx512}) {
        if (!usable(*e)) {
            printf("%s: this processor lacks it, not tested\n", e->name);
            continue;
        }
        if (timing) {
            for (const Layer& l : timedDirectly)
                for (int flags : {0, static_cast<int>(BF16)}) time(*e, l, DIRECT, flags);
            for (const Layer& l : timed)
                for (int flags : {0, static_cast<int>(BF16), BF16 | BLOCKED}) time(*e, l, 4, flags);
            continue;
        }
        for (int i = 0; i < any.count; i++) {
            checkRandomDirectly(*e, any);
            checkRandomTiles(*e, any);
        }
        if (any.alone) continue;
        checkBf16(*e);
        for (int threads : {1, 3}) {
            for (int flags : {0, static_cast<int>(BF16)}) checkDirect(*e, threads, flags);
        }
        checkThreads(*e, {35, 2, 7, 19, 11, 1, 2, 3, 0, 5, 4}, DIRECT);
        checkThreads(*e, {3, 9, 20, 21, 5, 1, 1, 1, 1}, DIRECT);
        for (int tile : {2, 4}) {
            for (int threads : {1, 2, 3}) {
                for (int flags : {0, static_cast<int>(BF16)}) {
                    for (int c : {1, 3, 16, 20, 33})
                        for (int k : {1, 8, 17, 32, 40}) check(*e, {2, c, k, 9, 7, 1, 1, 1, 1}, tile, threads, flags);
                    check(*e, {1, 16, 16, 3, 3, 0, 0, 0, 0}, tile, threads, flags);
                    check(*e, {2, 32, 48, 7, 9, 1, 0, 2, 1}, tile, threads, flags | BLOCKED);
                    check(*e, {1, 16, 16, 5, 4, 1, 1, 1, 1}, tile, threads, flags | BLOCKED);
                }
                for (int pad = 0; pad < 9; pad++)
                    check(*e, {1, 5, 19, 6, 11, pad % 3, pad / 3, (pad + 1) % 3, 2}, tile, threads, 0);
            }
            check(*e, {1, 400, 400, 4, 5, 1, 1, 1, 1}, tile, 2, BF16 | BLOCKED);
            check(*e, {2, 256, 260, 8, 9, 1, 1, 1, 1}, tile, 2, 0);
            for (int c : {1, 16, 20, 33}) checkNormalized(*e, {2, c, 17, 9, 7, 1, 1, 1, 1}, tile, 2);
            checkNormalized(*e, {2, 20, 24, 6, 11, 0, 2, 1, 0}, tile, 3);
            checkNormalized(*e, {1, 256, 600, 7, 5, 1, 1, 1, 1}, tile, 2);
            checkNormalized(*e, {1, 256, 256, 7, 5, 1, 1, 1, 1}, tile, 1);
            checkThreads(*e, {3, 20, 40, 11, 13, 1, 1, 1, 1}, tile);
            checkThreads(*e, {1, 400, 400, 6, 5, 1, 1, 1, 1}, tile);
        }
    }
    if (failures == 0 && !timing) printf("%d cases passed\n", cases);
    return failures ? 1 : 0;
}
