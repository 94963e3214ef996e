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

#define MEAN_SQUARED_ERROR_T(T)                                                         \
    extern "C" __global__ void __launch_bounds__(256)                                   \
        mean_squared_error_##T(const T* x, const T* target, float* sums, long long n) { \
        voluta::lossSums<voluta::SquaredError>(x, target, sums, n);                     \
    }
FOR_TYPES(MEAN_SQUARED_ERROR_T)

#define MEAN_SQUARED_ERROR_BACKWARD_T(T)                                                                       \
    extern "C" __global__ void __launch_bounds__(256)                                                          \
        mean_squared_error_backward_##T(const T* x, const T* target, const float* dLoss, T* dx, long long n) { \
        voluta::lossBackward<voluta::SquaredError>(x, target, dLoss, dx, n);                                   \
    }
FOR_TYPES(MEAN_SQUARED_ERROR_BACKWARD_T)
