// Kernels without sums: activation, arithmetic, broadcast, cast, reorder, image_to_tensor, gather_samples.
#include "testing.h"
#include <vector>

#include "activation.cu"
#include "arithmetic.cu"
#include "broadcast.cu"
#include "cast.cu"
#include "gather_samples.cu"
#include "image_to_tensor.cu"
#include "reorder.cu"

namespace testing {
namespace {

/** The kernel of one of two narrow types. */
template <class T, class Bf16, class F16> auto select(Bf16 bf16Kernel, F16 f16Kernel) {
    if constexpr (std::is_same_v<T, bf16>) return bf16Kernel;
    else return f16Kernel;
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double softPlus(double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))); }
double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }
double geluTanhArgument(double x) { return std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x); }

double expectedActivation(int kind, double x, double a, double b) {
    switch (kind) {
    case voluta::RELU: return x > 0 ? x : 0;
    case voluta::LEAKY_RELU: return x > 0 ? x : a * x;
    case voluta::ELU: return x > 0 ? x : a * std::expm1(x);
    case voluta::GELU: return x * 0.5 * (1 + std::erf(x / std::sqrt(2)));
    case voluta::GELU_TANH: return 0.5 * x * (1 + std::tanh(geluTanhArgument(x)));
    case voluta::SILU: return x * logistic(x);
    case voluta::SIGMOID: return logistic(x);
    case voluta::TANH: return std::tanh(x);
    case voluta::HARDSWISH: return x * clamp(a * x + b, 0, 1);
    case voluta::HARDSIGMOID: return clamp(a * x + b, 0, 1);
    case voluta::MISH: return x * std::tanh(softPlus(x));
    case voluta::SOFTPLUS: return softPlus(x);
    default: return clamp(x, a, b);
    }
}

double expectedSlope(int kind, double x, double a, double b) {
    if (kind == voluta::RELU6) return x > a && x < b; // narrow numbers hit the kink exactly
    bool kinked = kind == voluta::RELU || kind == voluta::LEAKY_RELU || kind == voluta::HARDSWISH ||
                  kind == voluta::HARDSIGMOID;
    double h = kinked ? 1e-9 : 1e-5; // central difference, so that no formula is copied
    return (expectedActivation(kind, x + h, a, b) - expectedActivation(kind, x - h, a, b)) / (2 * h);
}

template <class T> void activations(int kind, long long n, long long offset) {
    float a = kind == voluta::LEAKY_RELU ? 0.01f : kind == voluta::ELU ? 1 : 0, b = 0;
    if (kind == voluta::HARDSWISH || kind == voluta::HARDSIGMOID) a = 1 / 6.0f, b = 0.5f;
    if (kind == voluta::RELU6) b = 6;
    test(text(std::string("activation ") + typeName<T>(), {kind, n, offset}), [&] {
        Memory<T> x(n, offset), y(n, offset), dy(n, offset), dx(n, offset);
        x.random(kind + 1, -8, 8);
        dy.random(kind + 100);
        T* unread = nullptr;
        bool fromOutput = kind == voluta::RELU || kind == voluta::RELU6 || kind == voluta::SIGMOID || kind == voluta::TANH;
        LAUNCH(2, 64, activation, x.data(), y.data(), n, kind, a, b);
        compare("y", y, 2e-6, [&](long long i) { return expectedActivation(kind, x.at(i), a, b); });
        LAUNCH(2, 64, activation_backward, fromOutput ? unread : x.data(), fromOutput ? y.data() : unread, dy.data(),
               dx.data(), n, kind, a, b);
        // of a sigmoid that was rounded to few digits, one minus it has lost digits
        double tolerance = fromOutput && sizeof(T) == 2 ? 0.02 : 2e-5;
        compare("dx", dx, tolerance, [&](long long i) { return dy.at(i) * expectedSlope(kind, x.at(i), a, b); });
    });
}

template <class T> void activationEdges() {
    test("activation of huge numbers, zeros and NaN", [] {
        for (int kind = voluta::RELU; kind <= voluta::RELU6; kind++) {
            Memory<T> x(8), y(8), dy(8), dx(8);
            double values[] = {0, -0.0, 200, -200, 1e30, -1e30, NAN, 1};
            for (int i = 0; i < 8; i++) x.set(i, values[i]);
            dy.fill(1);
            float a = kind >= voluta::HARDSWISH && kind <= voluta::HARDSIGMOID ? 1 / 6.0f : 0.5f, b = 6;
            if (kind == voluta::HARDSWISH || kind == voluta::HARDSIGMOID) b = 0.5f;
            if (kind == voluta::RELU6) a = 0;
            LAUNCH(1, 32, activation, x.data(), y.data(), 8, kind, a, b);
            for (int i = 0; i < 8; i++)
                check(std::isnan(y[i]) == (i == 6), text("NaN where none belongs, or none where one does: kind", {kind, i}));
            if (kind == voluta::GELU_TANH || kind == voluta::GELU || kind == voluta::MISH) continue; // dx of 1e30 overflows
            LAUNCH(1, 32, activation_backward, x.data(), y.data(), dy.data(), dx.data(), 6, kind, a, b);
            for (int i = 0; i < 6; i++) check(!std::isnan(dx[i]), text("NaN in dx: kind", {kind, i}));
        }
    });
}

double arithmeticOf(int kind, double a, double b) { return kind == 0 ? a + b : kind == 1 ? a - b : kind == 2 ? a * b : a / b; }

template <class T> void sameShape(int kind, long long n, long long offset) {
    test(text(std::string("arithmetic ") + typeName<T>(), {kind, n, offset}), [&] {
        Memory<T> a(n, offset), b(n, offset), y(n, offset);
        a.random(1);
        b.random(2, 0.5, 3);
        LAUNCH(3, 32, arithmetic, a.data(), b.data(), y.data(), n, kind);
        compare("y", y, 1e-6, [&](long long i) { return arithmeticOf(kind, a.at(i), b.at(i)); });
    });
}

/** y of these sizes, a and b with these strides, both written down by hand. */
struct BroadcastCase {
    std::vector<long long> size, a, b;
    long long elementsA, elementsB;
};

template <class T> void broadcasts(const BroadcastCase& c) {
    test(text(std::string("broadcast ") + typeName<T>(), {static_cast<long long>(c.size.size()), c.elementsA, c.elementsB}), [&] {
        voluta::Strides s{};
        s.rank = static_cast<long long>(c.size.size());
        long long n = 1;
        for (int d = 0; d < s.rank; d++) {
            s.size[d] = c.size[d];
            s.a[d] = c.a[d];
            s.b[d] = c.b[d];
            n *= c.size[d];
        }
        auto at = [&](long long i, const std::vector<long long>& stride) {
            long long r = 0;
            for (int d = static_cast<int>(s.rank) - 1; d >= 0; d--) {
                r += i % c.size[d] * stride[d];
                i /= c.size[d];
            }
            return r;
        };
        for (long long offset = 0; offset < 2; offset++) {
            Memory<T> a(c.elementsA, offset), b(c.elementsB), y(n), z(n);
            a.random(3);
            b.random(4, 1, 2);
            LAUNCH(2, 64, arithmetic_broadcast, a.data(), b.data(), y.data(), n, voluta::SUBTRACT, s);
            compare("y", y, 1e-6, [&](long long i) { return a.at(at(i, c.a)) - b.at(at(i, c.b)); });
            LAUNCH(2, 64, broadcast, a.data(), z.data(), n, s);
            compare("copy", z, 0, [&](long long i) { return a.at(at(i, c.a)); });
            if constexpr (NARROW<T>) {
                Memory<float> exact(c.elementsB);
                exact.random(5, 1, 2);
                auto divide = select<T>(arithmetic_broadcast_bf16_f32, arithmetic_broadcast_f16_f32);
                emulation::launch(2, 64, [&] { divide(a.data(), exact.data(), y.data(), n, voluta::DIVIDE, s); });
                compare("narrow by f32", y, 1e-6, [&](long long i) { return a.at(at(i, c.a)) / exact.at(at(i, c.b)); });
                std::swap(s.a, s.b);
                auto subtract = select<T>(arithmetic_broadcast_f32_bf16, arithmetic_broadcast_f32_f16);
                emulation::launch(2, 64, [&] { subtract(exact.data(), a.data(), y.data(), n, voluta::SUBTRACT, s); });
                compare("f32 less narrow", y, 1e-6, [&](long long i) { return exact.at(at(i, c.b)) - a.at(at(i, c.a)); });
                std::swap(s.a, s.b);
            }
        }
    });
}

template <class T> void casts(long long n, long long offset) {
    test(text(std::string("cast ") + typeName<T>(), {n, offset}), [&] {
        Memory<float> x(n, offset), back(n, offset);
        Memory<T> y(n, offset);
        x.random(5, -1e3, 1e3);
        auto narrow = select<T>(cast_f32_bf16, cast_f32_f16);
        auto widen = select<T>(cast_bf16_f32, cast_f16_f32);
        emulation::launch(2, 32, [&] { narrow(x.data(), y.data(), n); });
        compare("narrow", y, 0, [&](long long i) { return x.at(i); });
        emulation::launch(2, 32, [&] { widen(y.data(), back.data(), n); });
        compare("back", back, 0, [&](long long i) { return y.at(i); });
    });
}

void rounding() {
    test("bf16 rounds to nearest even", [] {
        struct {
            unsigned from;
            unsigned short to;
        } cases[] = {{0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, {0x3f818000, 0x3f82}, {0x3f808001, 0x3f81},
                     {0x7f7fffff, 0x7f80}, {0x80000000, 0x8000}, {0xff800000, 0xff80}};
        for (auto c : cases)
            check(voluta::fromFloat<bf16>(__uint_as_float(c.from)).bits == c.to, text("rounds wrongly", {c.from}));
        check(std::isnan(voluta::toFloat(voluta::fromFloat<bf16>(__uint_as_float(0x7f800001)))), "loses a NaN");
    });
}

/** Every half there is, and where the numbers between two of them go. */
void halves() {
    test("f16 is exact one way and rounds to nearest even the other", [] {
        auto half = [](unsigned bits) { return voluta::toFloat(f16{static_cast<unsigned short>(bits)}); };
        auto bits = [](double v) { return voluta::fromFloat<f16>(static_cast<float>(v)).bits; };
        for (unsigned h = 0; h < 0x7c00; h++) {
            double value = h < 0x400 ? std::ldexp(h, -24) : std::ldexp(0x400 + h % 0x400, static_cast<int>(h / 0x400) - 25);
            check(half(h) == value && half(h | 0x8000) == -value, text("reads wrongly", {h}));
            check(bits(value) == h && bits(-value) == (h | 0x8000), text("does not keep", {h}));
            double next = h == 0x7bff ? 65536 : half(h + 1), middle = (value + next) / 2, far = next - middle;
            check(bits(middle) == (h & 1 ? h + 1 : h), text("does not round to even above", {h}));
            check(bits(middle - far / 512) == h && bits(middle + far / 512) == h + 1, text("rounds wrongly above", {h}));
        }
        check(bits(INFINITY) == 0x7c00 && bits(-1e30) == 0xfc00 && bits(65520) == 0x7c00, "what is too large is not infinite");
        check(bits(1e-30) == 0 && bits(-0.0) == 0x8000, "what is too small is not 0");
        check(std::isinf(half(0xfc00)) && std::isnan(half(0x7c01)), "reads no infinity or NaN");
        check(std::isnan(voluta::toFloat(voluta::fromFloat<f16>(__uint_as_float(0x7f800001)))), "loses a NaN");
    });
}

template <class T> void reorders(long long outer, long long rows, long long columns) {
    test(text(std::string("reorder ") + typeName<T>(), {outer, rows, columns}), [&] {
        long long n = outer * rows * columns;
        Memory<float> x(n), y(n), back(n);
        Memory<T> half(n), halves(n);
        x.random(6);
        auto from = [&](long long i) { return i / (rows * columns) * rows * columns + i % rows * columns + i / rows % columns; };
        dim3 block(32, 8);
        emulation::launch(3, block, [&] { reorder_f32_f32(x.data(), y.data(), outer, rows, columns); });
        compare("f32", y, 0, [&](long long i) { return x.at(from(i)); });
        LAUNCH_TO(2, block, reorder, x.data(), half.data(), outer, rows, columns);
        compare("narrow", half, 0, [&](long long i) { return x.at(from(i)); });
        LAUNCH_BOTH(2, block, reorder, half.data(), halves.data(), outer, columns, rows);
        compare("within", halves, 0, [&](long long i) { return x.at(i); });
        LAUNCH_FROM(2, block, reorder, half.data(), back.data(), outer, columns, rows);
        compare("to f32", back, 0, [&](long long i) { return halves.at(i); });
    });
}

template <class T> void images(long long count, int channels, int pixels) {
    test(text(std::string("image_to_tensor ") + typeName<T>(), {count, channels, pixels}), [&] {
        long long n = count * channels * pixels;
        Memory<unsigned char> x(n);
        for (long long i = 0; i < n; i++) x[i] = static_cast<unsigned char>(i * 37 + i / 256);
        Memory<voluta::ChannelScale> table(channels);
        for (int c = 0; c < channels; c++) table[c] = {1 / (255 * (0.2f + 0.01f * c)), -(0.4f + 0.02f * c) / (0.2f + 0.01f * c)};
        auto value = [&](long long at, int c) { return (x[at] / 255.0 - (0.4 + 0.02 * c)) / (0.2 + 0.01 * c); };
        Memory<T> y(n), z(n);
        LAUNCH(2, 64, image_to_tensor, x.data(), table.data(), y.data(), count, channels, pixels);
        compare("nchw", y, 2e-6, [&](long long i) {
            long long c = i / pixels % channels;
            return value((i / pixels / channels * pixels + i % pixels) * channels + c, static_cast<int>(c));
        });
        LAUNCH(2, 64, image_to_tensor_nhwc, x.data(), table.data(), z.data(), count, channels, pixels);
        compare("nhwc", z, 2e-6, [&](long long i) { return value(i, static_cast<int>(i % channels)); });
    });
}

using Picture = std::vector<unsigned char>;

/** An image changed step by step, as nobody would do it on a GPU: mirrored, turned upside down, moved, then erased. */
Picture changed(Picture image, const SamplePlace& p, int down, int right, const std::vector<int>& fill, int height, int width) {
    int channels = static_cast<int>(fill.size());
    auto each = [&](auto from) {
        Picture next(image.size());
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < channels; c++) next[(y * width + x) * channels + c] = from(y, x, c);
        image = next;
    };
    auto at = [&](int y, int x, int c) { return image[(y * width + x) * channels + c]; };
    if (p.flags & voluta::MIRRORED) each([&](int y, int x, int c) { return at(y, width - 1 - x, c); });
    if (p.flags & voluta::UPSIDE_DOWN) each([&](int y, int x, int c) { return at(height - 1 - y, x, c); });
    each([&](int y, int x, int c) -> unsigned char {
        int row = y - down, column = x - right;
        if (row >= 0 && row < height && column >= 0 && column < width) return at(row, column, c);
        return static_cast<unsigned char>(p.flags & voluta::FILLED ? fill[c] : 0);
    });
    each([&](int y, int x, int c) -> unsigned char {
        bool erased = y >= p.top && y < p.top + p.height && x >= p.left && x < p.left + p.width;
        return erased ? static_cast<unsigned char>(fill[c]) : at(y, x, c);
    });
    return image;
}

void gathersImages(long long samples, long long batch, int height, int width, int channels) {
    test(text("gather_images", {samples, batch, height, width, channels}), [&] {
        int bytes = height * width * channels;
        Memory<unsigned char> all(samples * bytes), y(batch * bytes);
        for (long long i = 0; i < all.size(); i++) all[i] = static_cast<unsigned char>(i * 37 + i / 251);
        std::vector<int> colour;
        for (int c = 0; c < channels; c++) colour.push_back(255 - 9 * c);
        Memory<int> fill(channels);
        for (int c = 0; c < channels; c++) fill[c] = colour[c];
        Memory<SamplePlace> places(batch);
        std::vector<Picture> expected;
        for (int n = 0; n < batch; n++) {
            int sample = n % 6 == 5 ? -1 : n % 11 == 10 ? static_cast<int>(samples) : static_cast<int>(n * 7 % samples);
            int down = n % 3 ? n * 5 % (2 * height) - height : 0, right = n % 3 ? n * 3 % (2 * width + 1) - width : 0;
            SamplePlace p = {sample, n % 8, n & 2 ? -down : down, n & 1 ? -right : right, n % height, n % width, 0, 0};
            if (n % 4 == 1) p.height = (height + 1) / 2, p.width = (width + 2) / 3, p.left -= 1;
            places[n] = p;
            bool blank = sample < 0 || sample >= samples;
            Picture from(blank ? nullptr : &all[static_cast<long long>(sample) * bytes],
                         blank ? nullptr : &all[static_cast<long long>(sample) * bytes] + bytes);
            expected.push_back(blank ? Picture(bytes) : changed(from, p, down, right, colour, height, width));
        }
        emulation::launch(2, 64, [&] {
            gather_images(all.data(), places.data(), fill.data(), y.data(), samples, batch, height, width, channels);
        });
        compare("y", y, 0, [&](long long i) { return expected[i / bytes][i % bytes]; });
    });
}

void gathersArrays(long long samples, long long batch, long long each) {
    test(text("gather_arrays", {samples, batch, each}), [&] {
        Memory<float> all(samples * each), y(batch * each);
        all.random(7);
        Memory<SamplePlace> places(batch);
        for (int n = 0; n < batch; n++) places[n] = {n % 5 == 4 ? -1 : static_cast<int>(n * 3 % samples), 0, 0, 0, 0, 0, 0, 0};
        emulation::launch(2, 64, [&] { gather_arrays(all.data(), places.data(), y.data(), samples, batch, each); });
        compare("y", y, 0, [&](long long i) {
            int sample = places[i / each].sample;
            return sample < 0 ? 0 : all.at(sample * each + i % each);
        });
    });
}

template <class T> void typed() {
    for (int kind = voluta::RELU; kind <= voluta::RELU6; kind++) {
        activations<T>(kind, 1003, 0);
        activations<T>(kind, 37, 1);
    }
    activations<T>(voluta::GELU, 0, 0);
    for (int kind = 0; kind < 4; kind++) sameShape<T>(kind, 531, kind % 2);
    sameShape<T>(0, 0, 0);
    // a bias per channel [2,3,16] + [3,1]; pixels not a multiple of a pack; both repeated; scalar; a transposed operand
    broadcasts<T>({{2, 3, 16}, {48, 16, 1}, {0, 1, 0}, 96, 3});
    broadcasts<T>({{2, 3, 7}, {21, 7, 1}, {0, 1, 0}, 42, 3});
    broadcasts<T>({{5, 8}, {1, 0}, {0, 1}, 5, 8});
    broadcasts<T>({{24}, {1}, {0}, 24, 1});
    broadcasts<T>({{4, 6}, {1, 4}, {6, 1}, 24, 24});
    broadcasts<T>({{2, 1, 3, 2, 2, 4}, {48, 48, 16, 8, 4, 1}, {0, 12, 4, 0, 0, 1}, 96, 12});
    images<T>(2, 3, 25);
    images<T>(1, 4, 16);
    images<T>(3, 1, 1);
    images<T>(0, 3, 25);
}

template <class T> void narrow() {
    for (long long n : {0, 1, 8, 1001}) casts<T>(n, n % 3);
    reorders<T>(2, 3, 49);
    reorders<T>(1, 33, 65);
    reorders<T>(0, 4, 4);
}

} // namespace

void elementwise() {
    typed<float>();
    typed<bf16>();
    typed<f16>();
    activationEdges<float>();
    gathersImages(11, 25, 7, 9, 3);
    gathersImages(5, 48, 4, 6, 1);
    gathersImages(3, 24, 8, 8, 3);
    gathersImages(2, 12, 1, 1, 1);
    gathersImages(2, 0, 4, 4, 4);
    gathersArrays(9, 13, 37);
    gathersArrays(4, 1, 3);
    narrow<bf16>();
    narrow<f16>();
    rounding();
    halves();
}

} // namespace testing
