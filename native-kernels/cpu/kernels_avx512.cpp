// The kernels compiled for AVX-512.
#include "kernels.h"

#include "vec_avx512.h"

#include <cmath>
#include <cstddef>
#include <cstring>
#include <omp.h>
#include <type_traits>
#include <utility>

namespace voluta {
namespace avx512_code {
#include "lanes.inl"
#include "winograd.inl"
#include "image_lanes.inl"
#include "batch_norm.inl"
#include "max_pool.inl"
#include "clip.inl"
} // namespace avx512_code
const Engine avx512 = {"avx512", avx512_code::convolutionScratchBytes, avx512_code::convolve, avx512_code::preparedBytes, avx512_code::prepare,
    avx512_code::normScratchBytes, avx512_code::normalize, avx512_code::maxPoolBackward, avx512_code::clip};
} // namespace voluta
