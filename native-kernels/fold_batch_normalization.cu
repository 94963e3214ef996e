// FoldBatchNormalization (voluta.op): weights and bias that do the work of a frozen batch normalization as well.
//
// Launch: one dimension, 256 threads, any grid. Bytes: reads w, writes w2; the vectors come from the cache. It runs once per
// load of the parameters. Rate: not seen on a GPU yet.
#include "include/device.cuh"

/**
 * w2[o, i] = w[o, i] * f[o] and b2[o] = (bias[o] - mean[o]) * f[o] + shift[o], f = scale / sqrt(variance + epsilon).
 *
 * @param bias one number for each filter, or null
 * @param n the elements of w, a multiple of filters
 */
extern "C" __global__ void __launch_bounds__(256) fold_batch_normalization_f32(const float* w, const float* bias,
    const float* scale, const float* shift, const float* mean, const float* variance, float* w2, float* b2, long long n,
    long long filters, float epsilon) {
    long long each = n / filters;
    for (long long i = voluta::globalThread(); i < n; i += voluta::globalThreads()) {
        long long o = i / each;
        float f = scale[o] / sqrtf(variance[o] + epsilon);
        w2[i] = w[i] * f;
        if (i == o * each) b2[o] = ((bias == nullptr ? 0.0f : bias[o]) - mean[o]) * f + shift[o];
    }
}
