// Matrix products for the stand-ins of the libraries.
#pragma once
#include <cstddef>
#include <vector>

namespace simulator {

/**
 * c[m x n] += a[m x k] b[k x n], all row-major. The order of additions does not depend on the instructions that are used;
 * backward goes through k from its end.
 */
__attribute__((target_clones("default", "avx2"))) static inline void
multiplyAdd(long m, long n, long k, const float* a, long lda, const float* b, long ldb, float* c, long ldc, bool backward = false) {
    constexpr long COLUMNS = 512, DEPTH = 64;
    for (long j0 = 0; j0 < n; j0 += COLUMNS) {
        long width = n - j0 < COLUMNS ? n - j0 : COLUMNS;
        for (long block = 0; block < k; block += DEPTH) {
            long last = k - block < DEPTH ? k - block : DEPTH;
            for (long i = 0; i < m; i++) {
                float* __restrict row = c + i * ldc + j0;
                auto place = [&](long p) { return backward ? k - 1 - block - p : block + p; };
                long p = 0;
                for (; p + 4 <= last; p += 4) { // four at a time: the row is read and written once for them
                    long at[4] = {place(p), place(p + 1), place(p + 2), place(p + 3)};
                    float f0 = a[i * lda + at[0]], f1 = a[i * lda + at[1]], f2 = a[i * lda + at[2]], f3 = a[i * lda + at[3]];
                    const float *b0 = b + at[0] * ldb + j0, *b1 = b + at[1] * ldb + j0;
                    const float *b2 = b + at[2] * ldb + j0, *b3 = b + at[3] * ldb + j0;
                    for (long j = 0; j < width; j++) row[j] = (((row[j] + f0 * b0[j]) + f1 * b1[j]) + f2 * b2[j]) + f3 * b3[j];
                }
                for (; p < last; p++) {
                    float factor = a[i * lda + place(p)];
                    const float* other = b + place(p) * ldb + j0;
                    for (long j = 0; j < width; j++) row[j] += factor * other[j];
                }
            }
        }
    }
}

static inline std::vector<float> transposed(const float* a, long rows, long columns) {
    std::vector<float> result(static_cast<std::size_t>(rows * columns));
    constexpr long TILE = 32;
    for (long i0 = 0; i0 < rows; i0 += TILE)
        for (long j0 = 0; j0 < columns; j0 += TILE)
            for (long i = i0; i < rows && i < i0 + TILE; i++)
                for (long j = j0; j < columns && j < j0 + TILE; j++) result[j * rows + i] = a[i * columns + j];
    return result;
}

} // namespace simulator
