// The gradient of maximum pooling against plain loops: windows that fill the image and that do not, padding, odd sizes, both orders
// and storage types, both instruction sets.
// usage: max_pool_test         exits with 1 and says what differs, or prints how many cases passed
//        max_pool_test random COUNT [SEED]    shapes.h
//        max_pool_test time    sizes of the usual networks: milliseconds, and GB/s of what must be read and written
#include "../kernels.h"
#include "guarded.h"
#include "shapes.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

using namespace voluta;

namespace {

std::mt19937 random_(3);
int failures = 0, cases = 0;

/** Where pixel p and channel c of image n lie. */
size_t place(const PoolGeometry& g, int pixels, int n, int p, int c) {
    if (!(g.flags & BLOCKED)) return (static_cast<size_t>(n) * pixels + p) * g.channels + c;
    return ((static_cast<size_t>(n) * ((g.channels + 15) / 16) + c / 16) * pixels + p) * 16 + c % 16;
}

/** Small integers, which bf16 holds and which add up exactly. */
struct Image {
    Guarded<char> bytes;
    bool half;
    Image(const PoolGeometry& g, int pixels, int byte)
        : bytes(static_cast<size_t>(g.images) * pixels * (g.flags & BLOCKED ? (g.channels + 15) / 16 * 16 : g.channels) *
                    (g.flags & BF16 ? 2 : 4),
                static_cast<char>(byte)),
          half(g.flags & BF16) {}
    void set(size_t at, float f) {
        if (half) memcpy(&bytes[2 * at], reinterpret_cast<char*>(&f) + 2, 2);
        else memcpy(&bytes[4 * at], &f, 4);
    }
    float get(size_t at) const {
        float f = 0;
        if (half) memcpy(reinterpret_cast<char*>(&f) + 2, &bytes[2 * at], 2);
        else memcpy(&f, &bytes[4 * at], 4);
        return f;
    }
};

void check(const Engine& e, const PoolGeometry& g) {
    int pixels = g.outHeight * g.outWidth, inside = g.height * g.width;
    Image dy(g, pixels, 0), dx(g, inside, 0xff);
    Guarded<uint8_t> winners(dy.bytes.size() / (g.flags & BF16 ? 2 : 4), 0);
    Floats want(static_cast<size_t>(g.images) * inside * g.channels, 0);
    for (int n = 0; n < g.images; n++)
        for (int p = 0; p < pixels; p++)
            for (int c = 0; c < g.channels; c++) {
                int y, x, tap;
                do { // a tap that lies in the image, as the largest does
                    tap = random_() % (g.kernelHeight * g.kernelWidth);
                    y = p / g.outWidth * g.strideHeight - g.top + tap / g.kernelWidth;
                    x = p % g.outWidth * g.strideWidth - g.left + tap % g.kernelWidth;
                } while (y < 0 || y >= g.height || x < 0 || x >= g.width);
                float f = static_cast<float>(static_cast<int>(random_() % 15) - 7);
                size_t at = place(g, pixels, n, p, c);
                dy.set(at, f);
                winners[at] = static_cast<uint8_t>(tap);
                want[(static_cast<size_t>(n) * inside + y * g.width + x) * g.channels + c] += f;
            }
    e.maxPoolBackward(g, {dy.bytes.data(), winners.data(), dx.bytes.data()});
    cases++;
    for (size_t i = 0; i < want.size(); i++) {
        int c = i % g.channels, p = i / g.channels % inside, n = i / g.channels / inside;
        float got = dx.get(place(g, inside, n, p, c));
        if (got == want[i]) continue;
        failures++;
        printf("%s n%d c%d %dx%d to %dx%d, window %dx%d, stride %d %d, flags %d: %g instead of %g at image %d pixel %d channel %d\n",
               e.name, g.images, g.channels, g.height, g.width, g.outHeight, g.outWidth, g.kernelHeight, g.kernelWidth,
               g.strideHeight, g.strideWidth, g.flags, got, want[i], n, p, c);
        return;
    }
}

/** Any windows that do not overlap, each of which meets the image. */
void checkRandom(const Engine& e, Shapes& any) {
    const int orders[] = {0, BF16, BLOCKED, BF16 | BLOCKED};
    PoolGeometry g{any(1, 4), any.size(70), any.size(30), any.size(30), 0, 0, any(1, 15), any(1, 15), 0, 0, 0, 0, any(1, 5), orders[any(0, 3)]};
    g.strideHeight = g.kernelHeight + (any.once(2) ? any(0, 4) : 0);
    g.strideWidth = g.kernelWidth + (any.once(2) ? any(0, 4) : 0);
    if (any.once(2)) g.top = any(0, g.kernelHeight - 1), g.left = any(0, g.kernelWidth - 1);
    // as many windows as begin in the image, or one less, if that leaves any
    g.outHeight = (g.height + g.top - 1) / g.strideHeight + 1;
    g.outWidth = (g.width + g.left - 1) / g.strideWidth + 1;
    if (g.outHeight > 1 && any.once(2)) g.outHeight--;
    if (g.outWidth > 1 && any.once(2)) g.outWidth--;
    check(e, g);
}

void time(const Engine& e, const PoolGeometry& g) {
    Image dy(g, g.outHeight * g.outWidth, 0), dx(g, g.height * g.width, 0);
    Guarded<uint8_t> winners(dy.bytes.size(), 0);
    double best = 1e30;
    for (int i = 0; i < 7; i++) {
        auto begin = std::chrono::steady_clock::now();
        e.maxPoolBackward(g, {dy.bytes.data(), winners.data(), dx.bytes.data()});
        best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    double bytes = dx.bytes.size() + dy.bytes.size() + dy.bytes.size() / (g.flags & BF16 ? 2.0 : 4.0);
    printf("%-6s %s n%-3d c%-3d %3dx%-3d window %d stride %d  %8.3f ms %6.1f GB/s\n", e.name, g.flags & BF16 ? "bf16" : "f32 ",
           g.images, g.channels, g.height, g.width, g.kernelHeight, g.strideHeight, best, bytes / best / 1e6);
}

bool usable(const Engine& e) {
    __builtin_cpu_init();
    return &e == &avx512 ? __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") : __builtin_cpu_supports("avx2");
}

} // namespace

int main(int argc, char** argv) {
    Shapes any(argc, argv, 100);
    bool timing = argc > 1 && !any.alone;
    for (const Engine* e : {&avx2, &avx512}) {
        if (!usable(*e)) {
            printf("%s: this processor lacks it, not tested\n", e->name);
            continue;
        }
        if (timing) {
            for (int flags : {0, static_cast<int>(BF16)}) {
                time(*e, {128, 6, 28, 28, 14, 14, 2, 2, 2, 2, 0, 0, 2, flags});
                time(*e, {128, 16, 10, 10, 5, 5, 2, 2, 2, 2, 0, 0, 2, flags});
                time(*e, {128, 64, 32, 32, 16, 16, 2, 2, 2, 2, 0, 0, 2, flags});
                time(*e, {128, 128, 16, 16, 8, 8, 2, 2, 2, 2, 0, 0, 2, flags});
            }
            continue;
        }
        for (int i = 0; i < any.count; i++) checkRandom(*e, any);
        if (any.alone) continue;
        for (int flags : {0, static_cast<int>(BF16), static_cast<int>(BLOCKED), BF16 | BLOCKED}) {
            for (int c : {1, 6, 16, 19, 32, 40}) {
                for (int threads : {1, 3}) {
                    check(*e, {2, c, 10, 8, 5, 4, 2, 2, 2, 2, 0, 0, threads, flags});
                    check(*e, {2, c, 11, 9, 5, 4, 2, 2, 2, 2, 0, 0, threads, flags}); // a row and a column in no window
                    check(*e, {1, c, 9, 12, 5, 6, 2, 2, 2, 2, 1, 0, threads, flags});
                    check(*e, {1, c, 10, 13, 4, 3, 2, 3, 3, 4, 1, 0, threads, flags}); // gaps between windows
                    check(*e, {1, c, 8, 8, 3, 3, 3, 3, 3, 3, 0, 0, threads, flags}); // the last windows hang over
                }
            }
        }
    }
    if (failures == 0 && !timing) printf("%d cases passed\n", cases);
    return failures ? 1 : 0;
}
