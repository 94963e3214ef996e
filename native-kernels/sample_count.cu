// SampleCount (voluta.op.SampleCount): how many labels are not negative.
//
// Launch: one block of 256 threads. Bytes: reads the labels. Rate: not seen on a GPU yet.
#include "include/reduce.cuh"

extern "C" __global__ void __launch_bounds__(256) sample_count(const int* labels, float* y, long long n) {
    long long counted = 0;
    for (long long i = threadIdx.x; i < n; i += blockDim.x) counted += labels[i] >= 0;
    counted = voluta::rowReduce<voluta::Sum>(counted);
    if (threadIdx.x == 0) *y = static_cast<float>(counted);
}
