// What the parts of the stand-in for cuBLAS share.
#pragma once
#include "../device.h"
#include <string>
#include <vector>

namespace simulator::blas {

using Status = int;
enum : Status {
    BLAS_OK = 0,
    BLAS_NOT_INITIALIZED = 1,
    BLAS_INVALID_VALUE = 7,
    BLAS_EXECUTION_FAILED = 13,
    BLAS_NOT_SUPPORTED = 15,
};

struct Handle {
    unsigned long long context = 0;
    CUstream stream = nullptr;
    int math = 0, pointers = 0, atomics = 0; // scalars are in host memory
    Access workspace{nullptr, 0, "the workspace"};
};

/** Whether the handle is alive and its context current. */
Status require(Handle* handle);

/** Queues work on the handle's stream, with accesses checked. */
Status queue(Handle* handle, const std::string& what, const std::vector<Access>& accesses, const std::function<void()>& work);

/** Returns from the calling function where a check failed. */
#define BLAS_TRY(check)                                                                                                  \
    do {                                                                                                                 \
        if (Status status_ = (check)) return status_;                                                                    \
    } while (false)

} // namespace simulator::blas
