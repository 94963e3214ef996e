// Casts between f32 and bf16, such as the bf16 copies of the weights at the head of a step. bf16 rounds to nearest even.
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

using voluta::bf16;

extern "C" __global__ void __launch_bounds__(256) cast_f32_bf16(const float* x, bf16* y, long long n) {
    voluta::cast(x, y, n);
}

extern "C" __global__ void __launch_bounds__(256) cast_bf16_f32(const bf16* x, float* y, long long n) {
    voluta::cast(x, y, n);
}
