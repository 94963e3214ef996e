// Initialization, devices and contexts.
#include "state.h"
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace simulator {

namespace {
bool initialized = false;
thread_local std::vector<Context*> stack;

/** One per device; retained and released. */
struct Primary {
    Context* context = nullptr;
    unsigned references = 0, flags = 0;
};
Primary primaries[8];

Context* makeContext(int device, unsigned flags, bool primary) {
    Context* context = track(new Context());
    context->device = device;
    context->id = newId();
    context->primary = primary;
    context->flags = flags;
    makeDefaultStream(context);
    return context;
}

void destroyContext(Context* context) {
    destroyStreams(context);
    destroyExecutables(context);
    destroyModules(context);
    releaseAll(context);
    dispose(context);
}

/** At the end of the process: what is left then was never freed. */
struct AtExit {
    ~AtExit() {
        for (Primary& p : primaries)
            if (p.context != nullptr && alive(p.context)) releaseAll(p.context);
    }
};

CUresult requireDevice(CUdevice device) {
    if (!initialized) return refuse(NOT_INITIALIZED, "cuInit was not called");
    if (device < 0 || device >= deviceCount()) return refuse(INVALID_DEVICE, "there is no device %d", device);
    return SUCCESS;
}
} // namespace

Context* currentContext(CUresult& code) {
    if (!initialized) {
        code = refuse(NOT_INITIALIZED, "cuInit was not called");
        return nullptr;
    }
    if (stack.empty() || stack.back() == nullptr) {
        code = refuse(INVALID_CONTEXT, "no context is current on this thread");
        return nullptr;
    }
    if (!alive(stack.back())) {
        code = refuse(CONTEXT_IS_DESTROYED, "the context that is current on this thread was destroyed");
        return nullptr;
    }
    if (stack.back()->lost != SUCCESS) {
        code = stack.back()->lost;
        return nullptr;
    }
    return stack.back();
}

unsigned long long contextId(const Context* context) { return context->id; }

} // namespace simulator

using namespace simulator;

EXPORTED CUresult cuInit(unsigned flags) {
    Call call("cuInit");
    if (flags != 0) return refuse(INVALID_VALUE, "flags are %u", flags);
    if (deviceCount() == 0) return NO_DEVICE;
    if (CUresult code = misfortune("cuInit")) return code;
    static AtExit atExit;
    initialized = true;
    return SUCCESS;
}

EXPORTED CUresult cuDriverGetVersion(int* version) {
    if (version == nullptr) return INVALID_VALUE;
    int version10 = tenths("VOLUTA_CUDA_SIMULATOR_DRIVER", 130);
    *version = version10 / 10 * 1000 + version10 % 10 * 10;
    return SUCCESS;
}

EXPORTED CUresult cuDeviceGetCount(int* count) {
    Call call("cuDeviceGetCount");
    if (!initialized) return refuse(NOT_INITIALIZED, "cuInit was not called");
    *count = deviceCount();
    return SUCCESS;
}

EXPORTED CUresult cuDeviceGet(CUdevice* device, int ordinal) {
    Call call("cuDeviceGet");
    if (CUresult code = requireDevice(ordinal)) return code;
    *device = ordinal;
    return SUCCESS;
}

EXPORTED CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
    Call call("cuDeviceGetName");
    if (CUresult code = requireDevice(device)) return code;
    if (name == nullptr || length <= 0) return refuse(INVALID_VALUE, "no room for a name");
    std::snprintf(name, length, "%s", DEVICE_NAME);
    return SUCCESS;
}

EXPORTED CUresult cuDeviceGetUuid(unsigned char* uuid, CUdevice device) {
    Call call("cuDeviceGetUuid");
    if (CUresult code = requireDevice(device)) return code;
    std::memcpy(uuid, "voluta-simulator", 16);
    uuid[15] = static_cast<unsigned char>(device);
    return SUCCESS;
}

EXPORTED CUresult cuDeviceTotalMem_v2(std::size_t* bytes, CUdevice device) {
    Call call("cuDeviceTotalMem");
    if (CUresult code = requireDevice(device)) return code;
    *bytes = memoryLimit();
    return SUCCESS;
}

EXPORTED CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
    Call call("cuDeviceComputeCapability");
    if (CUresult code = requireDevice(device)) return code;
    *major = capabilityOf(device) / 10;
    *minor = capabilityOf(device) % 10;
    return SUCCESS;
}

namespace {
/** They decide how our kernels cut their work: 132, as an H100 has. */
int multiprocessors() {
    const char* text = std::getenv("VOLUTA_CUDA_SIMULATOR_MULTIPROCESSORS");
    int number = text == nullptr ? 0 : std::atoi(text);
    return number > 0 ? number : 132;
}
} // namespace

/** As a chip of compute capability 9.0; attributes that nobody should decide by are 0. */
EXPORTED CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device) {
    Call call("cuDeviceGetAttribute");
    if (CUresult code = requireDevice(device)) return code;
    static const std::map<int, int> known = {
        {1, 1024},        // threads per block
        {2, 1024},        // in x
        {3, 1024},        // in y
        {4, 64},          // in z
        {5, 2147483647},  // blocks in x
        {6, 65535},       // in y
        {7, 65535},       // in z
        {8, 48 << 10},    // shared memory per block
        {9, 64 << 10},    // constant memory
        {10, 32},         // warp size
        {11, 2147483647}, // pitch
        {12, 65536},      // registers per block
        {13, 1000000},    // clock, kHz
        {14, 512},        // texture alignment
        {15, 1},          // copies while computing
        {16, multiprocessors()},
        {19, 1},          // can map host memory
        {31, 1},          // concurrent kernels
        {36, 1000000},    // memory clock, kHz
        {37, 256},        // memory bus, bits
        {38, 4 << 20},    // L2, bytes
        {39, 2048},       // threads per multiprocessor
        {40, 2},          // copy engines
        {41, 1},          // unified addressing
        {78, 1},          // stream priorities
        {81, 228 << 10},  // shared memory per multiprocessor
        {82, 65536},      // registers per multiprocessor
        {97, 227 << 10},  // shared memory per block, by request
        {106, 32},        // blocks per multiprocessor
        {111, 1024},      // shared memory that the driver keeps per block
    };
    if (value == nullptr || attribute < 1 || attribute > 200) return refuse(INVALID_VALUE, "there is no attribute %d", attribute);
    if (attribute == 75 || attribute == 76) { // compute capability, major and minor
        *value = attribute == 75 ? capabilityOf(device) / 10 : capabilityOf(device) % 10;
        return SUCCESS;
    }
    auto found = known.find(attribute);
    *value = found == known.end() ? 0 : found->second;
    return SUCCESS;
}

EXPORTED CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
    Call call("cuDevicePrimaryCtxRetain");
    if (CUresult code = requireDevice(device)) return code;
    if (CUresult code = misfortune("cuDevicePrimaryCtxRetain")) return code;
    Primary& p = primaries[device];
    if (p.references++ == 0) p.context = makeContext(device, p.flags, true);
    *context = p.context;
    return SUCCESS;
}

EXPORTED CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    Call call("cuDevicePrimaryCtxRelease");
    if (CUresult code = requireDevice(device)) return code;
    Primary& p = primaries[device];
    if (p.references == 0) return refuse(INVALID_CONTEXT, "the primary context was released more often than retained");
    if (--p.references > 0) return SUCCESS;
    destroyContext(p.context);
    p.context = nullptr;
    return SUCCESS;
}

EXPORTED CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
    Call call("cuDevicePrimaryCtxReset");
    if (CUresult code = requireDevice(device)) return code;
    Primary& p = primaries[device];
    if (p.context != nullptr) destroyContext(p.context);
    p = Primary();
    return SUCCESS;
}

EXPORTED CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
    Call call("cuDevicePrimaryCtxSetFlags");
    if (CUresult code = requireDevice(device)) return code;
    primaries[device].flags = flags;
    return SUCCESS;
}

EXPORTED CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
    Call call("cuDevicePrimaryCtxGetState");
    if (CUresult code = requireDevice(device)) return code;
    *flags = primaries[device].flags;
    *active = primaries[device].references > 0;
    return SUCCESS;
}

EXPORTED CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device) {
    Call call("cuCtxCreate");
    if (CUresult code = requireDevice(device)) return code;
    *context = makeContext(device, flags, false);
    stack.push_back(*context);
    return SUCCESS;
}

EXPORTED CUresult cuCtxDestroy_v2(CUcontext context) {
    Call call("cuCtxDestroy");
    if (!alive(context)) return refuse(INVALID_CONTEXT, "this context does not exist, or was destroyed before");
    if (context->primary) return refuse(INVALID_CONTEXT, "a primary context is released, not destroyed");
    if (!stack.empty() && stack.back() == context) stack.pop_back();
    destroyContext(context);
    return SUCCESS;
}

EXPORTED CUresult cuCtxSetCurrent(CUcontext context) {
    Call call("cuCtxSetCurrent");
    if (!initialized) return refuse(NOT_INITIALIZED, "cuInit was not called");
    if (context != nullptr && !alive(context)) return refuse(INVALID_CONTEXT, "this context does not exist any more");
    if (!stack.empty()) stack.pop_back();
    if (context != nullptr) stack.push_back(context);
    return SUCCESS;
}

EXPORTED CUresult cuCtxGetCurrent(CUcontext* context) {
    Call call("cuCtxGetCurrent");
    if (!initialized) return refuse(NOT_INITIALIZED, "cuInit was not called");
    *context = stack.empty() ? nullptr : stack.back();
    return SUCCESS;
}

EXPORTED CUresult cuCtxPushCurrent_v2(CUcontext context) {
    Call call("cuCtxPushCurrent");
    if (!alive(context)) return refuse(INVALID_CONTEXT, "this context does not exist any more");
    stack.push_back(context);
    return SUCCESS;
}

EXPORTED CUresult cuCtxPopCurrent_v2(CUcontext* context) {
    Call call("cuCtxPopCurrent");
    if (stack.empty()) return refuse(INVALID_CONTEXT, "no context is current on this thread");
    if (context != nullptr) *context = stack.back();
    stack.pop_back();
    return SUCCESS;
}

EXPORTED CUresult cuCtxGetDevice(CUdevice* device) {
    Call call("cuCtxGetDevice");
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code;
    *device = context->device;
    return SUCCESS;
}

EXPORTED CUresult cuCtxGetApiVersion(CUcontext, unsigned* version) {
    *version = 13000;
    return SUCCESS;
}

EXPORTED CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
    Call call("cuCtxGetStreamPriorityRange");
    CUresult code = SUCCESS;
    if (currentContext(code) == nullptr) return code;
    if (least != nullptr) *least = 0;
    if (greatest != nullptr) *greatest = -5;
    return SUCCESS;
}

EXPORTED CUresult cuCtxSynchronize() {
    Call call("cuCtxSynchronize");
    CUresult code = SUCCESS;
    if (currentContext(code) == nullptr) return code;
    if ((code = requireNoCapture("nobody can wait for the device"))) return code;
    return finishAll();
}

namespace {
struct Error {
    const char *name, *text;
};
const std::map<int, Error>& errors() {
    static const std::map<int, Error> all = {
        {SUCCESS, {"CUDA_SUCCESS", "no error"}},
        {INVALID_VALUE, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
        {OUT_OF_MEMORY, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
        {NOT_INITIALIZED, {"CUDA_ERROR_NOT_INITIALIZED", "initialization error"}},
        {DEINITIALIZED, {"CUDA_ERROR_DEINITIALIZED", "driver shutting down"}},
        {NO_DEVICE, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
        {INVALID_DEVICE, {"CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}},
        {INVALID_IMAGE, {"CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"}},
        {INVALID_CONTEXT, {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}},
        {NO_BINARY_FOR_GPU, {"CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"}},
        {INVALID_PTX, {"CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"}},
        {INVALID_HANDLE, {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}},
        {ILLEGAL_STATE, {"CUDA_ERROR_ILLEGAL_STATE", "the operation cannot be performed in the present state"}},
        {46, {"CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"}},
        {214, {"CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"}},
        {34, {"CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library"}},
        {304, {"CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"}},
        {719, {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}},
        {802, {"CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"}},
        {803, {"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"}},
        {804, {"CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", "forward compatibility was attempted on non supported HW"}},
        {NOT_FOUND, {"CUDA_ERROR_NOT_FOUND", "named symbol not found"}},
        {NOT_READY, {"CUDA_ERROR_NOT_READY", "device not ready"}},
        {ILLEGAL_ADDRESS, {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
        {LAUNCH_OUT_OF_RESOURCES, {"CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"}},
        {PRIMARY_CONTEXT_ACTIVE, {"CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE", "cannot set while device is active in this process"}},
        {CONTEXT_IS_DESTROYED, {"CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"}},
        {MISALIGNED_ADDRESS, {"CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"}},
        {NOT_PERMITTED, {"CUDA_ERROR_NOT_PERMITTED", "operation not permitted"}},
        {NOT_SUPPORTED, {"CUDA_ERROR_NOT_SUPPORTED", "operation not supported"}},
        {CAPTURE_UNSUPPORTED, {"CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"}},
        {CAPTURE_INVALIDATED, {"CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"}},
        {CAPTURE_MERGE, {"CUDA_ERROR_STREAM_CAPTURE_MERGE", "operation would result in a merge of separate capture sequences"}},
        {CAPTURE_UNMATCHED, {"CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "capture was not ended in the same stream as it began"}},
        {CAPTURE_UNJOINED, {"CUDA_ERROR_STREAM_CAPTURE_UNJOINED", "capturing stream has unjoined work"}},
        {CAPTURE_ISOLATION, {"CUDA_ERROR_STREAM_CAPTURE_ISOLATION", "dependency created on uncaptured work in another stream"}},
        {CAPTURE_IMPLICIT,
         {"CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", "operation would make the legacy stream depend on a capturing blocking stream"}},
        {CAPTURED_EVENT, {"CUDA_ERROR_CAPTURED_EVENT", "operation not permitted on an event last recorded in a capturing stream"}},
        {CAPTURE_WRONG_THREAD,
         {"CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", "attempt to terminate a thread-local capture sequence from another thread"}},
    };
    return all;
}
} // namespace

EXPORTED CUresult cuGetErrorName(int code, const char** name) {
    auto found = errors().find(code);
    *name = found == errors().end() ? nullptr : found->second.name;
    return *name == nullptr ? INVALID_VALUE : SUCCESS;
}

EXPORTED CUresult cuGetErrorString(int code, const char** text) {
    auto found = errors().find(code);
    *text = found == errors().end() ? nullptr : found->second.text;
    return *text == nullptr ? INVALID_VALUE : SUCCESS;
}
