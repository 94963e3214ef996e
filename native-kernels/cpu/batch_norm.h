// Batch normalization of images in f32, with a residual and ReLU or ReLU6 in the same passes over memory.
#pragma once

namespace voluta {

/** What is done. */
enum NormPass {
    /** Mean and variance of the images themselves. */
    NORM_TRAINING,
    /** Mean and variance as they are given. */
    NORM_FROZEN,
    /** The gradients in training. */
    NORM_BACKWARD,
    /** Mean, variance and factor of the images alone: whoever reads them normalizes. */
    NORM_STATISTICS
};

/** What follows the normalization and the residual. */
enum NormActivation { NORM_LINEAR, NORM_RELU, NORM_RELU6 };

/** Images of `pixels` pixels. Of the flags of kernels.h, BLOCKED counts; a last block is filled with zeros. */
struct NormGeometry {
    int pass;
    int activation;
    int images, pixels, channels;
    int threads;
    int flags;
    float epsilon;
};

/** Addresses. Vectors have one float per channel. */
struct NormArrays {
    const void* x;
    const float *scale, *shift; // shift may be null in a backward pass without activation
    float *mean, *variance; // of the images, not yet unbiased: written in training and by the statistics, else read
    const void* residual; // null: none
    void* y; // may be x or the residual; in a backward pass it is read, if there are a residual's gradient and an activation
    const void* dy;
    void* dx; // may be dy
    void* residualGradient; // null: none; may be dy
    float *scaleGradient, *shiftGradient;
    float* scratch; // aligned to 64 bytes, as many bytes as normScratchBytes() says
    float* factor = nullptr; // of the statistics: scale / root of (variance + epsilon)
};

} // namespace voluta
