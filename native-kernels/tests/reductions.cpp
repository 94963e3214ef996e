// Kernels that sum: reduction, softmax, the losses, accuracy, sample_count, accumulate.
#include "testing.h"

#include "accumulate.cu"
#include "accuracy.cu"
#include "binary_cross_entropy.cu"
#include "cross_entropy.cu"
#include "mean_squared_error.cu"
#include "reduction.cu"
#include "sample_count.cu"
#include "softmax.cu"

namespace testing {
namespace {

const dim3 WARP_PER_ROW(32, 8), BLOCK_PER_ROW(96, 1);

template <class T> double sumOf(const Memory<T>& x, long long first, long long step, long long n) {
    double sum = 0;
    for (long long i = 0; i < n; i++) sum += x.at(first + i * step);
    return sum;
}

template <class T> void rows(long long rows, long long n, int parts) {
    test(text(std::string("reduce rows ") + typeName<T>(), {rows, n, parts}), [&] {
        Memory<T> x(rows * n), y(rows), shorter(rows);
        Memory<float> partial(rows * parts), again(rows * parts);
        x.random(1);
        float scale = 1.0f / static_cast<float>(n);
        double tolerance = 1e-6 * std::sqrt(static_cast<double>(n));
        auto mean = [&](long long i) { return sumOf(x, i * n, 1, n) / static_cast<double>(n); };
        auto first = [&](Memory<float>& to) {
            LAUNCH_FROM(static_cast<unsigned>(rows * parts), 64, reduce_rows, x.data(), to.data(), n, parts, 1);
        };
        first(partial);
        first(again);
        check(std::memcmp(partial.data(), again.data(), partial.size() * 4) == 0, "a second run gives other bits");
        LAUNCH_TO(static_cast<unsigned>(rows), 32, reduce_rows, partial.data(), y.data(), parts, 1, scale);
        compare("mean", y, tolerance, mean);
        LAUNCH_BOTH(2, WARP_PER_ROW, reduce_short_rows, x.data(), shorter.data(), rows, n, scale);
        compare("mean of short rows", shorter, tolerance, mean);
    });
}

template <class T> void columns(long long outer, long long n, long long inner, int parts) {
    test(text(std::string("reduce columns ") + typeName<T>(), {outer, n, inner, parts}), [&] {
        Memory<T> x(outer * n * inner), y(outer * inner);
        Memory<float> partial(outer * parts * inner);
        x.random(2);
        auto tiles = static_cast<unsigned>((inner + 31) / 32 * outer);
        LAUNCH_FROM(tiles * parts, WARP_PER_ROW, reduce_columns, x.data(), partial.data(), n, inner, parts, 1);
        LAUNCH_TO(tiles, WARP_PER_ROW, reduce_columns, partial.data(), y.data(), parts, inner, 1, 0.5f);
        compare("sum", y, 1e-6 * static_cast<double>(n), [&](long long i) {
            return 0.5 * sumOf(x, i / inner * n * inner + i % inner, inner, n);
        });
    });
}

double logSum(const std::function<double(int)>& x, int n) {
    double largest = -INFINITY, sum = 0;
    for (int i = 0; i < n; i++) largest = std::fmax(largest, x(i));
    for (int i = 0; i < n; i++) sum += std::exp(x(i) - largest);
    return largest + std::log(sum);
}

template <class T> void softmaxes(long long outer, int n, long long inner, int log, dim3 block) {
    test(text(std::string("softmax ") + typeName<T>(), {outer, n, inner, log, block.x}), [&] {
        long long size = outer * n * inner;
        Memory<T> x(size), y(size), dy(size), dx(size);
        x.random(3, -30, 30);
        dy.random(4);
        auto start = [&](long long i) { return i / (n * inner) * n * inner + i % inner; };
        if (inner == 1) LAUNCH(2, block, softmax, x.data(), y.data(), outer, n, log);
        else LAUNCH(2, 64, softmax_lines, x.data(), y.data(), outer, n, inner, log);
        compare("y", y, 1e-6, [&](long long i) {
            double v = x.at(i) - logSum([&](int k) { return x.at(start(i) + k * inner); }, n);
            return log ? v : std::exp(v);
        });
        if (inner == 1) LAUNCH(2, block, softmax_backward, y.data(), dy.data(), dx.data(), outer, n, log);
        else LAUNCH(2, 64, softmax_lines_backward, y.data(), dy.data(), dx.data(), outer, n, inner, log);
        compare("dx", dx, 2e-5, [&](long long i) {
            double sum = 0;
            for (int k = 0; k < n; k++) {
                long long at = start(i) + k * inner;
                sum += log ? dy.at(at) : y.at(at) * dy.at(at);
            }
            return log ? dy.at(i) - std::exp(y.at(i)) * sum : y.at(i) * (dy.at(i) - sum);
        });
    });
}

template <class T> void crossEntropies(long long samples, int classes, float smoothing, bool labelled, dim3 block) {
    test(text(std::string("cross-entropy ") + typeName<T>(), {samples, classes, labelled, block.x}), [&] {
        Memory<T> z(samples * classes), dz(samples * classes);
        Memory<int> labels(samples);
        Memory<float> targets(samples * classes), rowLoss(samples), loss(1), dLoss(1), factor(1);
        z.random(5, -40, 40);
        targets.random(6, 0, 1);
        dLoss[0] = 2;
        for (long long s = 0; s < samples; s++) labels[s] = s % 4 == 1 ? -1 : s % 7 == 6 ? classes : static_cast<int>(s * 5 % classes);
        const int* given = labelled ? labels.data() : nullptr;
        const float* wanted = labelled ? nullptr : targets.data();
        auto counted = [&](long long s) { return !labelled || (labels[s] >= 0 && labels[s] < classes); };
        auto q = [&](long long s, int c) {
            double t = labelled ? labels[s] == c : targets.at(s * classes + c);
            return (1 - static_cast<double>(smoothing)) * t + static_cast<double>(smoothing) / classes;
        };
        auto normalizer = [&](long long s) { return logSum([&](int c) { return z.at(s * classes + c); }, classes); };
        double total = 0;
        long long count = 0;
        for (long long s = 0; s < samples; s++) {
            if (!counted(s)) continue;
            count++;
            double n = normalizer(s);
            for (int c = 0; c < classes; c++) total += q(s, c) * (n - z.at(s * classes + c));
        }
        double expected = count == 0 ? 0 : total / static_cast<double>(count);
        LAUNCH(2, block, cross_entropy, z.data(), given, wanted, rowLoss.data(), samples, classes, smoothing);
        emulation::launch(1, 64, [&] { cross_entropy_mean(rowLoss.data(), given, loss.data(), samples, classes); });
        check(std::fabs(loss[0] - expected) <= 1e-5 * (1 + std::fabs(expected)), "loss " + std::to_string(loss[0]) + ", expected " + std::to_string(expected));
        emulation::launch(1, 64, [&] { cross_entropy_factor(dLoss.data(), given, factor.data(), samples, classes); });
        LAUNCH(2, block, cross_entropy_backward, z.data(), given, wanted, factor.data(), dz.data(), samples, classes, smoothing);
        compare("dz", dz, 2e-5, [&](long long i) {
            long long s = i / classes;
            if (!counted(s)) return 0.0;
            double sum = 0;
            for (int c = 0; c < classes; c++) sum += q(s, c);
            double p = std::exp(z.at(i) - normalizer(s));
            return 2 * (sum * p - q(s, static_cast<int>(i % classes))) / static_cast<double>(count);
        });
    });
}

template <class T> void accuracies(long long samples, int classes, int k, dim3 block) {
    test(text(std::string("accuracy ") + typeName<T>(), {samples, classes, k}), [&] {
        Memory<T> z(samples * classes);
        Memory<int> labels(samples);
        Memory<float> right(samples), sum(1);
        for (long long i = 0; i < z.size(); i++) z.set(i, i * 7 % 5); // many equal logits
        for (long long s = 0; s < samples; s++) labels[s] = static_cast<int>(s * 3 % (classes + 2)) - 1;
        if (samples > 4) z.set(4 * classes, NAN);
        double expected = 0;
        for (long long s = 0; s < samples; s++) {
            int label = labels[s], before = 0;
            if (label < 0 || label >= classes || std::isnan(z.at(s * classes + label))) continue;
            for (int c = 0; c < classes; c++) {
                double own = z.at(s * classes + label), other = z.at(s * classes + c);
                before += c != label && (std::isnan(other) || other > own || (other == own && c < label));
            }
            expected += before < k;
        }
        LAUNCH(2, block, accuracy, z.data(), labels.data(), right.data(), samples, classes, k);
        emulation::launch(1, 64, [&] { reduce_rows_f32_f32(right.data(), sum.data(), samples, 1, 1); });
        check(sum[0] == expected, "counted " + std::to_string(sum[0]) + ", expected " + std::to_string(expected));
        check(samples == 0 || expected > 0, "the case is void: nothing is right");
    });
}

template <class T> void meanLosses(long long n, long long offset) {
    test(text(std::string("mean losses ") + typeName<T>(), {n, offset}), [&] {
        Memory<T> x(n, offset), target(n, offset), dx(n, offset);
        Memory<float> sums(3), loss(1), dLoss(1);
        x.random(7, -20, 20);
        target.random(8, 0, 1);
        dLoss[0] = 3;
        double squared = 0, logistic = 0, count = static_cast<double>(n);
        for (long long i = 0; i < n; i++) {
            double v = x.at(i), t = target.at(i);
            squared += (v - t) * (v - t) / count;
            logistic += (std::fmax(v, 0) - v * t + std::log1p(std::exp(-std::fabs(v)))) / count;
        }
        auto mean = [&] { emulation::launch(1, 32, [&] { reduce_rows_f32_f32(sums.data(), loss.data(), 3, 1, 1 / static_cast<float>(n)); }); };
        LAUNCH(3, 64, mean_squared_error, x.data(), target.data(), sums.data(), n);
        mean();
        check(std::fabs(loss[0] - squared) <= 1e-5 * squared, "squared " + std::to_string(loss[0]) + ", expected " + std::to_string(squared));
        LAUNCH(3, 64, mean_squared_error_backward, x.data(), target.data(), dLoss.data(), dx.data(), n);
        compare("dx squared", dx, 1e-6, [&](long long i) { return 3 * 2 * (x.at(i) - target.at(i)) / count; });
        LAUNCH(3, 64, binary_cross_entropy, x.data(), target.data(), sums.data(), n);
        mean();
        check(std::fabs(loss[0] - logistic) <= 1e-5 * logistic, "logistic " + std::to_string(loss[0]) + ", expected " + std::to_string(logistic));
        LAUNCH(3, 64, binary_cross_entropy_backward, x.data(), target.data(), dLoss.data(), dx.data(), n);
        compare("dx logistic", dx, 1e-6, [&](long long i) { return 3 * (1 / (1 + std::exp(-x.at(i))) - target.at(i)) / count; });
    });
}

template <class T> void typed() {
    rows<T>(3, 1000, 4);
    rows<T>(5, 7, 1);
    rows<T>(1, 4099, 16);
    rows<T>(2, 3, 8); // parts that get nothing
    columns<T>(2, 50, 33, 3);
    columns<T>(1, 3, 7, 1);
    columns<T>(3, 1, 64, 2);
    for (int log = 0; log < 2; log++) {
        softmaxes<T>(5, 33, 1, log, WARP_PER_ROW);
        softmaxes<T>(3, 301, 1, log, BLOCK_PER_ROW);
        softmaxes<T>(2, 5, 9, log, 64);
        softmaxes<T>(0, 5, 1, log, WARP_PER_ROW);
    }
    crossEntropies<T>(19, 10, 0, true, WARP_PER_ROW);
    crossEntropies<T>(9, 201, 0.1f, true, BLOCK_PER_ROW);
    crossEntropies<T>(7, 33, 0.2f, false, WARP_PER_ROW);
    crossEntropies<T>(0, 3, 0, true, WARP_PER_ROW);
    accuracies<T>(21, 10, 1, WARP_PER_ROW);
    accuracies<T>(9, 130, 5, BLOCK_PER_ROW);
    meanLosses<T>(1009, 0);
    meanLosses<T>(5, 1);
}

} // namespace

void reductions() {
    typed<float>();
    typed<bf16>();
    typed<f16>();
    test("no sample counts", [] {
        Memory<float> z(6), rowLoss(2), loss(1), dLoss(1), factor(1), dz(6);
        Memory<int> labels(2);
        z.random(9);
        labels[0] = labels[1] = -1;
        dLoss[0] = 1;
        emulation::launch(1, WARP_PER_ROW, [&] { cross_entropy_f32(z.data(), labels.data(), nullptr, rowLoss.data(), 2, 3, 0); });
        emulation::launch(1, 64, [&] { cross_entropy_mean(rowLoss.data(), labels.data(), loss.data(), 2, 3); });
        emulation::launch(1, 64, [&] { cross_entropy_factor(dLoss.data(), labels.data(), factor.data(), 2, 3); });
        emulation::launch(1, WARP_PER_ROW, [&] { cross_entropy_backward_f32(z.data(), labels.data(), nullptr, factor.data(), dz.data(), 2, 3, 0); });
        check(loss[0] == 0, "the loss is not 0");
        compare("dz", dz, 0, [](long long) { return 0.0; });
    });
    test("sample count and accumulate", [] {
        Memory<int> labels(1000);
        for (int i = 0; i < 1000; i++) labels[i] = i % 3 - 1;
        Memory<float> count(1), sum(1);
        sum[0] = 5;
        emulation::launch(1, 256, [&] { sample_count(labels.data(), count.data(), 1000); });
        emulation::launch(1, 256, [&] { accumulate(sum.data(), count.data(), nullptr, 1); });
        check(count[0] == 666 && sum[0] == 671, "counted " + std::to_string(count[0]));
    });
    test("accumulate begins anew", [] {
        for (int n : {1, 3, 1027}) {
            for (int misaligned : {0, 1}) {
                Memory<float> x(n, misaligned), sum(n, misaligned), begin(1);
                for (int i = 0; i < n; i++) {
                    x[i] = i;
                    sum[i] = NAN;
                }
                auto add = [&] { accumulate(sum.data(), x.data(), begin.data(), n); };
                begin[0] = 1;
                emulation::launch(2, 256, add);
                begin[0] = 0;
                emulation::launch(2, 256, add);
                bool right = true;
                for (int i = 0; i < n; i++) right &= sum[i] == 2.0f * i;
                check(right, "the sum of " + std::to_string(n) + " is another");
            }
        }
    });
}

} // namespace testing
