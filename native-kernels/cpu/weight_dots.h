// Gradients of a convolution's weights as dot products of bf16, for processors that multiply pairs (avx512_bf16).
//
// What is multiplied is summed over images and pixels. A pair is the same pixel and channel of two images, so that any
// window, stride and dilation reads whole pairs, and windows only meet what lies within the image.
#pragma once

#include <cstddef>
#include <cstdint>

namespace voluta {

/**
 * A convolution from images of c channels, height x width, to images of k channels, outHeight x outWidth. With the flag BLOCKED
 * of kernels.h, c is a multiple of 16 and x lies in blocks of 16 channels; without, x has few channels and lies plainly, [image, c,
 * height, width], and dilationWidth is 1. y's gradient always lies in blocks, k is a multiple of 16.
 */
struct DotGeometry {
    int images, c, k;
    int height, width, outHeight, outWidth;
    int kernelHeight, kernelWidth, strideHeight, strideWidth, dilationHeight, dilationWidth;
    int top, left; // zero padding before
    int threads;
    int flags;
};

/** Addresses: images in bf16; the gradient of the weights and the scratch are aligned to 64 bytes. */
struct DotArrays {
    const void* x;
    const void* dy;
    /** [k / 16, c / 16, kernelHeight, kernelWidth, 16 of c, 16 of k]; without BLOCKED [k / 16, kernelHeight, kernelWidth, c, 16 of k]. */
    float* dw;
    void* scratch; // as many bytes as scratchBytes() says
};

/** The code; sums are in one order for each number of threads. */
struct DotEngine {
    long long (*scratchBytes)(const DotGeometry&);
    void (*run)(const DotGeometry&, const DotArrays&);
};

extern const DotEngine weightDots;

} // namespace voluta
