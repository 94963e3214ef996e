// Winograd convolutions against plain loops in double: odd sizes, every padding, both tiles, both instruction sets.
// usage: winograd_test          exits with 1 and says what differs, or prints how many cases passed
//        winograd_test time     images, channels and sizes of the usual networks: milliseconds and equivalent GFLOP/s
#include "../winograd.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

using namespace voluta;

namespace {

std::mt19937 random_(7);

std::vector<float> fill(size_t n) {
    std::normal_distribution<float> normal;
    std::vector<float> v(n);
    for (float& x : v) x = normal(random_);
    return v;
}

/** The layer: x [n, h, w, c], weights [3, 3, c, k], y [n, oh, ow, k]. */
struct Layer {
    int n, c, k, h, w, top, left, bottom, right;
    int oh() const { return h + top + bottom - 2; }
    int ow() const { return w + left + right - 2; }
};

template <class Body> void forEachTap(const Layer& l, const Body& body) {
    for (int n = 0; n < l.n; n++)
        for (int i = 0; i < l.oh(); i++)
            for (int j = 0; j < l.ow(); j++)
                for (int a = 0; a < 3; a++)
                    for (int b = 0; b < 3; b++) {
                        int y = i + a - l.top, x = j + b - l.left;
                        if (y < 0 || y >= l.h || x < 0 || x >= l.w) continue;
                        body((static_cast<size_t>(n) * l.h + y) * l.w + x, (static_cast<size_t>(n) * l.oh() + i) * l.ow() + j, a * 3 + b);
                    }
}

float* aligned(size_t bytes) {
    void* p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    memset(p, 0xff, bytes); // NaN: what is read before it is written shows
    return static_cast<float*>(p);
}

Geometry geometry(const Layer& l, int pass, int tile, int threads, int flags) {
    if (pass == BACKWARD_DATA)
        return {pass, tile, l.n, l.k, l.c, l.oh(), l.ow(), l.h, l.w, 2 - l.top, 2 - l.left, threads, flags};
    return {pass, tile, l.n, l.c, l.k, l.h, l.w, l.oh(), l.ow(), l.top, l.left, threads, flags};
}

/** Relative error in the norm of all elements. */
double error(const std::vector<float>& got, const std::vector<double>& want) {
    double d = 0, s = 0;
    for (size_t i = 0; i < want.size(); i++) {
        if (std::isnan(got[i])) return NAN;
        d += (got[i] - want[i]) * (got[i] - want[i]);
        s += want[i] * want[i];
    }
    return std::sqrt(d / (s + 1e-30));
}

int failures = 0, cases = 0;

void expect(const char* what, const Engine& e, const Layer& l, int tile, int threads, double error, double limit) {
    cases++;
    if (error <= limit) return;
    failures++;
    printf("%s F(%d) %s n%d c%d k%d %dx%d padding %d %d %d %d, %d threads: error %.2e above %.2e\n", what, tile, e.name, l.n,
           l.c, l.k, l.h, l.w, l.top, l.left, l.bottom, l.right, threads, error, limit);
}

void check(const Engine& e, const Layer& l, int tile, int threads) {
    size_t nx = static_cast<size_t>(l.n) * l.h * l.w * l.c, ny = static_cast<size_t>(l.n) * l.oh() * l.ow() * l.k;
    auto x = fill(nx), w = fill(static_cast<size_t>(9) * l.c * l.k), dy = fill(ny), bias = fill(l.k), residual = fill(ny);
    std::vector<double> y(ny), dx(nx), dw(w.size()), db(l.k);
    forEachTap(l, [&](size_t px, size_t py, int tap) {
        for (int c = 0; c < l.c; c++)
            for (int k = 0; k < l.k; k++) {
                size_t at = (static_cast<size_t>(tap) * l.c + c) * l.k + k;
                y[py * l.k + k] += static_cast<double>(x[px * l.c + c]) * w[at];
                dx[px * l.c + c] += static_cast<double>(dy[py * l.k + k]) * w[at];
                dw[at] += static_cast<double>(x[px * l.c + c]) * dy[py * l.k + k];
            }
    });
    for (size_t p = 0; p < ny; p++) {
        db[p % l.k] += dy[p];
        y[p] = std::max(0.0, y[p] + bias[p % l.k] + residual[p]);
    }
    double limit = tile == 4 ? 2e-5 : 5e-6;
    std::vector<float> gy(ny, NAN), gdx(nx, NAN), gdw(w.size(), NAN), gdb(l.k, NAN), again;
    auto run = [&](int pass, int flags, Arrays a) {
        Geometry g = geometry(l, pass, tile, threads, flags);
        a.scratch = aligned(e.scratchBytes(g));
        e.run(g, a);
        free(a.scratch);
    };
    run(FORWARD, RELU, {x.data(), w.data(), gy.data(), bias.data(), residual.data(), nullptr, nullptr});
    expect("forward", e, l, tile, threads, error(gy, y), limit);
    run(BACKWARD_DATA, 0, {dy.data(), w.data(), gdx.data(), nullptr, nullptr, nullptr, nullptr});
    expect("backward data", e, l, tile, threads, error(gdx, dx), limit);
    run(BACKWARD_WEIGHTS, 0, {x.data(), dy.data(), gdw.data(), nullptr, nullptr, gdb.data(), nullptr});
    expect("backward weights", e, l, tile, threads, error(gdw, dw), limit);
    double sums = 0, off = 0; // sums that cancel are compared with their terms
    for (float d : dy) sums += std::fabs(d);
    for (int k = 0; k < l.k; k++) off = std::max(off, std::fabs(gdb[k] - db[k]));
    expect("backward bias", e, l, tile, threads, off / (sums / l.k), 1e-6);
    again = gdw;
    run(BACKWARD_WEIGHTS, 0, {x.data(), dy.data(), gdw.data(), nullptr, nullptr, gdb.data(), nullptr});
    expect("run again, backward weights", e, l, tile, threads, again == gdw ? 0 : 1, 0);
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

void time(const Engine& e, const Layer& l, int tile) {
    size_t nx = static_cast<size_t>(l.n) * l.h * l.w * l.c, ny = static_cast<size_t>(l.n) * l.oh() * l.ow() * l.k;
    auto x = fill(nx), w = fill(static_cast<size_t>(9) * l.c * l.k), y = fill(ny);
    double flop = 2.0 * 9 * l.c * ny;
    printf("%-6s F(%d) n%-3d c%-3d k%-3d %2dx%-2d", e.name, tile, l.n, l.c, l.k, l.h, l.w);
    const char* names[] = {"forward", "data", "weights"};
    for (int pass = 0; pass < 3; pass++) {
        Geometry g = geometry(l, pass, tile, 2, 0);
        Arrays a = pass == FORWARD ? Arrays{x.data(), w.data(), y.data(), nullptr, nullptr, nullptr, nullptr}
                 : pass == BACKWARD_DATA ? Arrays{y.data(), w.data(), x.data(), nullptr, nullptr, nullptr, nullptr}
                                         : Arrays{x.data(), y.data(), w.data(), nullptr, nullptr, nullptr, nullptr};
        a.scratch = aligned(e.scratchBytes(g));
        double ms = milliseconds(e, g, a);
        printf("  %s %7.3f ms %5.0f GFLOP/s %5.1f MiB", names[pass], ms, flop / ms / 1e6, e.scratchBytes(g) / 1048576.0);
        free(a.scratch);
    }
    printf("\n");
}

bool usable(const Engine& e) {
    __builtin_cpu_init();
    return &e == &avx512 ? __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") : __builtin_cpu_supports("avx2");
}

} // namespace

int main(int argc, char**) {
    const Layer timed[] = {{128, 16, 16, 32, 32, 1, 1, 1, 1}, {128, 32, 32, 16, 16, 1, 1, 1, 1}, {128, 64, 64, 8, 8, 1, 1, 1, 1},
                           {128, 64, 64, 32, 32, 1, 1, 1, 1}, {128, 64, 128, 16, 16, 1, 1, 1, 1}, {128, 128, 128, 16, 16, 1, 1, 1, 1},
                           {128, 256, 256, 8, 8, 1, 1, 1, 1}, {16, 64, 64, 56, 56, 1, 1, 1, 1}, {16, 128, 128, 28, 28, 1, 1, 1, 1},
                           {16, 256, 256, 14, 14, 1, 1, 1, 1}, {16, 512, 512, 7, 7, 1, 1, 1, 1}, {1, 64, 64, 56, 56, 1, 1, 1, 1}, {1, 128, 128, 28, 28, 1, 1, 1, 1}, {1, 256, 256, 14, 14, 1, 1, 1, 1}, {1, 512, 512, 7, 7, 1, 1, 1, 1}, {1, 16, 16, 32, 32, 1, 1, 1, 1}, {1, 32, 32, 16, 16, 1, 1, 1, 1},{1, 64, 64, 8, 8, 1, 1, 1, 1}};
    for (const Engine* e : {&avx2, &avx512}) {
        if (!usable(*e)) {
            printf("%s: this processor lacks it, not tested\n", e->name);
            continue;
        }
        if (argc > 1) {
            for (const Layer& l : timed) time(*e, l, 4);
            continue;
        }
        for (int tile : {2, 4}) {
            for (int threads : {1, 2, 3}) {
                for (int c : {1, 3, 16, 20, 33})
                    for (int k : {1, 8, 17, 32, 40}) check(*e, {2, c, k, 9, 7, 1, 1, 1, 1}, tile, threads);
                for (int pad = 0; pad < 9; pad++) check(*e, {1, 5, 19, 6, 11, pad % 3, pad / 3, (pad + 1) % 3, 2}, tile, threads);
                check(*e, {1, 16, 16, 3, 3, 0, 0, 0, 0}, tile, threads);
            }
            check(*e, {1, 400, 400, 4, 5, 1, 1, 1, 1}, tile, 2);
            check(*e, {2, 256, 260, 8, 9, 1, 1, 1, 1}, tile, 2);
        }
    }
    if (failures == 0 && argc == 1) printf("%d cases passed\n", cases);
    return failures ? 1 : 0;
}
