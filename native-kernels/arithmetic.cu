// Arithmetic (voluta.op.Arithmetic): y = a op b with broadcasting. A scale per channel or a scalar factor stays f32 beside
// narrow activations: the variants named with two types, those of a and of b, which write the narrow one.
//
// Launch: one dimension, 256 threads, any grid. Bytes: reads a and b once each (repeated ones come from the cache), writes
// y. Rate: not seen on a GPU yet. y may be a's or b's memory where that operand is not broadcast.
#include "include/strides.cuh"

namespace voluta {

/** In the order of Arithmetic.Kind. */
enum ArithmeticKind { ADD, SUBTRACT, MULTIPLY, DIVIDE };

VOLUTA_DEVICE float combine(int kind, float a, float b) {
    return kind == ADD ? a + b : kind == SUBTRACT ? a - b : kind == MULTIPLY ? a * b : a / b;
}

template <class T> VOLUTA_DEVICE void arithmetic(const T* a, const T* b, T* y, long long n, int kind) {
    forEachPack<LANES<T>>(n, aligned16(a) && aligned16(b) && aligned16(y), [=](long long i, auto width) {
        float p[width.value], q[width.value];
        load(a + i, p);
        load(b + i, q);
#pragma unroll
        for (int k = 0; k < width.value; k++) p[k] = combine(kind, p[k], q[k]);
        store(y + i, p);
    });
}

template <class Index, class A, class B, class Y>
VOLUTA_DEVICE void broadcastLoop(const A* a, const B* b, Y* y, long long n, const Strides& s, int kind) {
    constexpr int LANE = LANES<Y>;
    bool packed = aligned16(y) && packs(a, s.a, s, LANE) && packs(b, s.b, s, LANE);
    long long innerA = 0, innerB = 0;
#pragma unroll
    for (int d = 0; d < MAX_RANK; d++) {
        if (d == s.rank - 1) innerA = s.a[d], innerB = s.b[d];
    }
    forEachPack<LANE>(n, packed, [&](long long i, auto width) {
        float p[width.value], q[width.value];
        Offsets at = offsets<Index>(s, i);
        loadStrided(a + at.a, innerA, p);
        loadStrided(b + at.b, innerB, q);
#pragma unroll
        for (int k = 0; k < width.value; k++) p[k] = combine(kind, p[k], q[k]);
        store(y + i, p);
    });
}

template <class A, class B, class Y>
VOLUTA_DEVICE void arithmeticBroadcast(const A* a, const B* b, Y* y, long long n, const Strides& s, int kind) {
    if (n <= 0xffffffffLL) broadcastLoop<unsigned>(a, b, y, n, s, kind);
    else broadcastLoop<unsigned long long>(a, b, y, n, s, kind);
}

} // namespace voluta

using voluta::Strides;

/** Operands of one shape. @param kind the ordinal of Arithmetic.Kind */
#define ARITHMETIC_T(T)                                                       \
    extern "C" __global__ void __launch_bounds__(256)                         \
        arithmetic_##T(const T* a, const T* b, T* y, long long n, int kind) { \
        voluta::arithmetic(a, b, y, n, kind);                                 \
    }
FOR_TYPES(ARITHMETIC_T)

/** @param n the elements of y, the product of the sizes */
#define ARITHMETIC_BROADCAST_T(T)                                                                                        \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        arithmetic_broadcast_##T(const T* a, const T* b, T* y, long long n, int kind, const __grid_constant__ Strides s) { \
        voluta::arithmeticBroadcast(a, b, y, n, s, kind);                                                                \
    }
FOR_TYPES(ARITHMETIC_BROADCAST_T)

#define ARITHMETIC_BROADCAST_N_F32(N)                                                                                   \
    extern "C" __global__ void __launch_bounds__(256)                                                                   \
        arithmetic_broadcast_##N##_f32(const N* a, const float* b, N* y, long long n, int kind, const __grid_constant__ Strides s) { \
        voluta::arithmeticBroadcast(a, b, y, n, s, kind);                                                               \
    }
FOR_NARROW_TYPES(ARITHMETIC_BROADCAST_N_F32)

#define ARITHMETIC_BROADCAST_F32_N(N)                                                                                    \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        arithmetic_broadcast_f32_##N(const float* a, const N* b, N* y, long long n, int kind, const __grid_constant__ Strides s) { \
        voluta::arithmeticBroadcast(a, b, y, n, s, kind);                                                                \
    }
FOR_NARROW_TYPES(ARITHMETIC_BROADCAST_F32_N)
