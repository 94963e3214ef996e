// Kernels that know channels: layer and group normalization, padding, prelu.
#include "testing.h"

#include "group_normalization.cu"
#include "layer_normalization.cu"
#include "padding.cu"
#include "prelu.cu"

// of reduction.cu, which reductions.cpp includes: they end the sums of gradients
extern "C" void reduce_rows_f32_f32(const float* x, float* y, long long n, int parts, float scale);
extern "C" void reduce_columns_f32_f32(const float* x, float* y, long long n, long long inner, int parts, float scale);

namespace testing {
namespace {

const dim3 WARP_PER_ROW(32, 8), BLOCK_PER_ROW(96, 1);
constexpr float EPSILON = 1e-5f;

void sumColumns(const float* x, float* y, long long n, long long inner) {
    emulation::launch(static_cast<unsigned>((inner + 31) / 32), WARP_PER_ROW, [&] { reduce_columns_f32_f32(x, y, n, inner, 1, 1); });
}

/** Runs [runs, n] whose element i of a run has parameter index(run, i): layer and group normalization in double. */
struct Normalization {
    long long runs, n, parameters;
    std::function<long long(long long run, long long i)> index;
    double tolerance; // of y and dx: grows with the mean, which is stored as a float
    std::vector<double> mean = {}, variance = {}, dscale = {}, dshift = {}, sum = {}, product = {};

    template <class T> void compute(const Memory<T>& x, const Memory<float>& scale, const Memory<T>& dy) {
        mean.assign(runs, 0);
        variance = sum = product = mean;
        dscale.assign(parameters, 0);
        dshift = dscale;
        for (long long r = 0; r < runs; r++) {
            for (long long i = 0; i < n; i++) mean[r] += x.at(r * n + i) / static_cast<double>(n);
            for (long long i = 0; i < n; i++) variance[r] += std::pow(x.at(r * n + i) - mean[r], 2) / static_cast<double>(n);
            for (long long i = 0; i < n; i++) {
                double d = dy.at(r * n + i), g = d * scale.at(index(r, i)), xHat = normalized(x, r * n + i);
                sum[r] += g / static_cast<double>(n);
                product[r] += g * xHat / static_cast<double>(n);
                dshift[index(r, i)] += d;
                dscale[index(r, i)] += d * xHat;
            }
        }
    }

    double inverse(long long r) const { return 1 / std::sqrt(variance[r] + static_cast<double>(EPSILON)); }

    template <class T> double normalized(const Memory<T>& x, long long at) const {
        return (x.at(at) - mean[at / n]) * inverse(at / n);
    }

    template <class T>
    void compareAll(const Memory<T>& x, const Memory<float>& scale, const Memory<float>& shift, const Memory<T>& dy,
                    const Memory<T>& y, const Memory<T>& dx, const Memory<float>& gotMean, const Memory<float>& gotVariance,
                    const Memory<float>& gotDscale, const Memory<float>& gotDshift) const {
        compare("mean", gotMean, 1e-5, [&](long long r) { return mean[r]; });
        compare("variance", gotVariance, 1e-5, [&](long long r) { return variance[r]; });
        compare("y", y, tolerance, [&](long long i) {
            return normalized(x, i) * scale.at(index(i / n, i % n)) + shift.at(index(i / n, i % n));
        });
        compare("dx", dx, tolerance, [&](long long i) {
            long long r = i / n;
            return (dy.at(i) * scale.at(index(r, i % n)) - sum[r] - normalized(x, i) * product[r]) * inverse(r);
        });
        compare("dscale", gotDscale, 2e-4, [&](long long i) { return dscale[i]; });
        compare("dshift", gotDshift, 2e-4, [&](long long i) { return dshift[i]; });
    }
};

template <class T> void layerNormalization(long long rows, long long n, int parts, double center, dim3 block) {
    test(text(std::string("layer normalization ") + typeName<T>(), {rows, n, parts, block.x}), [&] {
        Memory<T> x(rows * n), dy(rows * n), y(rows * n), dx(rows * n);
        Memory<float> scale(n), shift(n), mean(rows), variance(rows), dscale(n), dshift(n), scales(parts * n), shifts(parts * n);
        x.random(1, center - 2, center + 2);
        dy.random(2);
        scale.random(3);
        shift.random(4);
        LAUNCH(2, block, layer_normalization, x.data(), scale.data(), shift.data(), y.data(), mean.data(), variance.data(), rows, n, EPSILON);
        LAUNCH(2, block, layer_normalization_backward, x.data(), scale.data(), dy.data(), mean.data(), variance.data(),
               dx.data(), rows, n, EPSILON);
        LAUNCH(static_cast<unsigned>((n + 31) / 32 * parts), WARP_PER_ROW, layer_normalization_parameters, x.data(), dy.data(),
               mean.data(), variance.data(), scales.data(), shifts.data(), rows, n, parts, EPSILON);
        sumColumns(scales.data(), dscale.data(), parts, n);
        sumColumns(shifts.data(), dshift.data(), parts, n);
        Normalization expected{rows, n, n, [](long long, long long i) { return i; }, 3e-5 + center * 2e-7};
        expected.compute(x, scale, dy);
        expected.compareAll(x, scale, shift, dy, y, dx, mean, variance, dscale, dshift);
    });
}

template <class T> void groupNormalization(long long samples, int groups, int channels, int pixels) {
    test(text(std::string("group normalization ") + typeName<T>(), {samples, groups, channels, pixels}), [&] {
        long long size = samples * channels * pixels, runs = samples * groups;
        Memory<T> x(size), dy(size), y(size), dx(size);
        Memory<float> scale(channels), shift(channels), mean(runs), variance(runs), dscale(channels), dshift(channels);
        Memory<float> sums(2 * samples * channels);
        x.random(5, 1, 4);
        dy.random(6);
        scale.random(7);
        shift.random(8);
        auto grid = static_cast<unsigned>(runs);
        LAUNCH(grid, 64, group_normalization, x.data(), scale.data(), shift.data(), y.data(), mean.data(), variance.data(),
               groups, channels, pixels, EPSILON);
        LAUNCH(2, WARP_PER_ROW, group_normalization_sums, x.data(), dy.data(), mean.data(), variance.data(), sums.data(),
               samples, groups, channels, pixels, EPSILON);
        LAUNCH(grid, 64, group_normalization_backward, x.data(), scale.data(), dy.data(), mean.data(), variance.data(),
               sums.data(), dx.data(), samples, groups, channels, pixels, EPSILON);
        sumColumns(sums.data(), dshift.data(), samples, channels);
        sumColumns(sums.data() + samples * channels, dscale.data(), samples, channels);
        int each = channels / groups;
        Normalization expected{runs, static_cast<long long>(each) * pixels, channels,
                               [=](long long r, long long i) { return r % groups * each + i / pixels; }, 3e-5};
        expected.compute(x, scale, dy);
        expected.compareAll(x, scale, shift, dy, y, dx, mean, variance, dscale, dshift);
    });
}

/** [N, C, pixels] to [N, pixels, C] or, `back`, the other way. */
template <class T> void exchange(const Memory<T>& from, const Memory<T>& to, long long channels, long long pixels, bool back) {
    for (long long i = 0; i < from.size(); i++) {
        long long n = i / (channels * pixels), c = i / pixels % channels, p = i % pixels, last = (n * pixels + p) * channels + c;
        if (back) to[i] = from[last];
        else to[last] = from[i];
    }
}

template <class T>
void groupNormalizationColumns(long long samples, int groups, int channels, int pixels, int parts, dim3 block, bool vectors) {
    test(text(std::string("group normalization, columns ") + typeName<T>(), {samples, groups, channels, pixels, parts}), [&] {
        long long size = samples * channels * pixels, runs = samples * groups;
        int across = static_cast<int>(block.x) * (vectors ? voluta::LANES<T> : 1), tiles = (channels + across - 1) / across;
        Memory<T> x(size), dy(size), y(size), dx(size), xRows(size), dyRows(size), yRows(size), dxRows(size);
        Memory<float> scale(channels), shift(channels), mean(runs), variance(runs), dscale(channels), dshift(channels);
        Memory<float> sums(2 * samples * channels), means(2 * runs), results(2 * samples * parts * channels);
        Memory<unsigned> done(samples * tiles);
        for (long long i = 0; i < done.size(); i++) done[i] = 0;
        exchange(xRows.random(5, 1, 4), x, channels, pixels, false);
        exchange(dyRows.random(6), dy, channels, pixels, false);
        scale.random(7);
        shift.random(8);
        auto grid = static_cast<unsigned>(samples * parts * tiles);
        LAUNCH(grid, block, group_normalization_moments_columns, x.data(), sums.data(), results.data(), done.data(), samples,
               channels, pixels, parts, vectors);
        emulation::launch(2, WARP_PER_ROW, [&] {
            group_normalization_statistics(sums.data(), mean.data(), variance.data(), samples, groups, channels, pixels);
        });
        LAUNCH(grid, block, group_normalization_normalize_columns, x.data(), scale.data(), shift.data(), mean.data(),
               variance.data(), y.data(), samples, channels, pixels, parts, vectors, groups, EPSILON);
        LAUNCH(grid, block, group_normalization_sums_columns, x.data(), dy.data(), mean.data(), variance.data(), sums.data(),
               results.data(), done.data(), samples, channels, pixels, parts, vectors, groups, EPSILON);
        emulation::launch(2, WARP_PER_ROW, [&] {
            group_normalization_means(scale.data(), sums.data(), means.data(), samples, groups, channels, pixels);
        });
        LAUNCH(grid, block, group_normalization_backward_columns, x.data(), dy.data(), scale.data(), mean.data(),
               variance.data(), means.data(), dx.data(), samples, channels, pixels, parts, vectors, groups, EPSILON);
        sumColumns(sums.data(), dshift.data(), samples, channels);
        sumColumns(sums.data() + samples * channels, dscale.data(), samples, channels);
        exchange(y, yRows, channels, pixels, true);
        exchange(dx, dxRows, channels, pixels, true);
        int each = channels / groups;
        Normalization expected{runs, static_cast<long long>(each) * pixels, channels,
                               [=](long long r, long long i) { return r % groups * each + i / pixels; }, 3e-5};
        expected.compute(xRows, scale, dyRows);
        expected.compareAll(xRows, scale, shift, dyRows, yRows, dxRows, mean, variance, dscale, dshift);
    });
}

/** Where element o comes from, written down as the mirror or the period says, without the kernel's shortcuts. */
long long source(int mode, long long o, long long before, long long size) {
    long long i = o - before;
    if (mode == voluta::CONSTANT) return i < 0 || i >= size ? -1 : i;
    if (mode == voluta::REPLICATE) return std::min(std::max(i, 0ll), size - 1);
    if (mode == voluta::CIRCULAR) return (i % size + size) % size;
    while (i < 0 || i >= size) i = i < 0 ? -i : 2 * (size - 1) - i;
    return i;
}

template <class T>
void paddings(int mode, long long outer, long long inner, std::vector<long long> size, std::vector<long long> before,
              std::vector<long long> after) {
    test(text(std::string("padding ") + typeName<T>(), {mode, outer, inner, size[0], size[1], size[2]}), [&] {
        voluta::PaddingGeometry g{};
        g.mode = mode;
        long long nx = outer * inner, ny = outer * inner;
        for (int d = 0; d < 3; d++) {
            g.before[d] = before[d];
            g.x[d] = size[d];
            g.y[d] = size[d] + before[d] + after[d];
            nx *= g.x[d];
            ny *= g.y[d];
        }
        Memory<T> x(nx), y(ny), dx(nx);
        x.random(9);
        auto from = [&](long long i) {
            long long rest = i / inner, at = 0, step = inner;
            for (int d = 2; d >= 0; d--) {
                long long o = source(mode, rest % g.y[d], g.before[d], g.x[d]);
                if (o < 0) return -1ll;
                at += o * step;
                step *= g.x[d];
                rest /= g.y[d];
            }
            return at + rest * step + i % inner;
        };
        LAUNCH(2, 64, padding, x.data(), y.data(), ny, inner, 1.5f, g);
        compare("y", y, 0, [&](long long i) { return from(i) < 0 ? 1.5 : x.at(from(i)); });
        if (mode == voluta::CONSTANT) return;
        std::vector<double> sums(nx);
        for (long long i = 0; i < ny; i++) sums[from(i)] += y.at(i);
        LAUNCH(2, 64, padding_backward, y.data(), dx.data(), nx, inner, g);
        compare("dx", dx, 1e-5, [&](long long i) { return sums[i]; });
    });
}

template <class T> void prelus(long long samples, int channels, int slopes, int pixels, bool nhwc) {
    test(text(std::string("prelu ") + typeName<T>(), {samples, channels, slopes, pixels, nhwc}), [&] {
        long long n = samples * channels * pixels, inner = nhwc ? 1 : pixels;
        Memory<T> x(n), y(n), dy(n), dx(n);
        int parts = 3;
        Memory<float> slope(slopes), sums(nhwc ? parts * channels : samples * channels), dslope(slopes);
        x.random(10);
        dy.random(11);
        slope.random(12);
        auto channel = [&](long long i) { return slopes == 1 ? 0 : i / inner % channels; };
        LAUNCH(2, 64, prelu, x.data(), slope.data(), y.data(), n, slopes, inner);
        compare("y", y, 1e-6, [&](long long i) { return x.at(i) > 0 ? x.at(i) : slope.at(channel(i)) * x.at(i); });
        if (nhwc) {
            LAUNCH(parts * ((channels + 31) / 32), WARP_PER_ROW, prelu_backward_nhwc, x.data(), slope.data(), dy.data(), dx.data(),
                   sums.data(), samples * pixels, channels, slopes, parts);
        } else {
            LAUNCH(2, WARP_PER_ROW, prelu_backward, x.data(), slope.data(), dy.data(), dx.data(), sums.data(), samples, channels,
                   slopes, pixels);
        }
        compare("dx", dx, 1e-6, [&](long long i) { return dy.at(i) * (x.at(i) > 0 ? 1 : slope.at(channel(i))); });
        std::vector<double> expected(slopes);
        for (long long i = 0; i < n; i++)
            if (x.at(i) <= 0) expected[channel(i)] += x.at(i) * dy.at(i);
        if (slopes == 1) emulation::launch(1, 32, [&] { reduce_rows_f32_f32(sums.data(), dslope.data(), sums.size(), 1, 1); });
        else sumColumns(sums.data(), dslope.data(), sums.size() / channels, channels);
        compare("dslope", dslope, 1e-4, [&](long long i) { return expected[i]; });
    });
}

template <class T> void typed() {
    layerNormalization<T>(11, 37, 2, 0, WARP_PER_ROW);
    layerNormalization<T>(5, 301, 1, 0, BLOCK_PER_ROW);
    layerNormalization<T>(3, 2, 4, 0, WARP_PER_ROW);
    groupNormalization<T>(3, 2, 6, 25);
    groupNormalization<T>(2, 5, 5, 49); // instance normalization
    groupNormalization<T>(4, 1, 33, 1);
    groupNormalizationColumns<T>(3, 2, 6, 25, 2, dim3(4, 16), false);
    groupNormalizationColumns<T>(2, 4, 4 * voluta::LANES<T>, 10, 1, dim3(4, 8), true);
    groupNormalizationColumns<T>(2, 33, 33, 9, 3, dim3(32, 2), false); // instance normalization
    groupNormalizationColumns<T>(1, 1, 3 * voluta::LANES<T>, 7, 4, dim3(2, 16), true);
    for (int mode = voluta::CONSTANT; mode <= voluta::CIRCULAR; mode++) {
        paddings<T>(mode, 3, 1, {1, 5, 4}, {0, 2, 3}, {0, 1, 3});
        paddings<T>(mode, 2, 3, {3, 4, 2}, {1, 0, 1}, {2, 3, 1});
        paddings<T>(mode, 2, 2 * voluta::LANES<T>, {1, 4, 3}, {0, 2, 1}, {0, 1, 2});
    }
    paddings<T>(voluta::REPLICATE, 2, 1, {1, 1, 3}, {0, 4, 5}, {0, 3, 6}); // more than the dimension has
    paddings<T>(voluta::CONSTANT, 2, 1, {1, 6, 5}, {0, -2, 1}, {0, 1, -3});
    prelus<T>(2, 3, 3, 16, false);
    prelus<T>(3, 5, 5, 7, false);
    prelus<T>(2, 4, 1, 9, false);
    prelus<T>(2, 8, 8, 9, true);
    prelus<T>(3, 35, 35, 5, true);
    prelus<T>(2, 5, 1, 9, true);
    prelus<T>(1, 3, 3, 1, true); // fewer rows than parts
    prelus<T>(0, 8, 8, 9, false);
}

} // namespace

void normalization() {
    typed<float>();
    typed<bf16>();
    typed<f16>();
    layerNormalization<float>(4, 64, 1, 1000, WARP_PER_ROW); // a mean far above the spread
}

} // namespace testing
