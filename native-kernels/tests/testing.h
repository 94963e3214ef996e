// Tests of the kernels on the CPU: memory that the address sanitizer guards, comparison with plain loops in double, counts.
#pragma once
#define VOLUTA_EMULATION
#include "include/device.cuh"
#include <functional>
#include <string>
#include <type_traits>

namespace testing {

/** Whether numbers of this type are rounded when they are stored. */
template <class T> constexpr bool NARROW = std::is_same_v<T, bf16> || std::is_same_v<T, f16>;

struct Counts {
    int passed = 0, failed = 0;
};

inline Counts counts;
inline std::string current;
inline int failures; // of the current test

inline void fail(const std::string& message) {
    if (failures++ < 5) std::fprintf(stderr, "%s: %s\n", current.c_str(), message.c_str());
}

inline void check(bool holds, const std::string& message) {
    if (!holds) fail(message);
}

inline void test(const std::string& name, const std::function<void()>& body) {
    current = name;
    failures = 0;
    body();
    (failures == 0 ? counts.passed : counts.failed)++;
}

template <class T> const char* typeName() { return std::is_same_v<T, bf16> ? "bf16" : std::is_same_v<T, f16> ? "f16" : "f32"; }

/**
 * Device memory for n elements, the first `offset` elements behind a 16-byte boundary and the last at the very end of an
 * allocation. New memory holds garbage.
 */
template <class T> class Memory {
  public:
    explicit Memory(long long n, long long offset = 0)
        : n_(n), bytes_(new char[(n + offset) * sizeof(T)]), data_(reinterpret_cast<T*>(bytes_.get()) + offset) {
        std::memset(bytes_.get(), 0xAB, (n + offset) * sizeof(T));
    }

    T* data() const { return data_; }
    long long size() const { return n_; }
    T& operator[](long long i) const { return data_[i]; }

    /** An element as a number; f64 for what no kernel computes with. */
    double at(long long i) const {
        if constexpr (NARROW<T>) return voluta::toFloat(data_[i]);
        else return static_cast<double>(data_[i]);
    }

    void set(long long i, double v) const {
        if constexpr (NARROW<T>) data_[i] = voluta::fromFloat<T>(static_cast<float>(v));
        else data_[i] = static_cast<T>(v);
    }

    void fill(double v) const {
        for (long long i = 0; i < n_; i++) set(i, v);
    }

    /** Numbers from low to high that look random and are the same each time. */
    const Memory& random(unsigned seed, double low = -3, double high = 3) const {
        std::uint64_t state = seed * 0x9E3779B97F4A7C15ull + 1;
        for (long long i = 0; i < n_; i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            set(i, low + (high - low) * static_cast<double>(state >> 11) * 0x1p-53);
        }
        return *this;
    }

  private:
    long long n_;
    std::unique_ptr<char[]> bytes_;
    T* data_;
};

/** Checks every element against expected(i): to `tolerance` of max(1, its magnitude), and where T is narrow to its rounding too. */
template <class T, class Expected>
void compare(const std::string& what, const Memory<T>& got, double tolerance, const Expected& expected) {
    double rounding = std::is_same_v<T, bf16> ? 0x1p-8 : std::is_same_v<T, f16> ? 0x1p-11 : 0;
    double least = std::is_same_v<T, f16> ? 0x1p-25 : 0; // half of what is between subnormal numbers
    for (long long i = 0; i < got.size(); i++) {
        double want = expected(i), have = got.at(i);
        if (std::isnan(want) && std::isnan(have)) continue;
        if (want == have) continue;
        double allowed = tolerance * std::fmax(1, std::fabs(want)) + rounding * std::fabs(want) + least;
        if (std::fabs(want - have) <= allowed) continue;
        fail(what + " of " + typeName<T>() + ": element " + std::to_string(i) + " of " + std::to_string(got.size()) +
             " is " + std::to_string(have) + ", expected " + std::to_string(want));
    }
}

inline std::string text(const std::string& name, std::initializer_list<long long> numbers) {
    std::string r = name;
    for (long long n : numbers) r += " " + std::to_string(n);
    return r;
}

} // namespace testing

/** A launch of NAME_f32, NAME_bf16 or NAME_f16, as T says; LAUNCH_TO, LAUNCH_FROM and LAUNCH_BOTH for names of two types. */
#define LAUNCH(grid, block, name, ...) LAUNCH_OF(grid, block, name##_f32, name##_bf16, name##_f16, __VA_ARGS__)
#define LAUNCH_TO(grid, block, name, ...)                                                                              \
    LAUNCH_OF(grid, block, name##_f32_f32, name##_f32_bf16, name##_f32_f16, __VA_ARGS__)
#define LAUNCH_FROM(grid, block, name, ...)                                                                            \
    LAUNCH_OF(grid, block, name##_f32_f32, name##_bf16_f32, name##_f16_f32, __VA_ARGS__)
#define LAUNCH_BOTH(grid, block, name, ...)                                                                            \
    LAUNCH_OF(grid, block, name##_f32_f32, name##_bf16_bf16, name##_f16_f16, __VA_ARGS__)
#define LAUNCH_OF(grid, block, f32Kernel, bf16Kernel, f16Kernel, ...)                                                  \
    emulation::launch(grid, block, [&] {                                                                               \
        if constexpr (std::is_same_v<T, float>) f32Kernel(__VA_ARGS__);                                                \
        else if constexpr (std::is_same_v<T, bf16>) bf16Kernel(__VA_ARGS__);                                           \
        else f16Kernel(__VA_ARGS__);                                                                                   \
    })

/** Declares a group of tests, run by main. */
namespace testing {
void convolution();
void elementwise();
void reductions();
void training();
void normalization();
void batchNormalization();
void shapes();
void pooling();
} // namespace testing
