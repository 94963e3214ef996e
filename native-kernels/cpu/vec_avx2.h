// Eight floats at a time.
#pragma once
#include <immintrin.h>

namespace voluta::avx2_code {
typedef __m256 Vec;
constexpr int LANES = 8;
/** How many rows of sums fit into the registers beside the operands, by vectors in a row. */
constexpr int ROWS1 = 12, ROWS2 = 6;

#define VOLUTA_INLINE static inline __attribute__((always_inline))
VOLUTA_INLINE Vec load(const float* p) { return _mm256_loadu_ps(p); }
VOLUTA_INLINE void store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
VOLUTA_INLINE __m256i mask(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
/** The first n floats, then zeros; n from 1 to 7. */
VOLUTA_INLINE Vec loadPart(const float* p, int n) { return _mm256_maskload_ps(p, mask(n)); }
VOLUTA_INLINE void storePart(float* p, Vec v, int n) { _mm256_maskstore_ps(p, mask(n), v); }
VOLUTA_INLINE Vec all(float f) { return _mm256_set1_ps(f); }
VOLUTA_INLINE Vec zero() { return _mm256_setzero_ps(); }
VOLUTA_INLINE Vec larger(Vec a, Vec b) { return _mm256_max_ps(a, b); }
/** a b + c, rounded once. */
VOLUTA_INLINE Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
} // namespace voluta::avx2_code
