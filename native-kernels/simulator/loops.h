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
                float* row = c + i * ldc + j0;
                for (long p = 0; p < last; p++) {
                    long at = backward ? k - 1 - block - p : block + p;
                    float factor = a[i * lda + at];
                    const float* other = b + at * ldb + j0;
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
