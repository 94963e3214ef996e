// BinaryCrossEntropy and its Backward (voluta.op.BinaryCrossEntropy). The loss and dLoss are f32.
//
// binary_cross_entropy_*: 256 threads, any grid; leaves a sum per block, of which reduce_rows_f32_f32 with scale 1 / n makes the mean.
// Bytes: reads both inputs. binary_cross_entropy_backward_*: one dimension, 256 threads, any grid. Bytes: reads both inputs, writes dx.
// Rate: not seen on a GPU yet.
#include "include/loss.cuh"

namespace voluta {

/** Of a logit z; does not overflow. */
struct LogisticLoss {
    VOLUTA_DEVICE static float of(float z, float target) {
        return fmaxf(z, 0.0f) - z * target + log1pf(expf(-fabsf(z)));
    }
    VOLUTA_DEVICE static float slope(float z, float target) { return 1 / (1 + expf(-z)) - target; }
};

} // namespace voluta

using voluta::bf16;

extern "C" __global__ void __launch_bounds__(256)
    binary_cross_entropy_f32(const float* x, const float* target, float* sums, long long n) {
    voluta::lossSums<voluta::LogisticLoss>(x, target, sums, n);
}

extern "C" __global__ void __launch_bounds__(256)
    binary_cross_entropy_bf16(const bf16* x, const bf16* target, float* sums, long long n) {
    voluta::lossSums<voluta::LogisticLoss>(x, target, sums, n);
}

extern "C" __global__ void __launch_bounds__(256)
    binary_cross_entropy_backward_f32(const float* x, const float* target, const float* dLoss, float* dx, long long n) {
    voluta::lossBackward<voluta::LogisticLoss>(x, target, dLoss, dx, n);
}

extern "C" __global__ void __launch_bounds__(256)
    binary_cross_entropy_backward_bf16(const bf16* x, const bf16* target, const float* dLoss, bf16* dx, long long n) {
    voluta::lossBackward<voluta::LogisticLoss>(x, target, dLoss, dx, n);
}
