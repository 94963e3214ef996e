// Sixteen floats at a time.
#pragma once
#include "kernels.h"

#include <immintrin.h>

namespace voluta::avx512_code {
typedef __m512 Vec;
constexpr int LANES = 16;
/** How many rows of sums fit into the registers beside the operands, by vectors in a row. */
constexpr int ROWS1 = 24, ROWS2 = 14;

#define VOLUTA_INLINE static inline __attribute__((always_inline))
/** Behind the parameters of a function within a function. */
#define VOLUTA_LAMBDA __attribute__((always_inline))
VOLUTA_INLINE Vec load(const float* p) { return _mm512_loadu_ps(p); }
VOLUTA_INLINE void store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
VOLUTA_INLINE __mmask16 mask(int n) { return static_cast<__mmask16>((1u << n) - 1); }
/** The first n floats, then zeros; n from 1 to 15. */
VOLUTA_INLINE Vec loadPart(const float* p, int n) { return _mm512_maskz_loadu_ps(mask(n), p); }
VOLUTA_INLINE void storePart(float* p, Vec v, int n) { _mm512_mask_storeu_ps(p, mask(n), v); }
VOLUTA_INLINE Vec all(float f) { return _mm512_set1_ps(f); }
VOLUTA_INLINE Vec zero() { return _mm512_setzero_ps(); }
VOLUTA_INLINE Vec larger(Vec a, Vec b) { return _mm512_max_ps(a, b); }
VOLUTA_INLINE Vec smaller(Vec a, Vec b) { return _mm512_min_ps(a, b); }
/** v where z > 0, else 0. */
VOLUTA_INLINE Vec wherePositive(Vec z, Vec v) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(z, _mm512_setzero_ps(), _CMP_GT_OQ), v);
}
/** v where the first n bytes are this one, else 0. */
VOLUTA_INLINE Vec whereEqual(const uint8_t* bytes, int wanted, Vec v, int n) {
    __m128i b = n == LANES ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)) : _mm_maskz_loadu_epi8(mask(n), bytes);
    return _mm512_maskz_mov_ps(_mm_cmpeq_epi8_mask(b, _mm_set1_epi8(static_cast<char>(wanted))), v);
}
/** a b + c, rounded once. */
VOLUTA_INLINE Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
/** Row i becomes column i. */
VOLUTA_INLINE void transpose(Vec (&r)[LANES]) {
    Vec t[LANES];
#pragma GCC unroll 4
    for (int i = 0; i < LANES; i += 4) { // of each four rows: the columns 4 lane + 0, 1, 2, 3 in the lanes of 128 bits
        __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(r[i], r[i + 1])), b = _mm512_castps_pd(_mm512_unpackhi_ps(r[i], r[i + 1]));
        __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(r[i + 2], r[i + 3])), d = _mm512_castps_pd(_mm512_unpackhi_ps(r[i + 2], r[i + 3]));
        t[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
        t[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
        t[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
        t[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        Vec a = _mm512_shuffle_f32x4(t[i], t[4 + i], 0x88), b = _mm512_shuffle_f32x4(t[i], t[4 + i], 0xdd);
        Vec c = _mm512_shuffle_f32x4(t[8 + i], t[12 + i], 0x88), d = _mm512_shuffle_f32x4(t[8 + i], t[12 + i], 0xdd);
        r[i] = _mm512_shuffle_f32x4(a, c, 0x88);
        r[4 + i] = _mm512_shuffle_f32x4(b, d, 0x88);
        r[8 + i] = _mm512_shuffle_f32x4(a, c, 0xdd);
        r[12 + i] = _mm512_shuffle_f32x4(b, d, 0xdd);
    }
}

VOLUTA_INLINE Vec widened(__m256i bits) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16)); }
VOLUTA_INLINE Vec load(const Bf16* p) { return widened(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))); }
VOLUTA_INLINE Vec loadPart(const Bf16* p, int n) { return widened(_mm256_maskz_loadu_epi16(mask(n), p)); }
/** To the nearest, halves to even; NaN stays NaN. */
VOLUTA_INLINE __m256i narrowed(Vec v) {
    __m512i bits = _mm512_castps_si512(v), odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i near = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    near = _mm512_mask_or_epi32(near, nan, bits, _mm512_set1_epi32(0x400000));
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(near, 16));
}
VOLUTA_INLINE void store(Bf16* p, Vec v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), narrowed(v)); }
VOLUTA_INLINE void storePart(Bf16* p, Vec v, int n) { _mm256_mask_storeu_epi16(p, mask(n), narrowed(v)); }
} // namespace voluta::avx512_code
