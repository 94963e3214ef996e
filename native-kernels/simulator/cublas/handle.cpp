// Handles and modes of the stand-in for cuBLAS.
#include "library.h"
#include <map>
#include <set>

namespace simulator::blas {

namespace {
std::set<Handle*>& handles() {
    static auto& all = *new std::set<Handle*>();
    return all;
}
} // namespace

Status require(Handle* handle) {
    if (handles().count(handle) == 0) return refuse(BLAS_NOT_INITIALIZED, "this handle does not exist, or was destroyed");
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code == ILLEGAL_ADDRESS ? BLAS_EXECUTION_FAILED : BLAS_NOT_INITIALIZED;
    if (contextId(context) != handle->context)
        return refuse(BLAS_INVALID_VALUE, "the handle was made in another context than the current one");
    return BLAS_OK;
}

Status queue(Handle* handle, const std::string& what, const std::vector<Access>& accesses, const std::function<void()>& work) {
    return submit(handle->stream, what, accesses, work) == SUCCESS ? BLAS_OK : BLAS_EXECUTION_FAILED;
}

} // namespace simulator::blas

using namespace simulator;
using namespace simulator::blas;

EXPORTED Status cublasCreate_v2(Handle** handle) {
    Call call("cublasCreate");
    if (handle == nullptr) return refuse(BLAS_INVALID_VALUE, "nowhere to put the handle");
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return BLAS_NOT_INITIALIZED;
    if (requireNoCapture("a handle cannot be made") != SUCCESS) return BLAS_EXECUTION_FAILED;
    *handle = new Handle();
    (*handle)->context = contextId(context);
    handles().insert(*handle);
    return BLAS_OK;
}

EXPORTED Status cublasDestroy_v2(Handle* handle) {
    Call call("cublasDestroy");
    if (handles().erase(handle) == 0) return refuse(BLAS_NOT_INITIALIZED, "this handle does not exist, or was destroyed before");
    delete handle;
    return BLAS_OK;
}

/** As the real one, this also goes back to the library's own workspace. */
EXPORTED Status cublasSetStream_v2(Handle* handle, CUstream stream) {
    Call call("cublasSetStream");
    BLAS_TRY(require(handle));
    if (requireStream(stream) != SUCCESS) return BLAS_INVALID_VALUE;
    handle->stream = stream;
    handle->workspace = {nullptr, 0, "the workspace"};
    return BLAS_OK;
}

EXPORTED Status cublasGetStream_v2(Handle* handle, CUstream* stream) {
    Call call("cublasGetStream");
    BLAS_TRY(require(handle));
    *stream = handle->stream;
    return BLAS_OK;
}

EXPORTED Status cublasSetWorkspace_v2(Handle* handle, void* workspace, std::size_t bytes) {
    Call call("cublasSetWorkspace");
    BLAS_TRY(require(handle));
    Access access{workspace, bytes, "the workspace"};
    if (bytes > 0 && reinterpret_cast<std::uintptr_t>(workspace) % 256 != 0)
        return refuse(BLAS_INVALID_VALUE, "the workspace is not aligned to 256 bytes");
    if (bytes > 0 && requireAccess(access, INVALID_VALUE) != SUCCESS) return BLAS_INVALID_VALUE;
    handle->workspace = access;
    return BLAS_OK;
}

namespace {
Status setMode(Handle* handle, int Handle::*mode, int value, int most) {
    BLAS_TRY(require(handle));
    if (value < 0 || value > most) return refuse(BLAS_INVALID_VALUE, "there is no mode %d", value);
    handle->*mode = value;
    return BLAS_OK;
}

Status getMode(Handle* handle, int Handle::*mode, int* value) {
    BLAS_TRY(require(handle));
    *value = handle->*mode;
    return BLAS_OK;
}
} // namespace

EXPORTED Status cublasSetMathMode(Handle* handle, int mode) {
    Call call("cublasSetMathMode");
    return setMode(handle, &Handle::math, mode, 0x1ff);
}

EXPORTED Status cublasGetMathMode(Handle* handle, int* mode) {
    Call call("cublasGetMathMode");
    return getMode(handle, &Handle::math, mode);
}

EXPORTED Status cublasSetPointerMode_v2(Handle* handle, int mode) {
    Call call("cublasSetPointerMode");
    return setMode(handle, &Handle::pointers, mode, 1);
}

EXPORTED Status cublasGetPointerMode_v2(Handle* handle, int* mode) {
    Call call("cublasGetPointerMode");
    return getMode(handle, &Handle::pointers, mode);
}

EXPORTED Status cublasSetAtomicsMode(Handle* handle, int mode) {
    Call call("cublasSetAtomicsMode");
    return setMode(handle, &Handle::atomics, mode, 1);
}

EXPORTED Status cublasGetAtomicsMode(Handle* handle, int* mode) {
    Call call("cublasGetAtomicsMode");
    return getMode(handle, &Handle::atomics, mode);
}

EXPORTED Status cublasGetVersion_v2(Handle* handle, int* version) {
    Call call("cublasGetVersion");
    BLAS_TRY(require(handle));
    *version = 130000;
    return BLAS_OK;
}

EXPORTED Status cublasGetProperty(int which, int* value) {
    if (which < 0 || which > 2 || value == nullptr) return BLAS_INVALID_VALUE;
    *value = which == 0 ? 13 : 0;
    return BLAS_OK;
}

EXPORTED std::size_t cublasGetCudartVersion() { return 13000; }

namespace {
const std::map<Status, std::pair<const char*, const char*>>& names() {
    static const std::map<Status, std::pair<const char*, const char*>> all = {
        {BLAS_OK, {"CUBLAS_STATUS_SUCCESS", "success"}},
        {BLAS_NOT_INITIALIZED, {"CUBLAS_STATUS_NOT_INITIALIZED", "the library was not initialized"}},
        {BLAS_INVALID_VALUE, {"CUBLAS_STATUS_INVALID_VALUE", "an unsupported value or parameter was passed to the function"}},
        {BLAS_EXECUTION_FAILED, {"CUBLAS_STATUS_EXECUTION_FAILED", "the function failed to launch on the GPU"}},
        {BLAS_NOT_SUPPORTED, {"CUBLAS_STATUS_NOT_SUPPORTED", "the requested functionality is not supported"}},
    };
    return all;
}
} // namespace

EXPORTED const char* cublasGetStatusName(Status status) {
    auto found = names().find(status);
    return found == names().end() ? "CUBLAS_STATUS_UNKNOWN" : found->second.first;
}

EXPORTED const char* cublasGetStatusString(Status status) {
    auto found = names().find(status);
    return found == names().end() ? "an unknown status" : found->second.second;
}
