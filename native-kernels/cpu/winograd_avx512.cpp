// Winograd convolution compiled for AVX512.
#include "winograd.h"

#include "vec_avx512.h"

#include <cstddef>
#include <cstring>
#include <omp.h>
#include <utility>

namespace voluta {
namespace avx512_code {
#include "winograd.inl"
} // namespace avx512_code
const Engine avx512 = {"avx512", avx512_code::scratchBytes, avx512_code::run, avx512_code::preparedBytes,
    avx512_code::prepare};
} // namespace voluta
