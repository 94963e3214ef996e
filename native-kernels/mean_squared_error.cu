// MeanSquaredError and its Backward (voluta.op.MeanSquaredError). The loss and dLoss are f32.
//
// mean_squared_error_*: 256 threads, any grid; leaves a sum per block, of which reduce_rows_f32_f32 with scale 1 / n makes the mean.
// Bytes: reads both inputs. mean_squared_error_backward_*: one dimension, 256 threads, any grid. Bytes: reads both inputs, writes dx.
// Rate: not seen on a GPU yet.
#include "include/loss.cuh"

namespace voluta {

struct SquaredError {
    VOLUTA_DEVICE static float of(float x, float target) { return (x - target) * (x - target); }
    VOLUTA_DEVICE static float slope(float x, float target) { return 2 * (x - target); }
};

} // namespace voluta

using voluta::bf16;

extern "C" __global__ void __launch_bounds__(256)
    mean_squared_error_f32(const float* x, const float* target, float* sums, long long n) {
    voluta::lossSums<voluta::SquaredError>(x, target, sums, n);
}

extern "C" __global__ void __launch_bounds__(256)
    mean_squared_error_bf16(const bf16* x, const bf16* target, float* sums, long long n) {
    voluta::lossSums<voluta::SquaredError>(x, target, sums, n);
}

extern "C" __global__ void __launch_bounds__(256)
    mean_squared_error_backward_f32(const float* x, const float* target, const float* dLoss, float* dx, long long n) {
    voluta::lossBackward<voluta::SquaredError>(x, target, dLoss, dx, n);
}

extern "C" __global__ void __launch_bounds__(256)
    mean_squared_error_backward_bf16(const bf16* x, const bf16* target, const float* dLoss, bf16* dx, long long n) {
    voluta::lossBackward<voluta::SquaredError>(x, target, dLoss, dx, n);
}
