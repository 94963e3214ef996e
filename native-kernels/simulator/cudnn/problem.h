// A convolution with everything known: sizes checked, up to three spatial dimensions.
#pragma once
#include "library.h"

namespace simulator::dnn {

enum class Direction { FORWARD, DATA, FILTER };

struct Problem {
    Tensor x, w, y;
    bool nhwc = false, flipped = false;
    int groups = 1;
    int batch = 0, channels = 0, filters = 0;
    int in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, kernel[3] = {1, 1, 1};
    int padding[3] = {0, 0, 0}, stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1};
    int spatial = 0;

    long pixels() const { return 1L * out[0] * out[1] * out[2]; }
    long taps() const { return 1L * kernel[0] * kernel[1] * kernel[2]; }
    /** Rows of the matrix of patches: channels of a group times taps. */
    long depth() const { return channels / groups * taps(); }
};

/** The size of an output dimension; may be 0 or less. */
int outputSize(int in, int padding, int window, int stride, int dilation);

/** Checks everything that the documentation of cudnnConvolutionForward asks of its descriptors. */
Status describe(const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y, Problem& to);

/** Whether an algorithm can do it; and the bytes of workspace it wants. */
bool supports(Direction direction, int algorithm, const Problem& p);
std::size_t workspace(Direction direction, int algorithm, const Problem& p);
bool deterministic(Direction direction, int algorithm);

/** Dense results, not scaled. Backward: the order of the sums is turned round. */
Values forward(const Problem& p, const Values& x, const Values& w);
Values backwardData(const Problem& p, const Values& w, const Values& dy, bool backward);
Values backwardFilter(const Problem& p, const Values& x, const Values& dy, bool backward);

} // namespace simulator::dnn
