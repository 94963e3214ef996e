// Accumulate (voluta.op.Accumulate): adds a scalar to a running sum.
//
// Launch: one thread. Bytes: 12. Rate: not seen on a GPU yet.
#include "include/device.cuh"

extern "C" __global__ void accumulate(float* sum, const float* x) { *sum += *x; }
