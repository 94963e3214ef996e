// What the parts of the stand-in for cuDNN 9 share: numbers of its interface, descriptors, checks, and tensors as floats.
#pragma once
#include "../device.h"
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace simulator::dnn {

using Status = int;
enum : Status {
    OK = 0,
    STATUS_NOT_INITIALIZED = 1001,
    BAD_PARAM = 2000,
    BAD_PARAM_NULL_POINTER = 2002,
    BAD_PARAM_MISALIGNED_POINTER = 2003,
    BAD_PARAM_NOT_FINALIZED = 2004,
    BAD_PARAM_DUPLICATED_ENTRIES = 2009,
    BAD_PARAM_ATTRIBUTE_TYPE = 2010,
    BAD_PARAM_DESCRIPTOR_TYPE = 2012,
    STATUS_NOT_SUPPORTED = 3000,
    EXECUTION_FAILED = 5000,
};

constexpr int FLOAT = 0, HALF = 2, BFLOAT16 = 9;
constexpr int NCHW = 0, NHWC = 1;
constexpr int MAX_DIMENSIONS = 8;

struct Handle {
    unsigned long long context = 0;
    CUstream stream = nullptr;
};

struct Tensor {
    int type = -1;
    std::vector<int> size, stride;

    long elements() const;
    /** How many elements lie from the first to the last. */
    long span() const;
    std::size_t bytes() const;
};

struct Filter {
    int type = -1, format = NCHW;
    std::vector<int> size; // K, C, spatial, whatever the format
    Tensor tensor() const;
};

struct Convolution {
    std::vector<int> padding, stride, dilation;
    int mode = 1, computeType = FLOAT, groups = 1, mathType = 0, reorder = 0;
};

struct Pooling {
    int mode = 0, nan = 0;
    std::vector<int> window, padding, stride;
};

struct Activation {
    int mode = -1, nan = 0;
    double coefficient = 0, swishBeta = 1;
};

struct OpTensor {
    int op = -1, computeType = FLOAT, nan = 0;
};

struct Reduce {
    int op = -1, computeType = FLOAT, nan = 0, indices = 0, indicesType = 0;
};

/** A dense copy of a tensor, in the order of its dimensions. */
using Values = std::vector<float>;

int typeBytes(int type);
/** One element of a type. */
float load(int type, const void* from, long i);
void store(int type, void* to, long i, float value);

/** Reads a tensor that lies at an address. */
Values gather(const Tensor& tensor, const void* from);
/** to = alpha * values + beta * to; to is not read where beta is 0. */
void scatter(const Tensor& tensor, void* to, const Values& values, float alpha = 1, float beta = 0);

/** The factors of a call: floats in host memory, read when the call is made. */
struct Scale {
    float alpha = 1, beta = 0;
};
Status scale(const void* alpha, const void* beta, Scale& to);

/** Whether pointers are live descriptors of ours that were set; says so where not. */
template <class T> Status require(const T* descriptor, const char* name);
template <> Status require(const Tensor* descriptor, const char* name);
template <> Status require(const Filter* descriptor, const char* name);
template <> Status require(const Convolution* descriptor, const char* name);
template <> Status require(const Pooling* descriptor, const char* name);
template <> Status require(const Activation* descriptor, const char* name);
template <> Status require(const OpTensor* descriptor, const char* name);
template <> Status require(const Reduce* descriptor, const char* name);
/** Whether the handle is alive and its context current. */
Status require(Handle* handle);

/** Memory of a tensor: aligned to its type, and as many bytes as it spans. */
Access access(const Tensor& tensor, const void* address, const char* name);

Status requireAligned(const std::vector<Access>& accesses, std::size_t bytes);

/** Queues work on the handle's stream, with accesses checked. */
Status queue(Handle* handle, const std::string& what, const std::vector<Access>& accesses, const std::function<void()>& work);

std::string text(const std::vector<int>& numbers);
bool sameSize(const Tensor& a, const Tensor& b);

/** Calls body for each index, counted up like an odometer, the last dimension fastest. */
template <class Body> void forEach(const std::vector<int>& size, const Body& body) {
    std::vector<int> index(size.size(), 0);
    for (int s : size)
        if (s <= 0) return;
    while (true) {
        body(index);
        int d = static_cast<int>(size.size()) - 1;
        while (d >= 0 && ++index[d] == size[d]) index[d--] = 0;
        if (d < 0) return;
    }
}

/** Returns from the calling function where a check failed. */
#define TRY(check)                                                                                                       \
    do {                                                                                                                 \
        if (Status status_ = (check)) return status_;                                                                    \
    } while (false)

} // namespace simulator::dnn

using cudnnHandle = simulator::dnn::Handle*;
