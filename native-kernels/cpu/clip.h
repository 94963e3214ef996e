// Activations that are a line between two limits: ReLU, ReLU6, hard sigmoid. What is no number stays none, which it does not in oneDNN.
#pragma once

namespace voluta {

/** y = the lesser of high and the larger of low and scale x + shift, of n numbers in f32, or in bf16 by the flag of kernels.h; y may be x. */
struct Clip {
    const void* x;
    void* y;
    long long n;
    float scale, shift, low, high;
    int threads;
    int flags;
};

} // namespace voluta
