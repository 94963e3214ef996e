// Batch normalization with its fusions and gradients, in both orders of dimensions, against sums in double.
#include "testing.h"

#include "batch_normalization.cu"

namespace testing {
namespace {

constexpr float EPSILON = 1e-5f, MOMENTUM = 0.25f;

/** One launch's form: channels outside or last, how many parts, and the block. */
struct Form {
    bool columns;
    int parts;
    dim3 block;
    bool vectors;

    template <class T> unsigned grid(int channels) const {
        int across = static_cast<int>(block.x) * (vectors ? voluta::LANES<T> : 1);
        return static_cast<unsigned>(parts * (columns ? (channels + across - 1) / across : channels));
    }
};

/** A launch of NAME_rows or NAME_columns. */
#define CHANNEL_LAUNCH(name, ...)                                                                                      \
    do {                                                                                                               \
        if (form.columns) LAUNCH(grid, form.block, name##_columns, __VA_ARGS__);                                       \
        else LAUNCH(grid, form.block, name##_rows, __VA_ARGS__);                                                       \
    } while (0)

template <class T> struct Batch {
    Form form;
    long long samples;
    int channels, pixels;
    long long size = samples * channels * pixels;
    double count = static_cast<double>(samples * pixels);
    unsigned grid = form.grid<T>(channels);
    Memory<T> x{size}, residual{size}, y{size}, dy{size}, dz{size}, dx{size};
    Memory<float> scale{channels}, shift{channels}, mean{channels}, variance{channels}, running{channels}, spread{channels};
    Memory<float> dscale{channels}, dshift{channels}, results{2ll * form.parts * channels};
    Memory<unsigned> done{channels};
    std::vector<double> m = {}, v = {};

    int channel(long long i) const { return static_cast<int>(form.columns ? i % channels : i / pixels % channels); }

    void prepare(double center) {
        x.random(1, center - 2, center + 2);
        residual.random(2);
        dy.random(3);
        scale.random(4);
        shift.random(5);
        running.random(6);
        spread.random(7, 0.5, 2);
        for (long long c = 0; c < channels; c++) done[c] = 0;
        m.assign(channels, 0);
        v = m;
        for (long long i = 0; i < size; i++) m[channel(i)] += x.at(i) / count;
        for (long long i = 0; i < size; i++) v[channel(i)] += std::pow(x.at(i) - m[channel(i)], 2) / count;
    }

    double inverse(int c) const { return 1 / std::sqrt(v[c] + static_cast<double>(EPSILON)); }
    double normalized(long long i) const { return (x.at(i) - m[channel(i)]) * inverse(channel(i)); }
    double affine(long long i) const { return normalized(i) * scale.at(channel(i)) + shift.at(channel(i)); }

    void statistics() {
        Memory<float> newMean{channels};
        CHANNEL_LAUNCH(batch_normalization_statistics, x.data(), mean.data(), variance.data(), running.data(), spread.data(),
                       newMean.data(), spread.data(), results.data(), done.data(), samples, channels, pixels, form.parts,
                       form.vectors, MOMENTUM);
        compare("mean", mean, 1e-6, [&](long long c) { return m[c]; });
        compare("variance", variance, 1e-5, [&](long long c) { return v[c]; });
        compare("running mean", newMean, 1e-5, [&](long long c) { return 0.75 * running.at(c) + 0.25 * m[c]; });
        Memory<float> old{channels};
        old.random(7, 0.5, 2);
        compare("running variance", spread, 1e-5, [&](long long c) { return 0.75 * old.at(c) + 0.25 * v[c] * count / (count - 1); });
        for (long long c = 0; c < channels; c++) check(done[c] == 0, "a counter is not back at 0");
    }

    void forward(bool adds, bool relu, double tolerance) {
        CHANNEL_LAUNCH(batch_normalization_normalize, x.data(), adds ? residual.data() : nullptr, scale.data(), shift.data(),
                       mean.data(), variance.data(), y.data(), samples, channels, pixels, form.parts, form.vectors, relu, EPSILON);
        compare("y", y, tolerance, [&](long long i) {
            double z = affine(i) + (adds ? residual.at(i) : 0);
            return relu && z < 0 ? 0 : z;
        });
    }

    void backward(bool adds, bool relu, bool frozen) {
        bool writes = adds || frozen;
        CHANNEL_LAUNCH(batch_normalization_sums, x.data(), dy.data(), adds && relu ? y.data() : nullptr, scale.data(), shift.data(),
                       mean.data(), variance.data(), writes ? dz.data() : nullptr, dscale.data(), dshift.data(), results.data(),
                       done.data(), samples, channels, pixels, form.parts, form.vectors, relu, frozen, EPSILON);
        auto gradient = [&](long long i) {
            // where the kernel looks: at its own y, or at z, which is never near the kink here
            bool off = relu && (adds ? y.at(i) <= 0 : affine(i) <= 0);
            return off ? 0 : dy.at(i);
        };
        std::vector<double> ds(channels), db(channels);
        for (long long i = 0; i < size; i++) {
            db[channel(i)] += gradient(i);
            ds[channel(i)] += gradient(i) * normalized(i);
        }
        compare("dscale", dscale, 1e-4, [&](long long c) { return ds[c]; });
        compare("dshift", dshift, 1e-4, [&](long long c) { return db[c]; });
        if (frozen) {
            compare("dx", dz, 3e-5, [&](long long i) { return dy.at(i) * scale.at(channel(i)) * inverse(channel(i)); });
            return;
        }
        if (adds) compare("dz", dz, 0, gradient);
        CHANNEL_LAUNCH(batch_normalization_backward, x.data(), adds ? dz.data() : dy.data(), scale.data(), shift.data(),
                       mean.data(), variance.data(), dscale.data(), dshift.data(), dx.data(), samples, channels, pixels,
                       form.parts, form.vectors, relu && !adds, EPSILON);
        compare("dx", dx, 3e-5, [&](long long i) {
            int c = channel(i);
            return scale.at(c) * inverse(c) * (gradient(i) - db[c] / count - normalized(i) * ds[c] / count);
        });
    }
};

template <class T> void batch(Form form, long long samples, int channels, int pixels, double center = 1) {
    std::string name = std::string("batch normalization ") + (form.columns ? "columns " : "rows ") + typeName<T>();
    test(text(name, {samples, channels, pixels, form.parts, form.block.x, form.vectors}), [&] {
        Batch<T> b{form, samples, channels, pixels};
        b.prepare(center);
        b.statistics();
        double tolerance = 3e-5 + center * 3e-7;
        for (bool adds : {false, true})
            for (bool relu : {false, true}) {
                b.forward(adds, relu, tolerance);
                if (center < 10) b.backward(adds, relu, false);
            }
        if (center < 10) b.backward(false, false, true);
    });
}

/**
 * Statistics from sums in f32, of channels around one value with a deviation of 1. What is lost: the sum of squares keeps 24
 * bits, most of them the mean's.
 */
void moments(int channels, int count, double center) {
    test(text("batch normalization moments", {channels, count, static_cast<long long>(center)}), [&] {
        Memory<float> sums{channels}, squares{channels}, mean{channels}, variance{channels};
        Memory<float> running{channels}, spread{channels}, newMean{channels}, newSpread{channels};
        running.random(6);
        spread.random(7, 0.5, 2);
        std::vector<double> m(channels), v(channels);
        for (int c = 0; c < channels; c++) {
            m[c] = center + 0.01 * c; // half of the values one below, half one above
            v[c] = 1;
            sums[c] = static_cast<float>(count * m[c]);
            squares[c] = static_cast<float>(count * (m[c] * m[c] + v[c]));
        }
        emulation::launch(2, 32, [&] {
            batch_normalization_moments(sums.data(), squares.data(), mean.data(), variance.data(), running.data(), spread.data(),
                                        newMean.data(), newSpread.data(), channels, count, MOMENTUM);
        });
        double lost = 0x1.8p-23 * (1 + (center + 1) * (center + 1));
        compare("mean", mean, 1e-6, [&](long long c) { return m[c]; });
        compare("variance", variance, lost, [&](long long c) { return v[c]; });
        compare("running mean", newMean, 1e-6, [&](long long c) { return 0.75 * running.at(c) + 0.25 * m[c]; });
        compare("running variance", newSpread, lost + 1e-6,
                [&](long long c) { return 0.75 * spread.at(c) + 0.25 * v[c] * count / (count - 1.0); });
    });
}

/** A variance that rounding would make negative is 0, and what is no number stays that. */
void momentsAtTheirEnds() {
    test("batch normalization moments at their ends", [] {
        Memory<float> sums{2}, squares{2}, mean{2}, variance{2}, running{2}, spread{2};
        sums[0] = 300;
        squares[0] = 29999.99f; // three times 100
        sums[1] = squares[1] = NAN;
        for (int c = 0; c < 2; c++) running[c] = spread[c] = 0;
        emulation::launch(1, 32, [&] {
            batch_normalization_moments(sums.data(), squares.data(), mean.data(), variance.data(), running.data(), spread.data(),
                                        running.data(), spread.data(), 2, 3, MOMENTUM);
        });
        check(mean[0] == 100 && variance[0] == 0, "a channel of one value");
        check(running[0] == 25 && spread[0] == 0, "its running statistics");
        check(std::isnan(mean[1]) && std::isnan(variance[1]), "NaN");
    });
}

template <class T> void typed() {
    constexpr int LANE = voluta::LANES<T>;
    batch<T>({false, 1, dim3(64), true}, 3, 5, 16);
    batch<T>({false, 3, dim3(64), false}, 2, 3, 35);
    batch<T>({false, 7, dim3(32), false}, 3, 2, 1);   // more parts than values
    batch<T>({false, 2, dim3(128), true}, 1, 4, 120);
    batch<T>({true, 1, dim3(4, 16), true}, 2, 4 * LANE, 9);
    batch<T>({true, 3, dim3(2, 32), true}, 3, 3 * LANE, 25); // a tile that is not full
    batch<T>({true, 4, dim3(8, 8), false}, 2, 11, 13);
    batch<T>({true, 5, dim3(1, 64), true}, 1, LANE, 3); // more parts than rows
    batch<T>({true, 2, dim3(32, 2), false}, 9, 17, 1);
}

} // namespace

void batchNormalization() {
    typed<float>();
    typed<bf16>();
    typed<f16>();
    batch<float>({false, 3, dim3(64), false}, 4, 3, 37, 1000); // a mean far above the spread
    batch<float>({true, 3, dim3(4, 16), false}, 4, 3, 37, 1000);
    for (double center : {0.0, 1.0, 30.0, 300.0})
        for (int channels : {1, 64, 67}) moments(channels, 1000, center);
    momentsAtTheirEnds();
}

} // namespace testing
