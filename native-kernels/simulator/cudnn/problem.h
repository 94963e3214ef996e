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
    int padding[3] = {0, 0, 0}; // in front; behind there is what y's size asks for
    int stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1};
    int spatial = 0;

    long pixels() const { return 1L * out[0] * out[1] * out[2]; }
    long taps() const { return 1L * kernel[0] * kernel[1] * kernel[2]; }
    /** Rows of the matrix of patches: channels of a group times taps. */
    long depth() const { return channels / groups * taps(); }
};

/** The size of an output dimension, 0 where the window does not fit; padding is that of both ends. */
int outputSize(int in, int padding, int window, int stride, int dilation);

/** A convolution of tensors whose sizes fit; padding is that in front. */
Problem problem(const Tensor& x, const Tensor& w, const Tensor& y, const std::vector<int>& padding, const std::vector<int>& stride,
                const std::vector<int>& dilation, int groups, bool flipped);

/** Checks everything that the documentation of cudnnConvolutionForward asks of its descriptors. */
Status describe(const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y, Problem& to);

/** Whether an algorithm can do it; and the bytes of workspace it wants. */
bool supports(Direction direction, int algorithm, const Problem& p);
std::size_t workspace(Direction direction, int algorithm, const Problem& p);
bool deterministic(Direction direction, int algorithm);
/** Whether VOLUTA_CUDA_SIMULATOR_UNORDERED leaves nothing for the pass that adds up in one order. */
bool unordered(Direction direction);

/** Kernels that add up atomically give other bits from run to run: every second call adds in the other order. */
bool turnRound(bool deterministic);

/** Dense results, not scaled. Backward: the order of the sums is turned round. */
Values forward(const Problem& p, const Values& x, const Values& w);
Values backwardData(const Problem& p, const Values& w, const Values& dy, bool backward);
Values backwardFilter(const Problem& p, const Values& x, const Values& dy, bool backward);

/** result = scale.alpha * result + scale.beta * added + biases of the filters, then ReLU; added may be empty. */
void finishForward(const Problem& p, Scale scale, Values& result, const Values& added, const Values& biases, bool relu);

/** Memory of a call: what it writes must not overlap anything, and the workspace has the bytes that are needed. */
struct Operands {
    std::vector<Access> reads, writes;
    Access scratch;
};

/** Queues a kernel, which overwrites its workspace as any real one does; all memory is aligned to 16 bytes. */
Status launch(Handle* handle, const char* name, const Operands& operands, const std::function<void()>& work);

} // namespace simulator::dnn
