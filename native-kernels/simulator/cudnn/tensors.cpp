// Activations, softmax, and arithmetic on whole tensors.
#include "library.h"
#include <cmath>
#include <limits>

namespace simulator::dnn {

namespace {
enum Kind { SIGMOID, RELU, TANH, CLIPPED_RELU, ELU, IDENTITY, SWISH };

float activate(const Activation& a, float x) {
    double v = x, c = a.coefficient;
    switch (a.mode) {
    case SIGMOID: return static_cast<float>(1 / (1 + std::exp(-v)));
    case RELU: return x < 0 ? 0 : x;
    case TANH: return static_cast<float>(std::tanh(v));
    case CLIPPED_RELU: return static_cast<float>(v < 0 ? 0 : v > c ? c : v);
    case ELU: return static_cast<float>(v > 0 ? v : c * std::expm1(v));
    default: return static_cast<float>(v / (1 + std::exp(-a.swishBeta * v)));
    }
}

float slope(const Activation& a, float x, float y) {
    double v = x, c = a.coefficient;
    switch (a.mode) {
    case SIGMOID: return y * (1 - y);
    case RELU: return x > 0 ? 1 : 0;
    case TANH: return 1 - y * y;
    case CLIPPED_RELU: return v > 0 && v < c ? 1 : 0;
    case ELU: return v > 0 ? 1 : static_cast<float>(y + c);
    default: {
        double s = 1 / (1 + std::exp(-a.swishBeta * v));
        return static_cast<float>(s * (1 + a.swishBeta * v * (1 - s)));
    }
    }
}

Status alike(const Tensor* a, const Tensor* b, const char* names) {
    TRY(require(a, names));
    TRY(require(b, names));
    if (!sameSize(*a, *b) || a->type != b->type)
        return refuse(BAD_PARAM, "%s are %s of data type %d and %s of %d", names, text(a->size).c_str(), a->type,
                      text(b->size).c_str(), b->type);
    return OK;
}

Status requireMode(const Activation* a) {
    TRY(require(a, "the activation"));
    if (a->mode == IDENTITY) return refuse(BAD_PARAM, "identity is for cudnnConvolutionBiasActivationForward only");
    return OK;
}

/** Where the vectors of a softmax lie in the dense copy: all but the batch, or the channels of a pixel. */
template <class Use> void forEachVector(const Tensor& t, int mode, const Use& use) {
    long all = t.elements() / t.size[0], channels = t.size[1], pixels = all / channels;
    for (long n = 0; n < t.size[0]; n++) {
        if (mode == 0) use(n * all, all, 1L);
        else
            for (long p = 0; p < pixels; p++) use(n * all + p, channels, pixels);
    }
}

Status checkSoftmax(int algorithm, int mode) {
    if (algorithm < 0 || algorithm > 2 || mode < 0 || mode > 1) return refuse(BAD_PARAM, "algorithm %d, mode %d", algorithm, mode);
    return OK;
}

/** Whether each size of a is that of c or 1. */
Status broadcasts(const Tensor& a, const Tensor& c, const char* name) {
    bool fits = a.size.size() == c.size.size() && a.size.size() <= 5;
    for (std::size_t d = 0; fits && d < a.size.size(); d++) fits = a.size[d] == c.size[d] || a.size[d] == 1;
    if (!fits) return refuse(BAD_PARAM, "%s %s does not spread over %s", name, text(a.size).c_str(), text(c.size).c_str());
    return OK;
}

/** For each element of c the element of a, both dense. */
template <class Use> void forEachPair(const Tensor& a, const Tensor& c, const Use& use) {
    long i = 0;
    forEach(c.size, [&](const std::vector<int>& index) {
        long at = 0;
        for (std::size_t d = 0; d < index.size(); d++) at = at * a.size[d] + (a.size[d] == 1 ? 0 : index[d]);
        use(i++, at);
    });
}

float combine(int op, float a, float b) {
    switch (op) {
    case 0: return a + b;
    case 1: return a * b;
    case 2: return a < b ? a : b;
    case 3: return a > b ? a : b;
    case 4: return std::sqrt(a);
    default: return 1 - a;
    }
}
} // namespace

} // namespace simulator::dnn

using namespace simulator;
using namespace simulator::dnn;

EXPORTED Status cudnnActivationForward(Handle* h, const Activation* activation, const void* alpha, const Tensor* xDesc, const void* x,
                                       const void* beta, const Tensor* yDesc, void* y) {
    Call call("cudnnActivationForward");
    Scale s;
    TRY(require(h));
    TRY(requireMode(activation));
    TRY(alike(xDesc, yDesc, "x and y"));
    TRY(scale(alpha, beta, s));
    if (x == y && xDesc->stride != yDesc->stride) return refuse(BAD_PARAM, "in place with other strides");
    Activation a = *activation;
    Tensor from = *xDesc, to = *yDesc;
    return queue(h, "cudnnActivationForward", {access(from, x, "x"), access(to, y, "y")}, [=] {
        Values values = gather(from, x);
        for (float& v : values) v = activate(a, v);
        scatter(to, y, values, s.alpha, s.beta);
    });
}

EXPORTED Status cudnnActivationBackward(Handle* h, const Activation* activation, const void* alpha, const Tensor* yDesc, const void* y,
                                        const Tensor* dyDesc, const void* dy, const Tensor* xDesc, const void* x, const void* beta,
                                        const Tensor* dxDesc, void* dx) {
    Call call("cudnnActivationBackward");
    Scale s;
    TRY(require(h));
    TRY(requireMode(activation));
    TRY(alike(yDesc, dyDesc, "y and dy"));
    TRY(alike(xDesc, dxDesc, "x and dx"));
    TRY(alike(xDesc, yDesc, "x and y"));
    TRY(scale(alpha, beta, s));
    if (yDesc->stride != dyDesc->stride || xDesc->stride != dxDesc->stride)
        return refuse(STATUS_NOT_SUPPORTED, "y and dy, or x and dx, have different strides");
    Activation a = *activation;
    Tensor out = *yDesc, in = *xDesc;
    std::vector<Access> accesses = {access(out, y, "y"), access(out, dy, "dy"), access(in, x, "x"), access(in, dx, "dx")};
    return queue(h, "cudnnActivationBackward", accesses, [=] {
        Values ys = gather(out, y), gradient = gather(out, dy), xs = gather(in, x);
        for (std::size_t i = 0; i < xs.size(); i++) gradient[i] *= slope(a, xs[i], ys[i]);
        scatter(in, dx, gradient, s.alpha, s.beta);
    });
}

EXPORTED Status cudnnSoftmaxForward(Handle* h, int algorithm, int mode, const void* alpha, const Tensor* xDesc, const void* x,
                                    const void* beta, const Tensor* yDesc, void* y) {
    Call call("cudnnSoftmaxForward");
    Scale s;
    TRY(require(h));
    TRY(checkSoftmax(algorithm, mode));
    TRY(alike(xDesc, yDesc, "x and y"));
    TRY(scale(alpha, beta, s));
    Tensor from = *xDesc, to = *yDesc;
    return queue(h, "cudnnSoftmaxForward", {access(from, x, "x"), access(to, y, "y")}, [=] {
        Values v = gather(from, x);
        forEachVector(from, mode, [&](long first, long n, long step) {
            double largest = -std::numeric_limits<double>::infinity(), sum = 0;
            for (long i = 0; i < n; i++) largest = std::max(largest, static_cast<double>(v[first + i * step]));
            if (algorithm == 0) largest = 0; // the fast one overflows
            for (long i = 0; i < n; i++) sum += std::exp(v[first + i * step] - largest);
            for (long i = 0; i < n; i++) {
                float& one = v[first + i * step];
                one = static_cast<float>(algorithm == 2 ? one - largest - std::log(sum) : std::exp(one - largest) / sum);
            }
        });
        scatter(to, y, v, s.alpha, s.beta);
    });
}

EXPORTED Status cudnnSoftmaxBackward(Handle* h, int algorithm, int mode, const void* alpha, const Tensor* yDesc, const void* y,
                                     const Tensor* dyDesc, const void* dy, const void* beta, const Tensor* dxDesc, void* dx) {
    Call call("cudnnSoftmaxBackward");
    Scale s;
    TRY(require(h));
    TRY(checkSoftmax(algorithm, mode));
    TRY(alike(yDesc, dyDesc, "y and dy"));
    TRY(alike(yDesc, dxDesc, "y and dx"));
    TRY(scale(alpha, beta, s));
    Tensor out = *yDesc, gradientOut = *dyDesc, to = *dxDesc;
    std::vector<Access> accesses = {access(out, y, "y"), access(gradientOut, dy, "dy"), access(to, dx, "dx")};
    return queue(h, "cudnnSoftmaxBackward", accesses, [=] {
        Values v = gather(out, y), g = gather(gradientOut, dy);
        forEachVector(out, mode, [&](long first, long n, long step) {
            double sum = 0;
            for (long i = 0; i < n; i++) sum += algorithm == 2 ? g[first + i * step] : g[first + i * step] * v[first + i * step];
            for (long i = 0; i < n; i++) {
                long at = first + i * step;
                g[at] = static_cast<float>(algorithm == 2 ? g[at] - std::exp(v[at]) * sum : v[at] * (g[at] - sum));
            }
        });
        scatter(to, dx, g, s.alpha, s.beta);
    });
}

EXPORTED Status cudnnAddTensor(Handle* h, const void* alpha, const Tensor* aDesc, const void* a, const void* beta, const Tensor* cDesc,
                               void* c) {
    Call call("cudnnAddTensor");
    Scale s;
    TRY(require(h));
    TRY(require(aDesc, "the descriptor of a"));
    TRY(require(cDesc, "the descriptor of c"));
    TRY(broadcasts(*aDesc, *cDesc, "a"));
    TRY(scale(alpha, beta, s));
    Tensor from = *aDesc, to = *cDesc;
    return queue(h, "cudnnAddTensor", {access(from, a, "a"), access(to, c, "c")}, [=] {
        Values values = gather(from, a), result(static_cast<std::size_t>(to.elements()));
        forEachPair(from, to, [&](long i, long at) { result[i] = values[at]; });
        scatter(to, c, result, s.alpha, s.beta);
    });
}

EXPORTED Status cudnnOpTensor(Handle* h, const OpTensor* operation, const void* alpha1, const Tensor* aDesc, const void* a,
                              const void* alpha2, const Tensor* bDesc, const void* b, const void* beta, const Tensor* cDesc, void* c) {
    Call call("cudnnOpTensor");
    Scale s, second;
    TRY(require(h));
    TRY(require(operation, "the operation"));
    TRY(require(aDesc, "the descriptor of a"));
    TRY(require(cDesc, "the descriptor of c"));
    TRY(scale(alpha1, beta, s));
    int op = operation->op;
    if (!sameSize(*aDesc, *cDesc)) return refuse(BAD_PARAM, "a is %s, c %s", text(aDesc->size).c_str(), text(cDesc->size).c_str());
    std::vector<Access> accesses = {access(*aDesc, a, "a"), access(*cDesc, c, "c")};
    bool binary = op < 4;
    if (binary) {
        TRY(require(bDesc, "the descriptor of b"));
        TRY(broadcasts(*bDesc, *cDesc, "b"));
        TRY(scale(alpha2, beta, second));
        accesses.push_back(access(*bDesc, b, "b"));
        if (b == c && !sameSize(*bDesc, *cDesc)) return refuse(BAD_PARAM, "b is c, and is spread");
    }
    Tensor left = *aDesc, right = binary ? *bDesc : *aDesc, to = *cDesc;
    return queue(h, "cudnnOpTensor", accesses, [=] {
        Values x = gather(left, a), y = binary ? gather(right, b) : x;
        Values result(x.size());
        forEachPair(right, to, [&](long i, long at) { result[i] = combine(op, s.alpha * x[i], second.alpha * y[at]); });
        scatter(to, c, result, 1, s.beta);
    });
}

EXPORTED Status cudnnGetReductionIndicesSize(Handle* h, const Reduce* r, const Tensor*, const Tensor*, std::size_t* bytes) {
    Call call("cudnnGetReductionIndicesSize");
    TRY(require(h));
    TRY(require(r, "the reduction"));
    *bytes = 0;
    return OK;
}

EXPORTED Status cudnnGetReductionWorkspaceSize(Handle* h, const Reduce* r, const Tensor* a, const Tensor* c, std::size_t* bytes) {
    Call call("cudnnGetReductionWorkspaceSize");
    TRY(require(h));
    TRY(require(r, "the reduction"));
    TRY(require(a, "the descriptor of a"));
    TRY(require(c, "the descriptor of c"));
    TRY(broadcasts(*c, *a, "c"));
    *bytes = sameSize(*a, *c) ? 0 : static_cast<std::size_t>(c->elements()) * 32 + 128;
    return OK;
}

EXPORTED Status cudnnReduceTensor(Handle* h, const Reduce* reduction, void*, std::size_t, void* scratch, std::size_t bytes,
                                  const void* alpha, const Tensor* aDesc, const void* a, const void* beta, const Tensor* cDesc, void* c) {
    Call call("cudnnReduceTensor");
    Scale s;
    std::size_t wanted = 0;
    TRY(cudnnGetReductionWorkspaceSize(h, reduction, aDesc, cDesc, &wanted));
    TRY(scale(alpha, beta, s));
    if (bytes < wanted) return refuse(BAD_PARAM, "%zu bytes of workspace, %zu are needed", bytes, wanted);
    int op = reduction->op;
    Tensor from = *aDesc, to = *cDesc;
    std::vector<Access> accesses = {access(from, a, "a"), access(to, c, "c")};
    if (wanted > 0) accesses.push_back({scratch, wanted, "the workspace"});
    return queue(h, "cudnnReduceTensor", accesses, [=] {
        if (wanted > 0) std::memset(scratch, 0xff, wanted);
        Values values = gather(from, a);
        constexpr double INFINITE = std::numeric_limits<double>::infinity();
        double start = op == 1 || op == 8 ? 1 : op == 2 ? INFINITE : op == 3 ? -INFINITE : 0;
        std::vector<double> sums(static_cast<std::size_t>(to.elements()), start);
        forEachPair(to, from, [&](long i, long at) {
            double v = values[i], &sum = sums[at];
            switch (op) {
            case 1: sum *= v; break;
            case 2: sum = std::min(sum, v); break;
            case 3: sum = std::max(sum, v); break;
            case 4: sum = std::max(sum, std::fabs(v)); break;
            case 6: sum += std::fabs(v); break;
            case 7: sum += v * v; break;
            case 8: sum *= v == 0 ? 1 : v; break;
            default: sum += v;
            }
        });
        double count = static_cast<double>(from.elements()) / static_cast<double>(to.elements());
        for (double& sum : sums) sum = op == 5 ? sum / count : op == 7 ? std::sqrt(sum) : sum;
        scatter(to, c, Values(sums.begin(), sums.end()), s.alpha, s.beta);
    });
}

EXPORTED Status cudnnTransformTensor(Handle* h, const void* alpha, const Tensor* xDesc, const void* x, const void* beta,
                                     const Tensor* yDesc, void* y) {
    Call call("cudnnTransformTensor");
    Scale s;
    TRY(require(h));
    TRY(require(xDesc, "the descriptor of x"));
    TRY(require(yDesc, "the descriptor of y"));
    TRY(scale(alpha, beta, s));
    if (!sameSize(*xDesc, *yDesc)) return refuse(BAD_PARAM, "x is %s, y %s", text(xDesc->size).c_str(), text(yDesc->size).c_str());
    if (xDesc->type != yDesc->type) return refuse(STATUS_NOT_SUPPORTED, "x and y have different data types");
    if (x == y) return refuse(BAD_PARAM, "in place");
    Tensor from = *xDesc, to = *yDesc;
    return queue(h, "cudnnTransformTensor", {access(from, x, "x"), access(to, y, "y")},
                 [=] { scatter(to, y, gather(from, x), s.alpha, s.beta); });
}

EXPORTED Status cudnnSetTensor(Handle* h, const Tensor* yDesc, void* y, const void* value) {
    Call call("cudnnSetTensor");
    TRY(require(h));
    TRY(require(yDesc, "the descriptor of y"));
    if (value == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "the value is null");
    Tensor to = *yDesc;
    float v = load(to.type, value, 0);
    return queue(h, "cudnnSetTensor", {access(to, y, "y")}, [=] { scatter(to, y, Values(static_cast<std::size_t>(to.elements()), v)); });
}

EXPORTED Status cudnnScaleTensor(Handle* h, const Tensor* yDesc, void* y, const void* alpha) {
    Call call("cudnnScaleTensor");
    Scale s;
    TRY(require(h));
    TRY(require(yDesc, "the descriptor of y"));
    TRY(scale(alpha, alpha, s));
    Tensor to = *yDesc;
    return queue(h, "cudnnScaleTensor", {access(to, y, "y")}, [=] { scatter(to, y, gather(to, y), s.alpha); });
}
