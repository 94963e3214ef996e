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

#define BINARY_CROSS_ENTROPY_T(T)                                                         \
    extern "C" __global__ void __launch_bounds__(256)                                     \
        binary_cross_entropy_##T(const T* x, const T* target, float* sums, long long n) { \
        voluta::lossSums<voluta::LogisticLoss>(x, target, sums, n);                       \
    }
FOR_TYPES(BINARY_CROSS_ENTROPY_T)

#define BINARY_CROSS_ENTROPY_BACKWARD_T(T)                                                                       \
    extern "C" __global__ void __launch_bounds__(256)                                                            \
        binary_cross_entropy_backward_##T(const T* x, const T* target, const float* dLoss, T* dx, long long n) { \
        voluta::lossBackward<voluta::LogisticLoss>(x, target, dLoss, dx, n);                                     \
    }
FOR_TYPES(BINARY_CROSS_ENTROPY_BACKWARD_T)
