// Eight floats at a time.
#pragma once
#include "kernels.h"

#include <immintrin.h>

namespace voluta::avx2_code {
typedef __m256 Vec;
constexpr int LANES = 8;
/** How many rows of sums fit into the registers beside the operands, by vectors in a row. */
constexpr int ROWS1 = 12, ROWS2 = 6;

#define VOLUTA_INLINE static inline __attribute__((always_inline))
/** Behind the parameters of a function within a function. */
#define VOLUTA_LAMBDA __attribute__((always_inline))
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
VOLUTA_INLINE Vec smaller(Vec a, Vec b) { return _mm256_min_ps(a, b); }
/** v where z > 0, else 0. */
VOLUTA_INLINE Vec wherePositive(Vec z, Vec v) {
    return _mm256_and_ps(v, _mm256_cmp_ps(z, _mm256_setzero_ps(), _CMP_GT_OQ));
}
/** v where the first n bytes are this one, else 0. */
VOLUTA_INLINE Vec whereEqual(const uint8_t* bytes, int wanted, Vec v, int n) {
    alignas(8) uint8_t row[LANES] = {};
    if (n < LANES)
        for (int i = 0; i < n; i++) row[i] = bytes[i];
    __m128i b = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(n < LANES ? row : bytes));
    __m256i same = _mm256_cmpeq_epi32(_mm256_cvtepu8_epi32(b), _mm256_set1_epi32(wanted));
    return _mm256_and_ps(v, _mm256_castsi256_ps(same));
}
/** a b + c, rounded once. */
VOLUTA_INLINE Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
/** Row i becomes column i. */
VOLUTA_INLINE void transpose(Vec (&r)[LANES]) {
    Vec t[LANES];
#pragma GCC unroll 2
    for (int i = 0; i < LANES; i += 4) { // of each four rows: the columns 4 lane + 0, 1, 2, 3 in the lanes of 128 bits
        __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(r[i], r[i + 1])), b = _mm256_castps_pd(_mm256_unpackhi_ps(r[i], r[i + 1]));
        __m256d c = _mm256_castps_pd(_mm256_unpacklo_ps(r[i + 2], r[i + 3])), d = _mm256_castps_pd(_mm256_unpackhi_ps(r[i + 2], r[i + 3]));
        t[i] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, c));
        t[i + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, c));
        t[i + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(b, d));
        t[i + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(b, d));
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        r[i] = _mm256_permute2f128_ps(t[i], t[4 + i], 0x20);
        r[4 + i] = _mm256_permute2f128_ps(t[i], t[4 + i], 0x31);
    }
}

VOLUTA_INLINE Vec widened(__m128i bits) { return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16)); }
VOLUTA_INLINE Vec load(const Bf16* p) { return widened(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))); }
VOLUTA_INLINE Vec loadPart(const Bf16* p, int n) {
    alignas(16) Bf16 row[LANES] = {};
    for (int i = 0; i < n; i++) row[i] = p[i];
    return load(row);
}
/** To the nearest, halves to even; NaN stays NaN. */
VOLUTA_INLINE __m128i narrowed(Vec v) {
    __m256i bits = _mm256_castps_si256(v), odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    __m256i near = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    near = _mm256_blendv_epi8(near, quiet, _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q)));
    near = _mm256_srli_epi32(near, 16);
    return _mm_packus_epi32(_mm256_castsi256_si128(near), _mm256_extracti128_si256(near, 1));
}
VOLUTA_INLINE void store(Bf16* p, Vec v) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), narrowed(v)); }
VOLUTA_INLINE void storePart(Bf16* p, Vec v, int n) {
    alignas(16) Bf16 row[LANES];
    store(row, v);
    for (int i = 0; i < n; i++) p[i] = row[i];
}
} // namespace voluta::avx2_code
