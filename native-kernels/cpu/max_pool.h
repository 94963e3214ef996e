// The gradient of maximum pooling over images in f32 or bf16, of windows that do not overlap.
#pragma once

#include <cstdint>

namespace voluta {

/** Pooling from images of height x width to outHeight x outWidth; strides are not less than the kernel. Of the flags of kernels.h, BF16 and BLOCKED count. */
struct PoolGeometry {
    int images, channels;
    int height, width, outHeight, outWidth;
    int kernelHeight, kernelWidth, strideHeight, strideWidth;
    int top, left; // padding before
    int threads;
    int flags;
};

struct PoolArrays {
    const void* dy;
    /** Which tap of its window, counted row by row, was the largest; lies like y's gradient. */
    const uint8_t* winners;
    void* dx;
};

} // namespace voluta
