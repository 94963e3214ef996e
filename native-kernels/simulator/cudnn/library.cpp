// Handles, errors, and what all calls check.
#include "../numbers.h"
#include "library.h"
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

namespace simulator::dnn {

namespace {
std::set<Handle*>& handles() {
    static auto& all = *new std::set<Handle*>();
    return all;
}
} // namespace

int typeBytes(int type) { return type == FLOAT ? 4 : type == BFLOAT16 || type == HALF ? 2 : 0; }

float load(int type, const void* from, long i) {
    if (type == FLOAT) return static_cast<const float*>(from)[i];
    unsigned short bits = static_cast<const unsigned short*>(from)[i];
    return type == HALF ? emulation::fromHalf(bits) : fromBf16(bits);
}

void store(int type, void* to, long i, float value) {
    if (type == FLOAT) static_cast<float*>(to)[i] = value;
    else static_cast<unsigned short*>(to)[i] = type == HALF ? emulation::toHalf(value) : toBf16(value);
}

long Tensor::elements() const {
    long n = 1;
    for (int s : size) n *= s;
    return n;
}

long Tensor::span() const {
    long last = 0;
    for (std::size_t d = 0; d < size.size(); d++) last += static_cast<long>(size[d] - 1) * stride[d];
    return last + 1;
}

std::size_t Tensor::bytes() const { return static_cast<std::size_t>(span()) * typeBytes(type); }

Tensor Filter::tensor() const {
    Tensor t{type, size, std::vector<int>(size.size())};
    int n = static_cast<int>(size.size()), step = 1;
    if (format == NHWC) t.stride[1] = 1, step = size[1];
    for (int d = n - 1; d >= 0; d--) {
        if (format == NHWC && d == 1) continue;
        t.stride[d] = step;
        step *= size[d];
    }
    return t;
}

namespace {
/** Calls run(offset in the dense copy, offset in the tensor) for each row of the innermost dimension. */
template <class Run> void forEachRow(const Tensor& t, const Run& run) {
    std::vector<int> outer(t.size.begin(), t.size.end() - 1);
    long row = t.size.back(), dense = 0;
    forEach(outer, [&](const std::vector<int>& index) {
        long at = 0;
        for (std::size_t d = 0; d < outer.size(); d++) at += static_cast<long>(index[d]) * t.stride[d];
        run(dense, at);
        dense += row;
    });
}
} // namespace

Values gather(const Tensor& t, const void* from) {
    Values values(static_cast<std::size_t>(t.elements()));
    long row = t.size.back(), step = t.stride.back();
    forEachRow(t, [&](long dense, long at) {
        for (long i = 0; i < row; i++) values[dense + i] = load(t.type, from, at + i * step);
    });
    return values;
}

void scatter(const Tensor& t, void* to, const Values& values, float alpha, float beta) {
    long row = t.size.back(), step = t.stride.back();
    forEachRow(t, [&](long dense, long at) {
        for (long i = 0; i < row; i++) {
            long p = at + i * step;
            float v = alpha * values[dense + i];
            if (beta != 0) v += beta * load(t.type, to, p);
            store(t.type, to, p, v);
        }
    });
}

Status scale(const void* alpha, const void* beta, Scale& to) {
    if (alpha == nullptr || beta == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "alpha or beta is null");
    std::memcpy(&to.alpha, alpha, sizeof(float));
    std::memcpy(&to.beta, beta, sizeof(float));
    return OK;
}

Status require(Handle* handle) {
    if (handles().count(handle) == 0) return refuse(STATUS_NOT_INITIALIZED, "this handle does not exist, or was destroyed");
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code == ILLEGAL_ADDRESS ? EXECUTION_FAILED : STATUS_NOT_INITIALIZED;
    if (contextId(context) != handle->context)
        return refuse(BAD_PARAM, "the handle was made in another context than the current one");
    return OK;
}

Access access(const Tensor& tensor, const void* address, const char* name) { return {address, tensor.bytes(), name}; }

Status requireAligned(const std::vector<Access>& accesses, std::size_t bytes) {
    for (const Access& a : accesses)
        if (reinterpret_cast<std::uintptr_t>(a.address) % bytes != 0)
            return refuse(BAD_PARAM_MISALIGNED_POINTER, "%s is not aligned to %zu bytes", a.name, bytes);
    return OK;
}

Status queue(Handle* handle, const std::string& what, const std::vector<Access>& accesses, const std::function<void()>& work) {
    for (const Access& a : accesses)
        if (a.address == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "%s is null", a.name);
    TRY(requireAligned(accesses, 2));
    return submit(handle->stream, what, accesses, work) == SUCCESS ? OK : EXECUTION_FAILED;
}

std::string text(const std::vector<int>& numbers) {
    std::string result;
    for (int n : numbers) result += (result.empty() ? "" : "x") + std::to_string(n);
    return result;
}

bool sameSize(const Tensor& a, const Tensor& b) { return a.size == b.size; }

} // namespace simulator::dnn

using namespace simulator;
using namespace simulator::dnn;

EXPORTED Status cudnnCreate(cudnnHandle* handle) {
    Call call("cudnnCreate");
    if (handle == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "nowhere to put the handle");
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return STATUS_NOT_INITIALIZED;
    if (requireNoCapture("a handle cannot be made") != SUCCESS) return EXECUTION_FAILED;
    *handle = new Handle();
    (*handle)->context = contextId(context);
    handles().insert(*handle);
    return OK;
}

EXPORTED Status cudnnDestroy(cudnnHandle handle) {
    Call call("cudnnDestroy");
    if (handles().erase(handle) == 0) return refuse(STATUS_NOT_INITIALIZED, "this handle does not exist, or was destroyed before");
    delete handle;
    return OK;
}

EXPORTED Status cudnnSetStream(cudnnHandle handle, CUstream stream) {
    Call call("cudnnSetStream");
    TRY(require(handle));
    if (requireStream(stream) != SUCCESS) return BAD_PARAM;
    handle->stream = stream;
    return OK;
}

EXPORTED Status cudnnGetStream(cudnnHandle handle, CUstream* stream) {
    Call call("cudnnGetStream");
    TRY(require(handle));
    *stream = handle->stream;
    return OK;
}

EXPORTED std::size_t cudnnGetVersion() { return 90501; }

EXPORTED std::size_t cudnnGetCudartVersion() {
    const char* text = std::getenv("VOLUTA_CUDA_SIMULATOR_CUDNN_FOR");
    return text == nullptr || *text == 0 ? 13000 : 1000 * std::strtoul(text, nullptr, 10);
}

EXPORTED Status cudnnGetProperty(int which, int* value) {
    static const int version[] = {9, 5, 1};
    if (which < 0 || which > 2 || value == nullptr) return BAD_PARAM;
    *value = version[which];
    return OK;
}

EXPORTED const char* cudnnGetErrorString(Status status) {
    static const std::map<Status, const char*> names = {
        {OK, "CUDNN_STATUS_SUCCESS"},
        {STATUS_NOT_INITIALIZED, "CUDNN_STATUS_NOT_INITIALIZED"},
        {BAD_PARAM, "CUDNN_STATUS_BAD_PARAM"},
        {BAD_PARAM_NULL_POINTER, "CUDNN_STATUS_BAD_PARAM_NULL_POINTER"},
        {BAD_PARAM_MISALIGNED_POINTER, "CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER"},
        {BAD_PARAM_NOT_FINALIZED, "CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED"},
        {BAD_PARAM_DUPLICATED_ENTRIES, "CUDNN_STATUS_BAD_PARAM_DUPLICATED_ENTRIES"},
        {BAD_PARAM_ATTRIBUTE_TYPE, "CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE"},
        {BAD_PARAM_DESCRIPTOR_TYPE, "CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE"},
        {STATUS_NOT_SUPPORTED, "CUDNN_STATUS_NOT_SUPPORTED"},
        {EXECUTION_FAILED, "CUDNN_STATUS_EXECUTION_FAILED"},
    };
    auto found = names.find(status);
    return found == names.end() ? "CUDNN_STATUS_UNKNOWN" : found->second;
}

EXPORTED void cudnnGetLastErrorString(char* message, std::size_t bytes) {
    if (message != nullptr && bytes > 0) std::snprintf(message, bytes, "%s", lastRefusal());
}
