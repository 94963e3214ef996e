// Copies and fills. An asynchronous copy reads and writes pinned memory when it runs, not when it is queued; ordinary host
// memory is taken over at once (to the device) or waited for (from the device), as the real driver does.
#include "state.h"
#include <cstring>

namespace simulator {

namespace {
const char* HOST = "the host memory";

/** Pinned memory is checked again when the copy runs; ordinary memory cannot be checked, but must not be the device's. */
CUresult requireHost(const void* host, std::size_t bytes) {
    if (host == nullptr) return refuse(INVALID_VALUE, "the host address is null");
    if (!inDeviceRange(host)) return SUCCESS;
    CUresult code = requireAccess({host, bytes, HOST}, INVALID_VALUE);
    if (code != SUCCESS) return code;
    return isPinned(host, bytes) ? SUCCESS : refuse(INVALID_VALUE, "a device address was given as host memory");
}

CUresult requireDevice(CUdeviceptr address, std::size_t bytes, const char* name) {
    return requireAccess({reinterpret_cast<void*>(address), bytes, name}, INVALID_VALUE);
}

CUresult queue(CUstream stream, const char* what, std::vector<Access> accesses, std::function<void()> run) {
    auto work = std::make_shared<Work>();
    work->what = what;
    work->accesses = std::move(accesses);
    work->run = std::move(run);
    return submitWork(stream, work);
}

CUresult copy(CUstream stream, const char* what, void* to, const void* from, std::size_t bytes, bool hostTo, bool hostFrom) {
    std::vector<Access> accesses;
    if (!hostTo || inDeviceRange(to)) accesses.push_back({to, bytes, hostTo ? HOST : "the target"});
    if (!hostFrom || inDeviceRange(from)) accesses.push_back({from, bytes, hostFrom ? HOST : "the source"});
    return queue(stream, what, accesses, [=] { std::memmove(to, from, bytes); });
}

/** Of a call that waits: on the default stream, like the real one, which does not wait for non-blocking streams. */
CUresult copyNow(const char* what, void* to, const void* from, std::size_t bytes, bool hostTo, bool hostFrom) {
    CUresult code = requireNoCapture("a copy cannot wait");
    if (code != SUCCESS) return code;
    if (bytes == 0) return SUCCESS;
    code = copy(nullptr, what, to, from, bytes, hostTo, hostFrom);
    return code == SUCCESS ? finish(nullptr) : code;
}

bool capturing(CUstream handle) {
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    return stream != nullptr && stream->capture;
}

CUresult toDevice(CUdeviceptr to, const void* from, std::size_t bytes) {
    CUresult code = SUCCESS;
    if (currentContext(code) == nullptr || bytes == 0) return code;
    if ((code = requireDevice(to, bytes, "the target")) || (code = requireHost(from, bytes))) return code;
    return SUCCESS;
}

CUresult toHost(void* to, CUdeviceptr from, std::size_t bytes) {
    CUresult code = SUCCESS;
    if (currentContext(code) == nullptr || bytes == 0) return code;
    if ((code = requireDevice(from, bytes, "the source")) || (code = requireHost(to, bytes))) return code;
    return SUCCESS;
}

template <class V> CUresult fill(CUstream stream, const char* what, CUdeviceptr to, V value, std::size_t count) {
    CUresult code = requireStream(stream);
    if (code != SUCCESS || count == 0) return code;
    if (to % sizeof(V) != 0) return refuse(INVALID_VALUE, "0x%llx is not aligned to %zu bytes", to, sizeof(V));
    if ((code = requireDevice(to, count * sizeof(V), "the target"))) return code;
    V* target = reinterpret_cast<V*>(to);
    return queue(stream, what, {{target, count * sizeof(V), "the target"}}, [=] {
        for (std::size_t i = 0; i < count; i++) target[i] = value;
    });
}
} // namespace

} // namespace simulator

using namespace simulator;

EXPORTED CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, std::size_t bytes) {
    Call call("cuMemcpyHtoD");
    CUresult code = toDevice(to, from, bytes);
    return code == SUCCESS ? copyNow("cuMemcpyHtoD", reinterpret_cast<void*>(to), from, bytes, false, true) : code;
}

EXPORTED CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, std::size_t bytes) {
    Call call("cuMemcpyDtoH");
    CUresult code = toHost(to, from, bytes);
    return code == SUCCESS ? copyNow("cuMemcpyDtoH", to, reinterpret_cast<void*>(from), bytes, true, false) : code;
}

EXPORTED CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
    Call call("cuMemcpyDtoDAsync");
    CUresult code = requireStream(stream);
    if (code != SUCCESS || bytes == 0) return code;
    if ((code = requireDevice(to, bytes, "the target")) || (code = requireDevice(from, bytes, "the source"))) return code;
    if (to < from + bytes && from < to + bytes && to != from) return refuse(INVALID_VALUE, "source and target overlap");
    return copy(stream, "cuMemcpyDtoDAsync", reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes, false, false);
}

/** Between device addresses this does not wait for the copy. */
EXPORTED CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, std::size_t bytes) {
    Call call("cuMemcpyDtoD");
    CUresult code = requireNoCapture("a copy on the default stream is not possible");
    return code == SUCCESS ? cuMemcpyDtoDAsync_v2(to, from, bytes, nullptr) : code;
}

EXPORTED CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, std::size_t bytes, CUstream stream) {
    Call call("cuMemcpyHtoDAsync");
    CUresult code = requireStream(stream);
    if (code == SUCCESS) code = toDevice(to, from, bytes);
    if (code != SUCCESS || bytes == 0) return code;
    void* target = reinterpret_cast<void*>(to);
    if (isPinned(from, bytes)) return copy(stream, "cuMemcpyHtoDAsync", target, from, bytes, false, true);
    if (capturing(stream)) return invalidate(stream, "the source of a captured copy must be pinned memory");
    const char* first = static_cast<const char*>(from);
    return queue(stream, "cuMemcpyHtoDAsync", {{target, bytes, "the target"}},
                 [target, staged = std::vector<char>(first, first + bytes)] { std::memcpy(target, staged.data(), staged.size()); });
}

EXPORTED CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
    Call call("cuMemcpyDtoHAsync");
    CUresult code = requireStream(stream);
    if (code == SUCCESS) code = toHost(to, from, bytes);
    if (code != SUCCESS || bytes == 0) return code;
    bool pinned = isPinned(to, bytes);
    if (!pinned && capturing(stream)) return invalidate(stream, "the target of a captured copy must be pinned memory");
    code = copy(stream, "cuMemcpyDtoHAsync", to, reinterpret_cast<void*>(from), bytes, true, false);
    return code == SUCCESS && !pinned ? finish(stream) : code;
}

namespace {
bool onHost(CUdeviceptr address) {
    const void* p = reinterpret_cast<const void*>(address);
    return !inDeviceRange(p) || isPinned(p, 0);
}
} // namespace

EXPORTED CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
    Call call("cuMemcpyAsync");
    if (onHost(to) && onHost(from)) return refuse(NOT_SUPPORTED, "copies from host to host are not simulated");
    if (onHost(from)) return cuMemcpyHtoDAsync_v2(to, reinterpret_cast<void*>(from), bytes, stream);
    if (onHost(to)) return cuMemcpyDtoHAsync_v2(reinterpret_cast<void*>(to), from, bytes, stream);
    return cuMemcpyDtoDAsync_v2(to, from, bytes, stream);
}

EXPORTED CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, std::size_t bytes) {
    Call call("cuMemcpy");
    if (onHost(to) && onHost(from)) return refuse(NOT_SUPPORTED, "copies from host to host are not simulated");
    if (onHost(from)) return cuMemcpyHtoD_v2(to, reinterpret_cast<void*>(from), bytes);
    if (onHost(to)) return cuMemcpyDtoH_v2(reinterpret_cast<void*>(to), from, bytes);
    return cuMemcpyDtoD_v2(to, from, bytes);
}

EXPORTED CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t count, CUstream stream) {
    Call call("cuMemsetD8Async");
    return fill(stream, "cuMemsetD8Async", to, value, count);
}

EXPORTED CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, std::size_t count, CUstream stream) {
    Call call("cuMemsetD16Async");
    return fill(stream, "cuMemsetD16Async", to, value, count);
}

EXPORTED CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, std::size_t count, CUstream stream) {
    Call call("cuMemsetD32Async");
    return fill(stream, "cuMemsetD32Async", to, value, count);
}

// Without "Async" they go to the default stream, and return before the device is done all the same.
EXPORTED CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, std::size_t count) {
    Call call("cuMemsetD8");
    CUresult code = requireNoCapture("a fill on the default stream is not possible");
    return code == SUCCESS ? fill(nullptr, "cuMemsetD8", to, value, count) : code;
}

EXPORTED CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, std::size_t count) {
    Call call("cuMemsetD16");
    CUresult code = requireNoCapture("a fill on the default stream is not possible");
    return code == SUCCESS ? fill(nullptr, "cuMemsetD16", to, value, count) : code;
}

EXPORTED CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, std::size_t count) {
    Call call("cuMemsetD32");
    CUresult code = requireNoCapture("a fill on the default stream is not possible");
    return code == SUCCESS ? fill(nullptr, "cuMemsetD32", to, value, count) : code;
}
