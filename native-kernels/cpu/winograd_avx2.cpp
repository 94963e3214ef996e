// Winograd convolution compiled for AVX2.
#include "winograd.h"

#include "vec_avx2.h"

#include <cstddef>
#include <cstring>
#include <omp.h>
#include <utility>

namespace voluta {
namespace avx2_code {
#include "winograd.inl"
} // namespace avx2_code
const Engine avx2 = {"avx2", avx2_code::scratchBytes, avx2_code::run, avx2_code::preparedBytes,
    avx2_code::prepare};
} // namespace voluta
