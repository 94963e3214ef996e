// Winograd convolution in f32, of images in f32 or bf16: 3x3 windows, stride 1, any zero padding of 0 to 2 at each border.
//
// Algorithm: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016: F(MxM, 3x3) with M = 2 or 4.
// The points of F(4x4) are 0, +-3/4, +-3/2 and infinity, which halve the error of the usual 0, +-1, +-2 (B. Barabasz et al.,
// "Error Analysis and Improving the Accuracy of Winograd Convolution", 2020).
#pragma once

namespace voluta {

/** Which of the three convolutions of a layer. */
enum Pass { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS };

/**
 * One convolution. A backward pass over data is described as the forward convolution that it is: from y's gradient (c
 * channels, height x width) to x's gradient (k channels, outHeight x outWidth), padding 2 - p; its weights are turned by
 * half and exchange their channels while they are read.
 */
struct Geometry {
    int pass;
    int tile; // M: 2 or 4
    int n;
    int c; // channels of the source
    int k; // channels of the result; backward weights: channels of y's gradient
    int height, width; // of the source
    int outHeight, outWidth; // of the result; backward weights: of y's gradient
    int top, left; // zero padding before
    int threads;
    int flags;
};

/** Addresses; bias, residual and biasGradient may be null. Images are of c and k channels. */
struct Arrays {
    const void* source; // image of height x width
    /** Weights [3, 3, C, K] of the layer, its input channels C before its output channels K; backward weights: y's gradient. */
    const void* other;
    void* result; // image of outHeight x outWidth; backward weights: weights' gradient [3, 3, C, K]
    const float* bias; // [k]
    const void* residual; // like the result
    float* biasGradient; // [k]
    float* scratch; // aligned to 64 bytes, as many bytes as scratchBytes() says
};

} // namespace voluta
