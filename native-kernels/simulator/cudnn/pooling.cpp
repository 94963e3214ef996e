// Pooling.
#include "library.h"
#include <cmath>
#include <limits>

namespace simulator::dnn {

namespace {
constexpr int MAX = 0, AVERAGE_WITH_PADDING = 1, AVERAGE = 2, MAX_DETERMINISTIC = 3;

bool isMax(int mode) { return mode == MAX || mode == MAX_DETERMINISTIC; }

int pooledSize(int in, int padding, int window, int stride) { return 1 + (in + 2 * padding - window) / stride; }

Status check(const Pooling* p, const Tensor* x, const Tensor* y) {
    TRY(require(p, "the pooling"));
    TRY(require(x, "the descriptor of x"));
    TRY(require(y, "the descriptor of y"));
    std::size_t spatial = p->window.size();
    if (x->size.size() != spatial + 2 || y->size.size() != spatial + 2)
        return refuse(BAD_PARAM, "x has %zu dimensions, y %zu, the pooling %zu spatial ones", x->size.size(), y->size.size(), spatial);
    if (spatial != 2 && spatial != 3) return refuse(STATUS_NOT_SUPPORTED, "%zu spatial dimensions", spatial);
    if (x->type != y->type) return refuse(BAD_PARAM, "x has data type %d, y %d", x->type, y->type);
    std::vector<int> wanted = {x->size[0], x->size[1]};
    for (std::size_t d = 0; d < spatial; d++)
        wanted.push_back(pooledSize(x->size[d + 2], p->padding[d], p->window[d], p->stride[d]));
    if (y->size != wanted)
        return refuse(BAD_PARAM, "y is %s, but x %s gives %s", text(y->size).c_str(), text(x->size).c_str(), text(wanted).c_str());
    return OK;
}

/** Calls use(output, inputs of its window in row-major order, elements of the window with padding) for each output. */
template <class Use> void forEachWindow(const Pooling& p, const Tensor& x, const Tensor& y, const Use& use) {
    std::size_t spatial = p.window.size();
    std::vector<long> inputs;
    long plane = x.elements() / x.size[0] / x.size[1], output = 0;
    forEach(y.size, [&](const std::vector<int>& at) {
        inputs.clear();
        long base = (1L * at[0] * x.size[1] + at[1]) * plane, whole = 1;
        for (int w : p.window) whole *= w;
        forEach(p.window, [&](const std::vector<int>& tap) {
            long place = 0;
            for (std::size_t d = 0; d < spatial; d++) {
                int i = at[d + 2] * p.stride[d] - p.padding[d] + tap[d];
                if (i < 0 || i >= x.size[d + 2]) return;
                place = place * x.size[d + 2] + i;
            }
            inputs.push_back(base + place);
        });
        use(output++, inputs, whole);
    });
}

/** Which input is the largest: the first of equals; a NaN, where they are passed on. */
long largest(const Values& x, const std::vector<long>& inputs, bool passNan) {
    long best = inputs.front();
    for (long i : inputs) {
        bool better = x[i] > x[best] || (passNan ? std::isnan(x[i]) && !std::isnan(x[best]) : std::isnan(x[best]) && !std::isnan(x[i]));
        if (better) best = i;
    }
    return best;
}

Values forward(const Pooling& p, const Tensor& xTensor, const Tensor& yTensor, const Values& x) {
    Values y(static_cast<std::size_t>(yTensor.elements()));
    forEachWindow(p, xTensor, yTensor, [&](long output, const std::vector<long>& inputs, long whole) {
        if (inputs.empty()) {
            y[output] = isMax(p.mode) ? -std::numeric_limits<float>::infinity() : 0;
        } else if (isMax(p.mode)) {
            y[output] = x[largest(x, inputs, p.nan == 1)];
        } else {
            double sum = 0;
            for (long i : inputs) sum += x[i];
            y[output] = static_cast<float>(sum / static_cast<double>(p.mode == AVERAGE ? static_cast<long>(inputs.size()) : whole));
        }
    });
    return y;
}

Values backward(const Pooling& p, const Tensor& xTensor, const Tensor& yTensor, const Values& x, const Values& dy) {
    std::vector<double> dx(static_cast<std::size_t>(xTensor.elements()), 0.0);
    forEachWindow(p, xTensor, yTensor, [&](long output, const std::vector<long>& inputs, long whole) {
        if (inputs.empty()) return;
        if (isMax(p.mode)) {
            dx[largest(x, inputs, p.nan == 1)] += dy[output];
            return;
        }
        double part = dy[output] / static_cast<double>(p.mode == AVERAGE ? static_cast<long>(inputs.size()) : whole);
        for (long i : inputs) dx[i] += part;
    });
    return Values(dx.begin(), dx.end());
}

/** The gradient of a maximum needs the y that belongs to x. */
bool belongs(const Values& y, const Values& x, const Pooling& p, const Tensor& xTensor, const Tensor& yTensor) {
    Values wanted = forward(p, xTensor, yTensor, x);
    for (std::size_t i = 0; i < y.size(); i++) {
        if (y[i] == wanted[i] || (std::isnan(y[i]) && std::isnan(wanted[i]))) continue;
        refuse(BAD_PARAM, "y is not the maximum of x: element %zu is %g, not %g", i, y[i], wanted[i]);
        return false;
    }
    return true;
}
} // namespace

} // namespace simulator::dnn

using namespace simulator;
using namespace simulator::dnn;

EXPORTED Status cudnnGetPoolingNdForwardOutputDim(const Pooling* p, const Tensor* x, int dimensions, int* size) {
    Call call("cudnnGetPoolingNdForwardOutputDim");
    TRY(require(p, "the pooling"));
    TRY(require(x, "the descriptor of x"));
    if (x->size.size() != p->window.size() + 2 || dimensions != static_cast<int>(x->size.size()))
        return refuse(BAD_PARAM, "x has %zu dimensions, %d are asked for", x->size.size(), dimensions);
    size[0] = x->size[0];
    size[1] = x->size[1];
    for (std::size_t d = 0; d < p->window.size(); d++)
        size[d + 2] = pooledSize(x->size[d + 2], p->padding[d], p->window[d], p->stride[d]);
    return OK;
}

EXPORTED Status cudnnGetPooling2dForwardOutputDim(const Pooling* p, const Tensor* x, int* n, int* c, int* h, int* w) {
    int size[4];
    TRY(cudnnGetPoolingNdForwardOutputDim(p, x, 4, size));
    *n = size[0], *c = size[1], *h = size[2], *w = size[3];
    return OK;
}

EXPORTED Status cudnnPoolingForward(Handle* h, const Pooling* pooling, const void* alpha, const Tensor* xDesc, const void* x,
                                    const void* beta, const Tensor* yDesc, void* y) {
    Call call("cudnnPoolingForward");
    Scale s;
    TRY(require(h));
    TRY(check(pooling, xDesc, yDesc));
    TRY(scale(alpha, beta, s));
    if (x == y) return refuse(BAD_PARAM, "pooling in place");
    Pooling p = *pooling;
    Tensor from = *xDesc, to = *yDesc;
    return queue(h, "cudnnPoolingForward", {access(from, x, "x"), access(to, y, "y")},
                 [=] { scatter(to, y, forward(p, from, to, gather(from, x)), s.alpha, s.beta); });
}

EXPORTED Status cudnnPoolingBackward(Handle* h, const Pooling* pooling, const void* alpha, const Tensor* yDesc, const void* y,
                                     const Tensor* dyDesc, const void* dy, const Tensor* xDesc, const void* x, const void* beta,
                                     const Tensor* dxDesc, void* dx) {
    Call call("cudnnPoolingBackward");
    Scale s;
    TRY(require(h));
    TRY(check(pooling, xDesc, yDesc));
    TRY(check(pooling, dxDesc, dyDesc));
    TRY(scale(alpha, beta, s));
    if (xDesc->stride != dxDesc->stride || yDesc->stride != dyDesc->stride || xDesc->type != dxDesc->type)
        return refuse(BAD_PARAM, "x and dx, or y and dy, are laid out differently");
    Pooling p = *pooling;
    Tensor from = *xDesc, to = *yDesc;
    std::vector<Access> accesses = {access(to, y, "y"), access(to, dy, "dy"), access(from, x, "x"), access(from, dx, "dx")};
    return queue(h, "cudnnPoolingBackward", accesses, [=] {
        Values input = gather(from, x);
        Values gradient = backward(p, from, to, input, gather(to, dy));
        if (isMax(p.mode) && !belongs(gather(to, y), input, p, from, to)) gradient.assign(gradient.size(), NAN);
        scatter(from, dx, gradient, s.alpha, s.beta);
    });
}
