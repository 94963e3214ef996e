// Casts between f32 and a narrow type, such as the copies of the weights at the head of a step. Rounds to nearest even.
//
// Launch: one dimension, 256 threads, any grid. Bytes: 6 per element. Rate: not seen on a GPU yet.
#include "include/device.cuh"

namespace voluta {

template <class From, class To> VOLUTA_DEVICE void cast(const From* x, To* y, long long n) {
    forEachPack<8>(n, aligned16(x) && aligned16(y), [=](long long i, auto width) {
        float v[width.value];
        load(x + i, v);
        store(y + i, v);
    });
}

} // namespace voluta

#define CAST_F32_N(N)                                                                                   \
    extern "C" __global__ void __launch_bounds__(256) cast_f32_##N(const float* x, N* y, long long n) { \
        voluta::cast(x, y, n);                                                                          \
    }
FOR_NARROW_TYPES(CAST_F32_N)

#define CAST_N_F32(N)                                                                                     \
    extern "C" __global__ void __launch_bounds__(256) cast_##N##_f32(const N* x, float* y, long long n) { \
        voluta::cast(x, y, n);                                                                            \
    }
FOR_NARROW_TYPES(CAST_N_F32)
