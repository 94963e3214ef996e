// Gradients of weights by dot products of bf16 against plain loops in double: windows, strides, dilations, padding, odd sizes and
// numbers of images, both orders of x.
// usage: weight_dots_test         exits with 1 and says what differs, or prints how many cases passed
//        weight_dots_test random COUNT [SEED]    shapes.h
//        weight_dots_test time    layers of the usual networks: milliseconds, and GFLOP/s of the direct algorithm
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

std::mt19937 random_(5);
int failures = 0, cases = 0;

float widened(uint16_t half) {
    uint32_t bits = static_cast<uint32_t>(half) << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/** Numbers around 1 with either sign. */
Guarded<uint16_t> fill(size_t n) {
    Guarded<uint16_t> v(n);
    for (uint16_t& h : v) h = static_cast<uint16_t>(0x3f00 + random_() % 0x100 + (random_() % 2 << 15));
    return v;
}

/** Where a channel of a pixel lies. */
size_t place(bool blocked, int channels, int pixels, int n, int pixel, int c) {
    if (!blocked) return (static_cast<size_t>(n) * channels + c) * pixels + pixel;
    return ((static_cast<size_t>(n) * (channels / 16) + c / 16) * pixels + pixel) * 16 + c % 16;
}

size_t placeOfWeight(const DotGeometry& g, int tap, int c, int k) {
    int taps = g.kernelHeight * g.kernelWidth;
    if (!(g.flags & BLOCKED)) return ((static_cast<size_t>(k / 16) * taps + tap) * g.c + c) * 16 + k % 16;
    return (((static_cast<size_t>(k / 16) * (g.c / 16) + c / 16) * taps + tap) * 16 + c % 16) * 16 + k % 16;
}

DotGeometry layer(int n, int c, int k, int h, int w, int kernel, int stride, int dilation, int pad, int threads, int flags) {
    int reach = (kernel - 1) * dilation + 1;
    return {n, c, k, h, w, (h + 2 * pad - reach) / stride + 1, (w + 2 * pad - reach) / stride + 1, kernel, kernel, stride, stride,
            dilation, dilation, pad, pad, threads, flags};
}

/** What memory may hold, aligned like the library's: vectors are not. */
struct Weights {
    Scratch memory;
    float* data;
    size_t size;
    explicit Weights(size_t size) : memory(size * sizeof(float)), data(memory), size(size) {}
    bool operator==(const Weights& w) const { return memcmp(data, w.data, size * sizeof(float)) == 0; }
};

Weights computed(const DotGeometry& g, const Guarded<uint16_t>& x, const Guarded<uint16_t>& dy) {
    Weights dw(static_cast<size_t>(g.kernelHeight) * g.kernelWidth * g.c * g.k);
    Scratch scratch(weightDots.scratchBytes(g));
    weightDots.run(g, {x.data(), dy.data(), dw.data, scratch});
    return dw;
}

void fail(const DotGeometry& g, const char* what, double error) {
    failures++;
    printf("%s: n%d c%d k%d %dx%d to %dx%d, window %dx%d, strides %d %d, dilation %d %d, padding %d %d, threads %d, flags %d: %g\n", what,
           g.images, g.c, g.k, g.height, g.width, g.outHeight, g.outWidth, g.kernelHeight, g.kernelWidth, g.strideHeight, g.strideWidth,
           g.dilationHeight, g.dilationWidth, g.top, g.left, g.threads, g.flags, error);
}

void check(const DotGeometry& g) {
    int inside = g.height * g.width, outside = g.outHeight * g.outWidth;
    auto x = fill(static_cast<size_t>(g.images) * inside * g.c), dy = fill(static_cast<size_t>(g.images) * outside * g.k);
    Weights got = computed(g, x, dy);
    double error = 0, size = 0;
    for (int tap = 0; tap < g.kernelHeight * g.kernelWidth; tap++)
        for (int c = 0; c < g.c; c++)
            for (int k = 0; k < g.k; k++) {
                double sum = 0;
                for (int n = 0; n < g.images; n++)
                    for (int o = 0; o < outside; o++) {
                        int i = o / g.outWidth * g.strideHeight + tap / g.kernelWidth * g.dilationHeight - g.top;
                        int j = o % g.outWidth * g.strideWidth + tap % g.kernelWidth * g.dilationWidth - g.left;
                        if (i < 0 || i >= g.height || j < 0 || j >= g.width) continue;
                        sum += static_cast<double>(widened(x[place(g.flags & BLOCKED, g.c, inside, n, i * g.width + j, c)])) *
                               widened(dy[place(true, g.k, outside, n, o, k)]);
                    }
                double off = got.data[placeOfWeight(g, tap, c, k)] - sum;
                if (sum == 0 && off == 0) continue;
                error = std::isnan(off) ? NAN : error + off * off;
                size += sum * sum;
            }
    cases++;
    error = std::sqrt(error / (size + 1e-30));
    if (!(error < 2e-6)) fail(g, "error", error);
    cases++;
    if (!(computed(g, x, dy) == got)) fail(g, "other bits when run again", 0);
}

void time(const DotGeometry& g) {
    auto x = fill(static_cast<size_t>(g.images) * g.height * g.width * g.c);
    auto dy = fill(static_cast<size_t>(g.images) * g.outHeight * g.outWidth * g.k);
    Weights dw(static_cast<size_t>(g.kernelHeight) * g.kernelWidth * g.c * g.k);
    Scratch scratch(weightDots.scratchBytes(g));
    double best = 1e30;
    for (int i = 0; i < 9; i++) {
        auto begin = std::chrono::steady_clock::now();
        weightDots.run(g, {x.data(), dy.data(), dw.data, scratch});
        best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    double flop = 2.0 * g.images * g.outHeight * g.outWidth * g.k * g.c * g.kernelHeight * g.kernelWidth;
    printf("n%-3d c%-3d k%-3d %3dx%-3d window %d stride %d %8.3f ms %5.0f GFLOP/s %5.1f MiB\n", g.images, g.c, g.k, g.height, g.width,
           g.kernelHeight, g.strideHeight, best, flop / best / 1e6,
           weightDots.scratchBytes(g) / 1048576.0);
}

/** Any layer: the padding behind follows from the sizes of the result. */
void checkRandom(Shapes& any) {
    bool blocked = any.once(2);
    DotGeometry g{any.size(12), 0, 16 * any(1, 5), any.size(30), any.size(30), 0, 0, any(1, 7), any(1, 7), 1, 1, 1, 1, 0, 0, any(1, 5),
                  blocked ? BLOCKED : 0};
    g.c = blocked ? 16 * any(1, 4) : any(1, 9);
    if (any.once(2)) g.strideHeight = any.size(12), g.strideWidth = any.size(12);
    if (any.once(3)) g.dilationHeight = any(1, 4), g.dilationWidth = blocked ? any(1, 4) : 1;
    int high = (g.kernelHeight - 1) * g.dilationHeight + 1, wide = (g.kernelWidth - 1) * g.dilationWidth + 1;
    if (any.once(2)) g.top = any(0, high + 1), g.left = any(0, wide + 1);
    int down = g.height + g.top + (any.once(2) ? any(0, high + 1) : 0) - high;
    int across = g.width + g.left + (any.once(2) ? any(0, wide + 1) : 0) - wide;
    g.outHeight = down < 0 ? 1 : down / g.strideHeight + 1;
    g.outWidth = across < 0 ? 1 : across / g.strideWidth + 1;
    check(g);
}

} // namespace

int main(int argc, char** argv) {
    Shapes any(argc, argv, 60);
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx512bf16")) {
        printf("weights by dots: this processor lacks avx512_bf16, not tested; 0 cases passed\n");
        return 0;
    }
    if (argc > 1 && !any.alone) {
        const char* set = getenv("OMP_NUM_THREADS");
        int threads = set ? atoi(set) : 2;
        time(layer(16, 512, 512, 7, 7, 3, 1, 1, 1, threads, BLOCKED));
        time(layer(16, 256, 512, 14, 14, 3, 2, 1, 1, threads, BLOCKED));
        time(layer(16, 128, 256, 28, 28, 3, 2, 1, 1, threads, BLOCKED));
        time(layer(16, 64, 128, 56, 56, 3, 2, 1, 1, threads, BLOCKED));
        time(layer(16, 256, 512, 14, 14, 1, 2, 1, 0, threads, BLOCKED));
        time(layer(16, 128, 256, 28, 28, 1, 2, 1, 0, threads, BLOCKED));
        time(layer(16, 64, 128, 56, 56, 1, 2, 1, 0, threads, BLOCKED));
        time(layer(16, 256, 256, 14, 14, 3, 1, 1, 1, threads, BLOCKED));
        time(layer(16, 128, 128, 28, 28, 3, 1, 1, 1, threads, BLOCKED));
        time(layer(16, 64, 64, 56, 56, 3, 1, 1, 1, threads, BLOCKED));
        time(layer(128, 16, 32, 32, 32, 3, 2, 1, 1, threads, BLOCKED));
        time(layer(128, 32, 64, 16, 16, 3, 2, 1, 1, threads, BLOCKED));
        time(layer(16, 32, 16, 112, 112, 1, 1, 1, 0, threads, BLOCKED));
        time(layer(16, 16, 96, 112, 112, 1, 1, 1, 0, threads, BLOCKED));
        time(layer(16, 96, 576, 14, 14, 1, 1, 1, 0, threads, BLOCKED));
        time(layer(16, 960, 160, 7, 7, 1, 1, 1, 0, threads, BLOCKED));
        time(layer(16, 320, 1280, 7, 7, 1, 1, 1, 0, threads, BLOCKED));
        time(layer(16, 3, 64, 224, 224, 7, 2, 1, 3, threads, 0));
        time(layer(16, 3, 32, 224, 224, 3, 2, 1, 1, threads, 0));
        time(layer(128, 3, 16, 32, 32, 3, 1, 1, 1, threads, 0));
        time(layer(128, 3, 64, 32, 32, 3, 1, 1, 1, threads, 0));
        return 0;
    }
    for (int i = 0; i < any.count; i++) checkRandom(any);
    for (int threads : {1, 2, 3}) {
        if (any.alone) break;
        for (int n : {1, 2, 5}) {
            for (int flags : {0, static_cast<int>(BLOCKED)}) {
                int c = flags & BLOCKED ? 32 : n == 2 ? 1 : 3;
                check(layer(n, c, 48, 9, 11, 3, 2, 1, 1, threads, flags));
                check(layer(n, c, 16, 8, 7, 1, 2, 1, 0, threads, flags)); // of every second pixel
                check(layer(n, c, 32, 7, 9, 1, 3, 1, 0, threads, flags)); // pixels behind the last
                check(layer(n, c, 16, 5, 6, 1, 1, 1, 0, threads, flags));
                check(layer(n, c, 32, 6, 5, 1, 2, 1, 1, threads, flags)); // a single tap that meets padding
                check(layer(n, c, 16, 13, 12, 7, 2, 1, 3, threads, flags));
                check(layer(n, c, 16, 2, 1, 5, 1, 1, 2, threads, flags)); // taps that meet nothing
                check({n, c, 16, 9, 6, 5, 5, 3, 2, 2, 1, 1, 1, 2, 0, threads, flags});
                check({n, c, 32, 7, 12, 6, 5, 1, 5, 2, 2, 1, 1, 2, 1, threads, flags});
            }
            check(layer(n, 32, 80, 12, 11, 3, 1, 2, 2, threads, BLOCKED));
            check(layer(n, 5, 32, 9, 10, 5, 1, 1, 2, threads, 0));
        }
        check({3, 16, 16, 91, 100, 90, 100, 2, 1, 1, 1, 1, 1, 0, 0, threads, BLOCKED}); // rows of an image at a time
        check(layer(9, 16, 32, 30, 38, 2, 1, 1, 0, threads, BLOCKED)); // some images at a time
        check({3, 2, 32, 100, 99, 99, 100, 2, 2, 1, 1, 1, 1, 0, 1, threads, 0});
    }
    if (failures == 0) printf("%d cases passed\n", cases);
    return failures ? 1 : 0;
}
