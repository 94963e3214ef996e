// What every kernel uses: element types with vector loads and stores, loops over a grid, index types.
#pragma once
#ifdef VOLUTA_EMULATION
#include "emulation/cuda.h"
#endif

#define VOLUTA_DEVICE __device__ __forceinline__

namespace voluta {

using f32 = float;

/** A bfloat16 number: the upper half of a float. Our own type, because cuda_bf16.h triples the time of compilation. */
struct bf16 {
    unsigned short bits;
};

/** An IEEE half: 5 bits of exponent, 10 of fraction, up to 65504. Our own type for the same reason. */
struct f16 {
    unsigned short bits;
};

VOLUTA_DEVICE float toFloat(float v) { return v; }

VOLUTA_DEVICE float toFloat(bf16 v) { return __uint_as_float(static_cast<unsigned>(v.bits) << 16); }

/** Exact, subnormal numbers too. */
VOLUTA_DEVICE float toFloat(f16 v) {
#ifdef VOLUTA_EMULATION
    return emulation::fromHalf(v.bits);
#else
    float r;
    asm("cvt.f32.f16 %0, %1;" : "=f"(r) : "h"(v.bits));
    return r;
#endif
}

/** Rounds to the nearest, ties to even; NaN stays NaN, too large becomes infinity. */
template <class T> VOLUTA_DEVICE T fromFloat(float v);

template <> VOLUTA_DEVICE float fromFloat<float>(float v) { return v; }

template <> VOLUTA_DEVICE bf16 fromFloat<bf16>(float v) {
    bf16 r;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(r.bits) : "f"(v));
#else
    unsigned u = __float_as_uint(v);
    bool nan = (u & 0x7fffffffu) > 0x7f800000u;
    r.bits = static_cast<unsigned short>(nan ? (u >> 16) | 0x40u : (u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
#endif
    return r;
}

template <> VOLUTA_DEVICE f16 fromFloat<f16>(float v) {
    f16 r;
#ifdef VOLUTA_EMULATION
    r.bits = emulation::toHalf(v);
#else
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(r.bits) : "f"(v));
#endif
    return r;
}

/** How many elements of T one 16-byte access moves. */
template <class T> constexpr int LANES = 16 / static_cast<int>(sizeof(T));

/** N neighbouring elements; at most 16 bytes of them are one access. */
template <class T, int N> struct alignas(N * sizeof(T) < 16 ? N * sizeof(T) : 16) Pack {
    T at[N];
};

/** Reads N neighbours; p is aligned to a pack. */
template <int N, class T> VOLUTA_DEVICE void load(const T* p, float (&v)[N]) {
    Pack<T, N> pack = *reinterpret_cast<const Pack<T, N>*>(p);
#pragma unroll
    for (int k = 0; k < N; k++) v[k] = toFloat(pack.at[k]);
}

/** Writes N neighbours; p is aligned to a pack. */
template <int N, class T> VOLUTA_DEVICE void store(T* p, const float (&v)[N]) {
    Pack<T, N> pack;
#pragma unroll
    for (int k = 0; k < N; k++) pack.at[k] = fromFloat<T>(v[k]);
    *reinterpret_cast<Pack<T, N>*>(p) = pack;
}

/** Whether packs of 16 bytes may be read at this address. */
VOLUTA_DEVICE bool aligned16(const void* p) { return (reinterpret_cast<unsigned long long>(p) & 15) == 0; }

/** This thread's number in a one-dimensional grid, and how many there are. */
VOLUTA_DEVICE long long globalThread() { return blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; }
VOLUTA_DEVICE long long globalThreads() { return gridDim.x * static_cast<long long>(blockDim.x); }

/** A width known when the kernel is compiled, as an argument. */
template <int N> struct Width {
    static constexpr int value = N;
};

/**
 * Calls body(first, Width<W>()) for all of [0, n), W elements at a time while whole packs are left and all addresses
 * are aligned, then one at a time. Any one-dimensional grid does.
 */
template <int W, class Body> VOLUTA_DEVICE void forEachPack(long long n, bool aligned, const Body& body) {
    long long packs = aligned ? n / W : 0;
    for (long long j = globalThread(); j < packs; j += globalThreads()) body(j * W, Width<W>());
    for (long long i = packs * W + globalThread(); i < n; i += globalThreads()) body(i, Width<1>());
}

} // namespace voluta

/**
 * A kernel for each element type. KERNEL is a macro whose parameter is called T, or N where there is none for f32; names
 * are made as NAME_##T. The build of the simulated device finds kernels by these letters.
 */
#define FOR_TYPES(KERNEL) KERNEL(f32) KERNEL(bf16) KERNEL(f16)
#define FOR_NARROW_TYPES(KERNEL) KERNEL(bf16) KERNEL(f16)

using voluta::bf16, voluta::f16, voluta::f32;
