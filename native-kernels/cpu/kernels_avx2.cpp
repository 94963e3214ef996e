// The kernels compiled for AVX2.
#include "kernels.h"

#include "vec_avx2.h"

#include <cmath>
#include <cstddef>
#include <cstring>
#include <omp.h>
#include <type_traits>
#include <utility>

namespace voluta {
namespace avx2_code {
#include "lanes.inl"
#include "winograd.inl"
#include "image_lanes.inl"
#include "batch_norm.inl"
#include "max_pool.inl"
#include "clip.inl"
} // namespace avx2_code
const Engine avx2 = {"avx2", avx2_code::convolutionScratchBytes, avx2_code::convolve, avx2_code::preparedBytes, avx2_code::prepare,
    avx2_code::normScratchBytes, avx2_code::normalize, avx2_code::maxPoolBackward, avx2_code::clip};
} // namespace voluta
