// Batch normalization, with the fused forms and their reserve space.
#include "library.h"
#include <cmath>

namespace simulator::dnn {

namespace {
constexpr int PER_ACTIVATION = 0, SPATIAL = 1, PERSISTENT = 2;
constexpr int PLAIN = 0, WITH_ACTIVATION = 1, WITH_ADDITION = 2;
constexpr int RELU = 1;
constexpr std::size_t MAGIC = 16;

std::vector<int> parameterSize(const Tensor& x, int mode) {
    std::vector<int> size = x.size;
    size[0] = 1;
    for (std::size_t d = 2; mode != PER_ACTIVATION && d < size.size(); d++) size[d] = 1;
    return size;
}

Status check(int mode, const Tensor* x, const Tensor* y, const Tensor* parameters) {
    if (mode < PER_ACTIVATION || mode > PERSISTENT) return refuse(BAD_PARAM, "there is no mode %d", mode);
    TRY(require(x, "the descriptor of x"));
    TRY(require(y, "the descriptor of y"));
    TRY(require(parameters, "the descriptor of scale and bias"));
    if (x->size.size() > 5) return refuse(STATUS_NOT_SUPPORTED, "%zu dimensions", x->size.size());
    if (!sameSize(*x, *y) || x->type != y->type)
        return refuse(BAD_PARAM, "x is %s of data type %d, the other tensor %s of %d", text(x->size).c_str(), x->type,
                      text(y->size).c_str(), y->type);
    if (parameters->size != parameterSize(*x, mode))
        return refuse(BAD_PARAM, "scale and bias are %s, x %s wants %s", text(parameters->size).c_str(), text(x->size).c_str(),
                      text(parameterSize(*x, mode)).c_str());
    if (parameters->type != FLOAT) return refuse(BAD_PARAM, "scale and bias must be f32");
    return OK;
}

Status checkBoth(const void* a, const void* b, const char* what) {
    return (a == nullptr) == (b == nullptr) ? OK : refuse(BAD_PARAM, "one of %s is null and the other is not", what);
}

/** Which parameter belongs to an element of the dense copy. */
struct Places {
    long parameters, inner, each;
    Places(const Tensor& x, int mode) {
        inner = x.elements() / x.size[0] / x.size[1];
        parameters = mode == PER_ACTIVATION ? x.size[1] * inner : x.size[1];
        each = x.elements() / parameters;
        if (mode == PER_ACTIVATION) inner = 1;
    }
    long of(std::size_t element) const { return static_cast<long>(element) / inner % parameters; }
};

struct Statistics {
    std::vector<double> mean, variance;
};

Statistics statistics(const Values& x, const Places& places) {
    Statistics s{std::vector<double>(places.parameters, 0.0), std::vector<double>(places.parameters, 0.0)};
    for (std::size_t i = 0; i < x.size(); i++) s.mean[places.of(i)] += x[i];
    for (double& m : s.mean) m /= static_cast<double>(places.each);
    for (std::size_t i = 0; i < x.size(); i++) {
        double d = x[i] - s.mean[places.of(i)];
        s.variance[places.of(i)] += d * d;
    }
    for (double& v : s.variance) v /= static_cast<double>(places.each);
    return s;
}

/** All of a forward training call. */
struct Forward {
    int mode, ops;
    Scale scaling;
    Tensor x, z, y, parameters;
    const void *xData, *zData;
    void* yData;
    const void *scale, *bias;
    double factor, epsilon;
    void *runningMean, *runningVariance, *savedMean, *savedInverse;
    char* reserve;
};

void update(const Tensor& t, void* running, const std::vector<double>& now, double factor) {
    Values before = factor == 1.0 ? Values(now.size(), 0.0f) : gather(t, running), after(now.size());
    for (std::size_t i = 0; i < now.size(); i++)
        after[i] = static_cast<float>((1 - factor) * (factor == 1.0 ? 0 : before[i]) + factor * now[i]);
    scatter(t, running, after);
}

void train(const Forward& f) {
    Values x = gather(f.x, f.xData), gamma = gather(f.parameters, f.scale), beta = gather(f.parameters, f.bias);
    Places places(f.x, f.mode);
    Statistics s = statistics(x, places);
    std::vector<double> inverse, unbiased;
    double correction = places.each > 1 ? static_cast<double>(places.each) / static_cast<double>(places.each - 1) : 1.0;
    for (double v : s.variance) {
        inverse.push_back(1 / std::sqrt(v + f.epsilon));
        unbiased.push_back(v * correction);
    }
    Values added = f.ops == WITH_ADDITION ? gather(f.z, f.zData) : Values();
    if (f.reserve != nullptr) std::memset(f.reserve, 0x5b, MAGIC);
    for (std::size_t i = 0; i < x.size(); i++) {
        long p = places.of(i);
        double v = (x[i] - s.mean[p]) * inverse[p] * gamma[p] + beta[p];
        if (f.ops == WITH_ADDITION) v += added[i];
        if (f.ops != PLAIN) {
            f.reserve[MAGIC + i] = v > 0;
            v = v < 0 ? 0 : v;
        }
        x[i] = static_cast<float>(v);
    }
    scatter(f.y, f.yData, x, f.scaling.alpha, f.scaling.beta);
    if (f.runningMean != nullptr) {
        update(f.parameters, f.runningMean, s.mean, f.factor);
        update(f.parameters, f.runningVariance, unbiased, f.factor);
    }
    if (f.savedMean != nullptr) {
        scatter(f.parameters, f.savedMean, Values(s.mean.begin(), s.mean.end()));
        scatter(f.parameters, f.savedInverse, Values(inverse.begin(), inverse.end()));
    }
}

struct Backward {
    int mode, ops;
    Scale data, parameterScaling;
    Tensor x, dy, dz, dx, parameters;
    const void *xData, *dyData;
    void *dzData, *dxData;
    const void* scale;
    void *dScale, *dBias;
    double epsilon;
    const void *savedMean, *savedInverse;
    const char* reserve;
};

void differentiate(const Backward& b) {
    Values x = gather(b.x, b.xData), dy = gather(b.dy, b.dyData), gamma = gather(b.parameters, b.scale);
    Places places(b.x, b.mode);
    std::vector<double> mean, inverse;
    if (b.savedMean != nullptr) {
        Values m = gather(b.parameters, b.savedMean), v = gather(b.parameters, b.savedInverse);
        mean.assign(m.begin(), m.end());
        inverse.assign(v.begin(), v.end());
    } else {
        Statistics s = statistics(x, places);
        mean = s.mean;
        for (double v : s.variance) inverse.push_back(1 / std::sqrt(v + b.epsilon));
    }
    if (b.reserve != nullptr && b.reserve[0] != 0x5b) {
        refuse(BAD_PARAM, "the reserve space is not what the forward call left");
        dy.assign(dy.size(), NAN);
    }
    for (std::size_t i = 0; b.ops != PLAIN && i < dy.size(); i++)
        if (!b.reserve[MAGIC + i]) dy[i] = 0;
    if (b.ops == WITH_ADDITION) scatter(b.dz, b.dzData, dy);
    std::vector<double> sum(places.parameters, 0.0), product(places.parameters, 0.0);
    for (std::size_t i = 0; i < x.size(); i++) {
        long p = places.of(i);
        sum[p] += dy[i];
        product[p] += dy[i] * (x[i] - mean[p]) * inverse[p];
    }
    double n = static_cast<double>(places.each);
    Values dx(x.size());
    for (std::size_t i = 0; i < x.size(); i++) {
        long p = places.of(i);
        double normal = (x[i] - mean[p]) * inverse[p];
        dx[i] = static_cast<float>(gamma[p] * inverse[p] * (dy[i] - sum[p] / n - normal * product[p] / n));
    }
    scatter(b.dx, b.dxData, dx, b.data.alpha, b.data.beta);
    scatter(b.parameters, b.dScale, Values(product.begin(), product.end()), b.parameterScaling.alpha, b.parameterScaling.beta);
    scatter(b.parameters, b.dBias, Values(sum.begin(), sum.end()), b.parameterScaling.alpha, b.parameterScaling.beta);
}

/** The fused forms exist for few cases only. */
Status checkOps(int mode, int ops, const Tensor& x, const Activation* activation) {
    if (ops < PLAIN || ops > WITH_ADDITION) return refuse(BAD_PARAM, "there is no operation %d", ops);
    if (ops == PLAIN) return OK;
    TRY(require(activation, "the activation"));
    bool nhwc = x.size.size() == 4 && x.stride == Filter{x.type, NHWC, x.size}.tensor().stride;
    if (mode != PERSISTENT || x.type != BFLOAT16 || !nhwc || x.size[1] % 4 != 0 || activation->mode != RELU)
        return refuse(STATUS_NOT_SUPPORTED, "fused operations need the persistent mode, nhwc, bf16, channels by four, and ReLU");
    return OK;
}

std::size_t reserveBytes(int mode, int ops, const Tensor& x) {
    if (ops != PLAIN) return MAGIC + static_cast<std::size_t>(x.elements());
    return mode == PERSISTENT ? MAGIC : 0;
}

std::size_t scratchBytes(int mode, const Tensor& x) { return mode == PERSISTENT ? static_cast<std::size_t>(x.size[1]) * 32 + 128 : 0; }

Status spaces(const Access& scratch, std::size_t scratchWanted, const Access& reserve, std::size_t reserveWanted,
              std::vector<Access>& to) {
    if (scratch.bytes < scratchWanted || reserve.bytes < reserveWanted)
        return refuse(BAD_PARAM, "%zu bytes of workspace and %zu of reserve, %zu and %zu are needed", scratch.bytes, reserve.bytes,
                      scratchWanted, reserveWanted);
    if (scratchWanted > 0) to.push_back({scratch.address, scratchWanted, scratch.name});
    if (reserveWanted > 0) to.push_back({reserve.address, reserveWanted, reserve.name});
    return OK;
}

Status startForward(Handle* h, const char* name, Forward f, std::vector<Access> accesses, const Access& scratch) {
    TRY(checkBoth(f.runningMean, f.runningVariance, "the running statistics"));
    TRY(checkBoth(f.savedMean, f.savedInverse, "the saved statistics"));
    if (f.epsilon < 0) return refuse(BAD_PARAM, "epsilon is %g", f.epsilon);
    accesses.push_back(access(f.x, f.xData, "x"));
    accesses.push_back(access(f.y, f.yData, "y"));
    if (f.ops == WITH_ADDITION) accesses.push_back(access(f.z, f.zData, "z"));
    const void* all[] = {f.scale, f.bias, f.runningMean, f.runningVariance, f.savedMean, f.savedInverse};
    const char* names[] = {"scale", "bias", "the running mean", "the running variance", "the saved mean", "the saved inverse"};
    for (int i = 0; i < 6; i++)
        if (i < 2 || all[i] != nullptr) accesses.push_back(access(f.parameters, all[i], names[i]));
    return queue(h, name, accesses, [=] {
        if (scratch.bytes > 0) std::memset(const_cast<void*>(scratch.address), 0xff, scratch.bytes);
        train(f);
    });
}

Status startBackward(Handle* h, const char* name, Backward b, std::vector<Access> accesses, const Access& scratch) {
    TRY(checkBoth(b.savedMean, b.savedInverse, "the saved statistics"));
    accesses.push_back(access(b.x, b.xData, "x"));
    accesses.push_back(access(b.dy, b.dyData, "dy"));
    accesses.push_back(access(b.dx, b.dxData, "dx"));
    if (b.ops == WITH_ADDITION) accesses.push_back(access(b.dz, b.dzData, "dz"));
    const void* all[] = {b.scale, b.dScale, b.dBias, b.savedMean, b.savedInverse};
    const char* names[] = {"scale", "the gradient of scale", "the gradient of bias", "the saved mean", "the saved inverse"};
    for (int i = 0; i < 5; i++)
        if (i < 3 || all[i] != nullptr) accesses.push_back(access(b.parameters, all[i], names[i]));
    return queue(h, name, accesses, [=] {
        if (scratch.bytes > 0) std::memset(const_cast<void*>(scratch.address), 0xff, scratch.bytes);
        differentiate(b);
    });
}
} // namespace

} // namespace simulator::dnn

using namespace simulator;
using namespace simulator::dnn;

EXPORTED Status cudnnDeriveBNTensorDescriptor(Tensor* derived, const Tensor* x, int mode) {
    Call call("cudnnDeriveBNTensorDescriptor");
    TRY(require(x, "the descriptor of x"));
    if (derived == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "nowhere to put it");
    if (mode < PER_ACTIVATION || mode > PERSISTENT) return refuse(BAD_PARAM, "there is no mode %d", mode);
    *derived = Filter{FLOAT, NCHW, parameterSize(*x, mode)}.tensor();
    return OK;
}

EXPORTED Status cudnnBatchNormalizationForwardInference(Handle* h, int mode, const void* alpha, const void* beta, const Tensor* xDesc,
                                                        const void* x, const Tensor* yDesc, void* y, const Tensor* parameterDesc,
                                                        const void* gamma, const void* bias, const void* mean, const void* variance,
                                                        double epsilon) {
    Call call("cudnnBatchNormalizationForwardInference");
    Scale s;
    TRY(require(h));
    TRY(check(mode, xDesc, yDesc, parameterDesc));
    TRY(scale(alpha, beta, s));
    if (epsilon < 0) return refuse(BAD_PARAM, "epsilon is %g", epsilon);
    Tensor from = *xDesc, to = *yDesc, per = *parameterDesc;
    std::vector<Access> accesses = {access(from, x, "x"),       access(to, y, "y"),         access(per, gamma, "scale"),
                                    access(per, bias, "bias"), access(per, mean, "the mean"), access(per, variance, "the variance")};
    return queue(h, "cudnnBatchNormalizationForwardInference", accesses, [=] {
        Values values = gather(from, x), g = gather(per, gamma), b = gather(per, bias), m = gather(per, mean), v = gather(per, variance);
        Places places(from, mode);
        for (std::size_t i = 0; i < values.size(); i++) {
            long p = places.of(i);
            values[i] = static_cast<float>((values[i] - m[p]) / std::sqrt(v[p] + epsilon) * g[p] + b[p]);
        }
        scatter(to, y, values, s.alpha, s.beta);
    });
}

EXPORTED Status cudnnBatchNormalizationForwardTraining(Handle* h, int mode, const void* alpha, const void* beta, const Tensor* xDesc,
                                                       const void* x, const Tensor* yDesc, void* y, const Tensor* parameterDesc,
                                                       const void* gamma, const void* bias, double factor, void* runningMean,
                                                       void* runningVariance, double epsilon, void* savedMean, void* savedInverse) {
    Call call("cudnnBatchNormalizationForwardTraining");
    Scale s;
    TRY(require(h));
    TRY(check(mode, xDesc, yDesc, parameterDesc));
    TRY(scale(alpha, beta, s));
    Forward f{mode, PLAIN, s, *xDesc, {}, *yDesc, *parameterDesc, x, nullptr, y, gamma, bias, factor, epsilon,
              runningMean, runningVariance, savedMean, savedInverse, nullptr};
    return startForward(h, "cudnnBatchNormalizationForwardTraining", f, {}, {nullptr, 0, ""});
}

EXPORTED Status cudnnBatchNormalizationBackward(Handle* h, int mode, const void* alphaData, const void* betaData,
                                                const void* alphaParameters, const void* betaParameters, const Tensor* xDesc,
                                                const void* x, const Tensor* dyDesc, const void* dy, const Tensor* dxDesc, void* dx,
                                                const Tensor* parameterDesc, const void* gamma, void* dGamma, void* dBias,
                                                double epsilon, const void* savedMean, const void* savedInverse) {
    Call call("cudnnBatchNormalizationBackward");
    Scale data, parameters;
    TRY(require(h));
    TRY(check(mode, xDesc, dyDesc, parameterDesc));
    TRY(check(mode, xDesc, dxDesc, parameterDesc));
    TRY(scale(alphaData, betaData, data));
    TRY(scale(alphaParameters, betaParameters, parameters));
    Backward b{mode, PLAIN, data, parameters, *xDesc, *dyDesc, {}, *dxDesc, *parameterDesc, x, dy, nullptr, dx, gamma, dGamma, dBias,
               epsilon, savedMean, savedInverse, nullptr};
    return startBackward(h, "cudnnBatchNormalizationBackward", b, {}, {nullptr, 0, ""});
}

EXPORTED Status cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(Handle* h, int mode, int ops, const Tensor* x, const Tensor*,
                                                                         const Tensor* y, const Tensor* parameters,
                                                                         const Activation* activation, std::size_t* bytes) {
    Call call("cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize");
    TRY(require(h));
    TRY(check(mode, x, y, parameters));
    TRY(checkOps(mode, ops, *x, activation));
    *bytes = scratchBytes(mode, *x);
    return OK;
}

EXPORTED Status cudnnGetBatchNormalizationBackwardExWorkspaceSize(Handle* h, int mode, int ops, const Tensor* x, const Tensor*,
                                                                  const Tensor* dy, const Tensor*, const Tensor*,
                                                                  const Tensor* parameters, const Activation* activation,
                                                                  std::size_t* bytes) {
    Call call("cudnnGetBatchNormalizationBackwardExWorkspaceSize");
    TRY(require(h));
    TRY(check(mode, x, dy, parameters));
    TRY(checkOps(mode, ops, *x, activation));
    *bytes = scratchBytes(mode, *x);
    return OK;
}

EXPORTED Status cudnnGetBatchNormalizationTrainingExReserveSpaceSize(Handle* h, int mode, int ops, const Activation* activation,
                                                                     const Tensor* x, std::size_t* bytes) {
    Call call("cudnnGetBatchNormalizationTrainingExReserveSpaceSize");
    TRY(require(h));
    TRY(require(x, "the descriptor of x"));
    TRY(checkOps(mode, ops, *x, activation));
    *bytes = reserveBytes(mode, ops, *x);
    return OK;
}

EXPORTED Status cudnnBatchNormalizationForwardTrainingEx(
    Handle* h, int mode, int ops, const void* alpha, const void* beta, const Tensor* xDesc, const void* x, const Tensor* zDesc,
    const void* z, const Tensor* yDesc, void* y, const Tensor* parameterDesc, const void* gamma, const void* bias, double factor,
    void* runningMean, void* runningVariance, double epsilon, void* savedMean, void* savedInverse, Activation* activation,
    void* scratch, std::size_t bytes, void* reserve, std::size_t reserved) {
    Call call("cudnnBatchNormalizationForwardTrainingEx");
    Scale s;
    std::vector<Access> accesses;
    TRY(require(h));
    TRY(check(mode, xDesc, yDesc, parameterDesc));
    TRY(checkOps(mode, ops, *xDesc, activation));
    TRY(scale(alpha, beta, s));
    if (ops == WITH_ADDITION) TRY(check(mode, xDesc, zDesc, parameterDesc));
    std::size_t wanted = reserveBytes(mode, ops, *xDesc), scratchWanted = scratchBytes(mode, *xDesc);
    TRY(spaces({scratch, bytes, "the workspace"}, scratchWanted, {reserve, reserved, "the reserve space"}, wanted, accesses));
    Forward f{mode, ops, s, *xDesc, ops == WITH_ADDITION ? *zDesc : Tensor(), *yDesc, *parameterDesc, x, z, y, gamma, bias, factor,
              epsilon, runningMean, runningVariance, savedMean, savedInverse, wanted > 0 ? static_cast<char*>(reserve) : nullptr};
    return startForward(h, "cudnnBatchNormalizationForwardTrainingEx", f, accesses, {scratch, scratchWanted, "the workspace"});
}

EXPORTED Status cudnnBatchNormalizationBackwardEx(
    Handle* h, int mode, int ops, const void* alphaData, const void* betaData, const void* alphaParameters, const void* betaParameters,
    const Tensor* xDesc, const void* x, const Tensor* yDesc, const void* y, const Tensor* dyDesc, const void* dy, const Tensor* dzDesc,
    void* dz, const Tensor* dxDesc, void* dx, const Tensor* parameterDesc, const void* gamma, const void*, void* dGamma, void* dBias,
    double epsilon, const void* savedMean, const void* savedInverse, Activation* activation, void* scratch, std::size_t bytes,
    void* reserve, std::size_t reserved) {
    Call call("cudnnBatchNormalizationBackwardEx");
    Scale data, parameters;
    std::vector<Access> accesses;
    TRY(require(h));
    TRY(check(mode, xDesc, dyDesc, parameterDesc));
    TRY(check(mode, xDesc, dxDesc, parameterDesc));
    TRY(checkOps(mode, ops, *xDesc, activation));
    TRY(scale(alphaData, betaData, data));
    TRY(scale(alphaParameters, betaParameters, parameters));
    if (ops == WITH_ADDITION) TRY(check(mode, xDesc, dzDesc, parameterDesc));
    if (ops != PLAIN) {
        TRY(check(mode, xDesc, yDesc, parameterDesc));
        accesses.push_back(access(*yDesc, y, "y"));
    }
    std::size_t wanted = reserveBytes(mode, ops, *xDesc), scratchWanted = scratchBytes(mode, *xDesc);
    TRY(spaces({scratch, bytes, "the workspace"}, scratchWanted, {reserve, reserved, "the reserve space"}, wanted, accesses));
    Backward b{mode, ops, data, parameters, *xDesc, *dyDesc, ops == WITH_ADDITION ? *dzDesc : Tensor(), *dxDesc, *parameterDesc, x, dy,
               dz, dx, gamma, dGamma, dBias, epsilon, savedMean, savedInverse, wanted > 0 ? static_cast<char*>(reserve) : nullptr};
    return startBackward(h, "cudnnBatchNormalizationBackwardEx", b, accesses, {scratch, scratchWanted, "the workspace"});
}
