// Convolutions in f32, of images in f32 or bf16: by Winograd's algorithm (winograd.inl) for 3x3 windows with stride 1 and zero padding of
// 0 to 2 at each border, and directly with one image in each lane (image_lanes.inl).
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
    int tile; // of Winograd's algorithm F(tile x tile, 3x3): 2 or 4; 0: directly
    int n;
    int c; // channels of the source
    int k; // channels of the result; backward weights: channels of y's gradient
    int height, width; // of the source
    int outHeight, outWidth; // of the result; backward weights: of y's gradient
    int top, left; // zero padding before
    int threads;
    int flags;
    int windowHeight = 3, windowWidth = 3;
    int down = 1, across = 1; // steps of the window; a backward pass over data has 1
};

/** Addresses; bias, residual and biasGradient may be null. Images are of c and k channels. */
struct Arrays {
    const void* source; // image of height x width
    /**
     * Weights of the layer, with C input and K output channels: [3, 3, C, K] for Winograd's algorithm, else row-major
     * [K, C, windowHeight, windowWidth]; backward weights: y's gradient.
     */
    const void* other;
    void* result; // image of outHeight x outWidth; backward weights: weights' gradient, like weights
    const float* bias; // [k]
    const void* residual; // like the result
    float* biasGradient; // [k]
    float* scratch; // aligned to 64 bytes, as many bytes as scratchBytes() says
    /**
     * If not null, the source stands for max(0, (source - mean) factor + shift) within the image, [c] each: batch normalization
     * and ReLU. Of Winograd's forward pass and weights' gradient in f32.
     */
    const float *mean = nullptr, *factor = nullptr, *shift = nullptr;
};

} // namespace voluta
