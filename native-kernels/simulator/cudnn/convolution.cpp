// Convolutions and their gradients.
#include "problem.h"
#include <cmath>

namespace simulator::dnn {

namespace {
constexpr int ALGORITHMS[] = {8, 6, 7}; // forward, data, filter

/** cudnnConvolution...AlgoPerf_t. */
struct Performance {
    int algorithm;
    Status status;
    float milliseconds;
    std::size_t bytes;
    int deterministic, mathType, reserved[3];
};
static_assert(sizeof(Performance) == 48, "as JCudnn's natives read it");

struct Run {
    Handle* handle;
    const char* name;
    Direction direction;
    int algorithm;
    Problem problem;
    Scale scale;
    std::vector<Access> reads;
    Access writes, scratch;
};

Status check(const Run& run) {
    if (run.algorithm < 0 || run.algorithm >= ALGORITHMS[static_cast<int>(run.direction)])
        return refuse(BAD_PARAM, "there is no algorithm %d", run.algorithm);
    if (!supports(run.direction, run.algorithm, run.problem))
        return refuse(STATUS_NOT_SUPPORTED, "algorithm %d cannot do x %s, w %s%s", run.algorithm, text(run.problem.x.size).c_str(),
                      text(run.problem.w.size).c_str(), run.problem.nhwc ? ", nhwc" : "");
    std::size_t wanted = workspace(run.direction, run.algorithm, run.problem);
    if (run.scratch.bytes < wanted)
        return refuse(BAD_PARAM, "%zu bytes of workspace, algorithm %d needs %zu", run.scratch.bytes, run.algorithm, wanted);
    if (wanted > 0 && run.scratch.address == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "the workspace is null");
    return OK;
}

Status start(const Run& run, const std::function<void()>& work) {
    TRY(check(run));
    Access scratch = run.scratch;
    scratch.bytes = workspace(run.direction, run.algorithm, run.problem);
    return launch(run.handle, run.name, {run.reads, {run.writes}, scratch}, work);
}

Status size(Direction direction, Handle* handle, const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y,
            int algorithm, std::size_t* bytes) {
    Problem p;
    TRY(require(handle));
    TRY(describe(x, w, c, y, p));
    if (bytes == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "nowhere to put the size");
    if (algorithm < 0 || algorithm >= ALGORITHMS[static_cast<int>(direction)])
        return refuse(BAD_PARAM, "there is no algorithm %d", algorithm);
    if (!supports(direction, algorithm, p)) return STATUS_NOT_SUPPORTED; // a question, so nothing is wrong
    *bytes = workspace(direction, algorithm, p);
    return OK;
}

/** All algorithms, the supported ones first, with times that depend on the work alone. */
Status rank(Direction direction, Handle* handle, const Tensor* x, const Filter* w, const Convolution* c, const Tensor* y, int asked,
            int* given, Performance* results, std::size_t limit) {
    Problem p;
    TRY(require(handle));
    TRY(describe(x, w, c, y, p));
    if (asked < 1 || given == nullptr || results == nullptr) return refuse(BAD_PARAM, "room for %d results", asked);
    static const float factor[] = {1.0f, 0.55f, 0.8f, 0.9f, 0.45f, 0.5f, 0.45f, 0.5f};
    double work = 2e-9 * p.batch * p.filters * p.depth() * p.pixels();
    std::vector<Performance> all;
    for (int a = 0; a < ALGORITHMS[static_cast<int>(direction)]; a++) {
        Performance one{};
        one.algorithm = a;
        one.mathType = c->mathType;
        one.deterministic = deterministic(direction, a);
        bool can = supports(direction, a, p);
        one.bytes = can ? workspace(direction, a, p) : 0;
        one.status = !can ? STATUS_NOT_SUPPORTED : one.bytes > limit ? EXECUTION_FAILED : OK;
        one.milliseconds = one.status == OK ? static_cast<float>(0.01 + work * factor[a]) : -1.0f;
        all.push_back(one);
    }
    std::stable_sort(all.begin(), all.end(), [](const Performance& a, const Performance& b) {
        return a.status == OK && (b.status != OK || a.milliseconds < b.milliseconds);
    });
    *given = std::min(asked, static_cast<int>(all.size()));
    std::copy(all.begin(), all.begin() + *given, results);
    return OK;
}

/** A search runs on the real memory at once: it destroys what it writes. */
Status search(const Run& run) {
    TRY(require(run.handle));
    if (requireNoCapture("algorithms cannot be searched for") != SUCCESS) return EXECUTION_FAILED;
    std::vector<Access> all = run.reads;
    all.push_back(run.writes);
    if (run.scratch.bytes > 0) all.push_back(run.scratch);
    Access writes = run.writes, scratch = run.scratch;
    TRY(queue(run.handle, run.name, all, [=] {
        std::memset(const_cast<void*>(writes.address), 0xff, writes.bytes);
        if (scratch.bytes > 0) std::memset(const_cast<void*>(scratch.address), 0xff, scratch.bytes);
    }));
    return finish(run.handle->stream) == SUCCESS ? OK : EXECUTION_FAILED;
}

Status requirePerChannel(const Tensor* t, const Tensor& y, const char* name) {
    TRY(require(t, name));
    std::vector<int> wanted(y.size.size(), 1);
    wanted[1] = y.size[1];
    if (t->size != wanted) return refuse(BAD_PARAM, "%s is %s, wanted %s", name, text(t->size).c_str(), text(wanted).c_str());
    return OK;
}
} // namespace

} // namespace simulator::dnn

using namespace simulator;
using namespace simulator::dnn;

EXPORTED Status cudnnGetConvolutionNdForwardOutputDim(const Convolution* c, const Tensor* x, const Filter* w, int dimensions, int* size) {
    Call call("cudnnGetConvolutionNdForwardOutputDim");
    TRY(require(c, "the convolution"));
    TRY(require(x, "the descriptor of x"));
    TRY(require(w, "the descriptor of w"));
    if (dimensions != static_cast<int>(x->size.size()) || w->size.size() != x->size.size() || c->padding.size() + 2 != x->size.size())
        return refuse(BAD_PARAM, "x has %zu dimensions, w %zu, %d are asked for", x->size.size(), w->size.size(), dimensions);
    if (x->size[1] != w->size[1] * c->groups)
        return refuse(BAD_PARAM, "x %s and w %s with %d groups", text(x->size).c_str(), text(w->size).c_str(), c->groups);
    size[0] = x->size[0];
    size[1] = w->size[0];
    for (int d = 2; d < dimensions; d++) {
        size[d] = outputSize(x->size[d], 2 * c->padding[d - 2], w->size[d], c->stride[d - 2], c->dilation[d - 2]);
        if (size[d] <= 0) return refuse(BAD_PARAM, "the window is larger than the padded input in dimension %d", d);
    }
    return OK;
}

EXPORTED Status cudnnGetConvolution2dForwardOutputDim(const Convolution* c, const Tensor* x, const Filter* w, int* n, int* k, int* h,
                                                      int* width) {
    int size[4];
    TRY(cudnnGetConvolutionNdForwardOutputDim(c, x, w, 4, size));
    *n = size[0], *k = size[1], *h = size[2], *width = size[3];
    return OK;
}

EXPORTED Status cudnnGetConvolutionForwardWorkspaceSize(Handle* h, const Tensor* x, const Filter* w, const Convolution* c,
                                                        const Tensor* y, int algorithm, std::size_t* bytes) {
    Call call("cudnnGetConvolutionForwardWorkspaceSize");
    return size(Direction::FORWARD, h, x, w, c, y, algorithm, bytes);
}

EXPORTED Status cudnnGetConvolutionBackwardDataWorkspaceSize(Handle* h, const Filter* w, const Tensor* dy, const Convolution* c,
                                                             const Tensor* dx, int algorithm, std::size_t* bytes) {
    Call call("cudnnGetConvolutionBackwardDataWorkspaceSize");
    return size(Direction::DATA, h, dx, w, c, dy, algorithm, bytes);
}

EXPORTED Status cudnnGetConvolutionBackwardFilterWorkspaceSize(Handle* h, const Tensor* x, const Tensor* dy, const Convolution* c,
                                                               const Filter* dw, int algorithm, std::size_t* bytes) {
    Call call("cudnnGetConvolutionBackwardFilterWorkspaceSize");
    return size(Direction::FILTER, h, x, dw, c, dy, algorithm, bytes);
}

EXPORTED Status cudnnGetConvolutionForwardAlgorithmMaxCount(Handle* h, int* count) {
    TRY(require(h));
    *count = ALGORITHMS[0];
    return OK;
}

EXPORTED Status cudnnGetConvolutionBackwardDataAlgorithmMaxCount(Handle* h, int* count) {
    TRY(require(h));
    *count = ALGORITHMS[1];
    return OK;
}

EXPORTED Status cudnnGetConvolutionBackwardFilterAlgorithmMaxCount(Handle* h, int* count) {
    TRY(require(h));
    *count = ALGORITHMS[2];
    return OK;
}

EXPORTED Status cudnnGetConvolutionForwardAlgorithm_v7(Handle* h, const Tensor* x, const Filter* w, const Convolution* c,
                                                       const Tensor* y, int asked, int* given, Performance* results) {
    Call call("cudnnGetConvolutionForwardAlgorithm_v7");
    return rank(Direction::FORWARD, h, x, w, c, y, asked, given, results, SIZE_MAX);
}

EXPORTED Status cudnnGetConvolutionBackwardDataAlgorithm_v7(Handle* h, const Filter* w, const Tensor* dy, const Convolution* c,
                                                            const Tensor* dx, int asked, int* given, Performance* results) {
    Call call("cudnnGetConvolutionBackwardDataAlgorithm_v7");
    return rank(Direction::DATA, h, dx, w, c, dy, asked, given, results, SIZE_MAX);
}

EXPORTED Status cudnnGetConvolutionBackwardFilterAlgorithm_v7(Handle* h, const Tensor* x, const Tensor* dy, const Convolution* c,
                                                              const Filter* dw, int asked, int* given, Performance* results) {
    Call call("cudnnGetConvolutionBackwardFilterAlgorithm_v7");
    return rank(Direction::FILTER, h, x, dw, c, dy, asked, given, results, SIZE_MAX);
}

EXPORTED Status cudnnFindConvolutionForwardAlgorithmEx(Handle* h, const Tensor* x, const void* xData, const Filter* w, const void* wData,
                                                       const Convolution* c, const Tensor* y, void* yData, int asked, int* given,
                                                       Performance* results, void* scratch, std::size_t bytes) {
    Call call("cudnnFindConvolutionForwardAlgorithmEx");
    TRY(rank(Direction::FORWARD, h, x, w, c, y, asked, given, results, bytes));
    return search({h, "cudnnFindConvolutionForwardAlgorithmEx", Direction::FORWARD, 0, {}, {},
                   {access(*x, xData, "x"), access(w->tensor(), wData, "w")}, access(*y, yData, "y"), {scratch, bytes, "the workspace"}});
}

EXPORTED Status cudnnFindConvolutionBackwardDataAlgorithmEx(Handle* h, const Filter* w, const void* wData, const Tensor* dy,
                                                            const void* dyData, const Convolution* c, const Tensor* dx, void* dxData,
                                                            int asked, int* given, Performance* results, void* scratch,
                                                            std::size_t bytes) {
    Call call("cudnnFindConvolutionBackwardDataAlgorithmEx");
    TRY(rank(Direction::DATA, h, dx, w, c, dy, asked, given, results, bytes));
    return search({h, "cudnnFindConvolutionBackwardDataAlgorithmEx", Direction::DATA, 0, {}, {},
                   {access(w->tensor(), wData, "w"), access(*dy, dyData, "dy")}, access(*dx, dxData, "dx"),
                   {scratch, bytes, "the workspace"}});
}

EXPORTED Status cudnnFindConvolutionBackwardFilterAlgorithmEx(Handle* h, const Tensor* x, const void* xData, const Tensor* dy,
                                                              const void* dyData, const Convolution* c, const Filter* dw, void* dwData,
                                                              int asked, int* given, Performance* results, void* scratch,
                                                              std::size_t bytes) {
    Call call("cudnnFindConvolutionBackwardFilterAlgorithmEx");
    TRY(rank(Direction::FILTER, h, x, dw, c, dy, asked, given, results, bytes));
    return search({h, "cudnnFindConvolutionBackwardFilterAlgorithmEx", Direction::FILTER, 0, {}, {},
                   {access(*x, xData, "x"), access(*dy, dyData, "dy")}, access(dw->tensor(), dwData, "dw"),
                   {scratch, bytes, "the workspace"}});
}

EXPORTED Status cudnnConvolutionForward(Handle* h, const void* alpha, const Tensor* xDesc, const void* x, const Filter* wDesc,
                                        const void* w, const Convolution* c, int algorithm, void* scratch, std::size_t bytes,
                                        const void* beta, const Tensor* yDesc, void* y) {
    Call call("cudnnConvolutionForward");
    Problem p;
    Scale s;
    TRY(require(h));
    TRY(describe(xDesc, wDesc, c, yDesc, p));
    TRY(scale(alpha, beta, s));
    Run run{h, "cudnnConvolutionForward", Direction::FORWARD, algorithm, p, s, {access(p.x, x, "x"), access(p.w, w, "w")},
            access(p.y, y, "y"), {scratch, bytes, "the workspace"}};
    return start(run, [=] { scatter(p.y, y, forward(p, gather(p.x, x), gather(p.w, w)), s.alpha, s.beta); });
}

EXPORTED Status cudnnConvolutionBiasActivationForward(Handle* h, const void* alpha1, const Tensor* xDesc, const void* x,
                                                      const Filter* wDesc, const void* w, const Convolution* c, int algorithm,
                                                      void* scratch, std::size_t bytes, const void* alpha2, const Tensor* zDesc,
                                                      const void* z, const Tensor* biasDesc, const void* bias,
                                                      const Activation* activationDesc, const Tensor* yDesc, void* y) {
    Call call("cudnnConvolutionBiasActivationForward");
    Problem p;
    Scale s; // alpha1 and alpha2
    TRY(require(h));
    TRY(describe(xDesc, wDesc, c, yDesc, p));
    TRY(scale(alpha1, alpha2, s));
    TRY(require(zDesc, "the descriptor of z"));
    TRY(require(activationDesc, "the activation"));
    TRY(requirePerChannel(biasDesc, p.y, "the descriptor of bias"));
    Activation a = *activationDesc;
    Tensor zTensor = *zDesc, biasTensor = *biasDesc;
    if (a.mode != 1 && a.mode != 5) return refuse(STATUS_NOT_SUPPORTED, "activation %d; ReLU and identity are possible", a.mode);
    if (a.mode == 5 && algorithm != 1) return refuse(STATUS_NOT_SUPPORTED, "identity needs algorithm 1, not %d", algorithm);
    if (!sameSize(zTensor, p.y) || zTensor.type != p.y.type || zTensor.stride != p.y.stride)
        return refuse(BAD_PARAM, "z is not like y");
    std::vector<Access> reads = {access(p.x, x, "x"), access(p.w, w, "w"), access(biasTensor, bias, "bias")};
    if (z != y) reads.push_back(access(zTensor, z, "z"));
    Run run{h, "cudnnConvolutionBiasActivationForward", Direction::FORWARD, algorithm, p, s, reads, access(p.y, y, "y"),
            {scratch, bytes, "the workspace"}};
    return start(run, [=] {
        Values result = forward(p, gather(p.x, x), gather(p.w, w)), biases = gather(biasTensor, bias);
        Values added = s.beta == 0 ? Values() : gather(zTensor, z);
        finishForward(p, s, result, added, biases, a.mode == 1);
        scatter(p.y, y, result);
    });
}

EXPORTED Status cudnnConvolutionBackwardData(Handle* h, const void* alpha, const Filter* wDesc, const void* w, const Tensor* dyDesc,
                                             const void* dy, const Convolution* c, int algorithm, void* scratch, std::size_t bytes,
                                             const void* beta, const Tensor* dxDesc, void* dx) {
    Call call("cudnnConvolutionBackwardData");
    Problem p;
    Scale s;
    TRY(require(h));
    TRY(describe(dxDesc, wDesc, c, dyDesc, p));
    TRY(scale(alpha, beta, s));
    Run run{h, "cudnnConvolutionBackwardData", Direction::DATA, algorithm, p, s, {access(p.w, w, "w"), access(p.y, dy, "dy")},
            access(p.x, dx, "dx"), {scratch, bytes, "the workspace"}};
    return start(run, [=] {
        bool turned = turnRound(deterministic(Direction::DATA, algorithm));
        scatter(p.x, dx, backwardData(p, gather(p.w, w), gather(p.y, dy), turned), s.alpha, s.beta);
    });
}

EXPORTED Status cudnnConvolutionBackwardFilter(Handle* h, const void* alpha, const Tensor* xDesc, const void* x, const Tensor* dyDesc,
                                               const void* dy, const Convolution* c, int algorithm, void* scratch, std::size_t bytes,
                                               const void* beta, const Filter* dwDesc, void* dw) {
    Call call("cudnnConvolutionBackwardFilter");
    Problem p;
    Scale s;
    TRY(require(h));
    TRY(describe(xDesc, dwDesc, c, dyDesc, p));
    TRY(scale(alpha, beta, s));
    Run run{h, "cudnnConvolutionBackwardFilter", Direction::FILTER, algorithm, p, s, {access(p.x, x, "x"), access(p.y, dy, "dy")},
            access(p.w, dw, "dw"), {scratch, bytes, "the workspace"}};
    return start(run, [=] {
        bool turned = turnRound(deterministic(Direction::FILTER, algorithm));
        scatter(p.w, dw, backwardFilter(p, gather(p.x, x), gather(p.y, dy), turned), s.alpha, s.beta);
    });
}

EXPORTED Status cudnnConvolutionBackwardBias(Handle* h, const void* alpha, const Tensor* dyDesc, const void* dy, const void* beta,
                                             const Tensor* dbDesc, void* db) {
    Call call("cudnnConvolutionBackwardBias");
    Scale s;
    TRY(require(h));
    TRY(require(dyDesc, "the descriptor of dy"));
    TRY(requirePerChannel(dbDesc, *dyDesc, "the descriptor of db"));
    TRY(scale(alpha, beta, s));
    Tensor from = *dyDesc, to = *dbDesc;
    return queue(h, "cudnnConvolutionBackwardBias", {access(from, dy, "dy"), access(to, db, "db")}, [=] {
        Values values = gather(from, dy);
        long channels = from.size[1], pixels = from.elements() / from.size[0] / channels;
        std::vector<double> sums(static_cast<std::size_t>(channels), 0.0);
        for (std::size_t i = 0; i < values.size(); i++) sums[i / pixels % channels] += values[i];
        scatter(to, db, Values(sums.begin(), sums.end()), s.alpha, s.beta);
    });
}
