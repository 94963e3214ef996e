// Accumulate (voluta.op.Accumulate): adds to a running sum, or begins it anew where `begin` says so; what it held is then
// not read, so that even NaN goes.
//
// Launch: one dimension, 256 threads, any grid. Bytes: reads x and, unless it begins, the sum; writes the sum. Rate: not
// seen on a GPU yet.
#include "include/device.cuh"

/** @param begin one number, not 0 for a new sum; null never begins one */
extern "C" __global__ void __launch_bounds__(256)
    accumulate(float* sum, const float* x, const float* begin, long long n) {
    using namespace voluta;
    bool goesOn = begin == nullptr || *begin == 0;
    forEachPack<LANES<float>>(n, aligned16(sum) && aligned16(x), [=](long long i, auto width) {
        float p[width.value], q[width.value];
        load(x + i, p);
        if (goesOn) {
            load(sum + i, q);
#pragma unroll
            for (int k = 0; k < width.value; k++) p[k] += q[k];
        }
        store(sum + i, p);
    });
}
