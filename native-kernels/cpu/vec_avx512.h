// Sixteen floats at a time.
#pragma once
#include <immintrin.h>

namespace voluta::avx512_code {
typedef __m512 Vec;
constexpr int LANES = 16;
/** How many rows of sums fit into the registers beside the operands, by vectors in a row. */
constexpr int ROWS1 = 24, ROWS2 = 14;

#define VOLUTA_INLINE static inline __attribute__((always_inline))
VOLUTA_INLINE Vec load(const float* p) { return _mm512_loadu_ps(p); }
VOLUTA_INLINE void store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
VOLUTA_INLINE __mmask16 mask(int n) { return static_cast<__mmask16>((1u << n) - 1); }
/** The first n floats, then zeros; n from 1 to 15. */
VOLUTA_INLINE Vec loadPart(const float* p, int n) { return _mm512_maskz_loadu_ps(mask(n), p); }
VOLUTA_INLINE void storePart(float* p, Vec v, int n) { _mm512_mask_storeu_ps(p, mask(n), v); }
VOLUTA_INLINE Vec all(float f) { return _mm512_set1_ps(f); }
VOLUTA_INLINE Vec zero() { return _mm512_setzero_ps(); }
VOLUTA_INLINE Vec larger(Vec a, Vec b) { return _mm512_max_ps(a, b); }
/** a b + c, rounded once. */
VOLUTA_INLINE Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
} // namespace voluta::avx512_code
