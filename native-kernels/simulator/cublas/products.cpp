// Matrix products and vector functions; matrices are column-major.
#include "../loops.h"
#include "../numbers.h"
#include "library.h"
#include <cmath>
#include <cstring>

namespace simulator::blas {

namespace {
constexpr int R_32F = 0, R_16F = 2, R_16BF = 14, COMPUTE_32F = 68, COMPUTE_32F_PEDANTIC = 69, COMPUTE_32F_FAST_TF32 = 77;

int typeBytes(int type) { return type == R_32F ? 4 : type == R_16BF || type == R_16F ? 2 : 0; }

float load(int type, const void* from, long i) {
    if (type == R_32F) return static_cast<const float*>(from)[i];
    unsigned short bits = static_cast<const unsigned short*>(from)[i];
    return type == R_16F ? emulation::fromHalf(bits) : fromBf16(bits);
}

void store(int type, void* to, long i, float value) {
    if (type == R_32F) static_cast<float*>(to)[i] = value;
    else static_cast<unsigned short*>(to)[i] = type == R_16F ? emulation::toHalf(value) : toBf16(value);
}

/** A scalar argument: in host memory, read now, or in device memory, read when the work runs. */
struct Scalar {
    float value = 0;
    const void* device = nullptr;
    float get() const { return device == nullptr ? value : load(R_32F, device, 0); }
};

Status scalar(const Handle* handle, const void* from, Scalar& to, std::vector<Access>& accesses, const char* name) {
    if (from == nullptr) return refuse(BLAS_INVALID_VALUE, "%s is null", name);
    if (handle->pointers == 0) {
        std::memcpy(&to.value, from, sizeof(float));
    } else {
        to.device = from;
        accesses.push_back({from, sizeof(float), name});
    }
    return BLAS_OK;
}

struct Matrix {
    void* data;
    int type, ld;
    long long stride; // from one matrix of a batch to the next
};

struct Product {
    bool transA, transB;
    long m, n, k;
    Matrix a, b, c;
    int batch;
    Scalar alpha, beta;
};

Status requireMatrix(const Matrix& x, long rows, long columns, int batch, const char* name, bool written, std::vector<Access>& to) {
    if (typeBytes(x.type) == 0) return refuse(BLAS_NOT_SUPPORTED, "%s has data type %d (f32, bf16 and f16 are simulated)", name, x.type);
    if (x.ld < (rows > 1 ? rows : 1)) return refuse(BLAS_INVALID_VALUE, "%s has %ld rows and a leading dimension of %d", name, rows, x.ld);
    if (rows == 0 || columns == 0) return BLAS_OK;
    long one = (columns - 1) * x.ld + rows;
    if (written && batch > 1 && x.stride < one)
        return refuse(BLAS_INVALID_VALUE, "the matrices of %s overlap: stride %lld", name, x.stride);
    if (x.stride < 0) return refuse(BLAS_INVALID_VALUE, "%s has a stride of %lld", name, x.stride);
    if (reinterpret_cast<std::uintptr_t>(x.data) % typeBytes(x.type) != 0)
        return refuse(BLAS_INVALID_VALUE, "%s is not aligned to its type", name);
    to.push_back({x.data, static_cast<std::size_t>((batch - 1) * x.stride + one) * typeBytes(x.type), name});
    return BLAS_OK;
}

/** As rows x columns, row-major, of op(x). */
std::vector<float> gather(const Matrix& x, long matrix, bool transposed, long rows, long columns) {
    std::vector<float> values(static_cast<std::size_t>(rows * columns));
    long at = matrix * x.stride;
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < columns; j++) values[i * columns + j] = load(x.type, x.data, at + (transposed ? i * x.ld + j : j * x.ld + i));
    return values;
}

/** c column-major is its transpose row-major: c' = op(b)' op(a)'. */
void compute(const Product& p) {
    float alpha = p.alpha.get(), beta = p.beta.get();
    for (long i = 0; i < p.batch; i++) {
        std::vector<float> sums(static_cast<std::size_t>(p.m * p.n), 0.0f);
        if (p.k > 0 && alpha != 0) {
            std::vector<float> a = gather(p.a, i, !p.transA, p.k, p.m), b = gather(p.b, i, !p.transB, p.n, p.k);
            multiplyAdd(p.n, p.m, p.k, b.data(), p.k, a.data(), p.m, sums.data(), p.m);
        }
        for (long col = 0; col < p.n; col++)
            for (long row = 0; row < p.m; row++) {
                long at = i * p.c.stride + col * p.c.ld + row;
                float v = alpha == 0 ? 0 : alpha * sums[col * p.m + row];
                if (beta != 0) v += beta * load(p.c.type, p.c.data, at);
                store(p.c.type, p.c.data, at, v);
            }
    }
}

Status multiply(Handle* handle, const char* name, int transA, int transB, Product p, const void* alpha, const void* beta) {
    BLAS_TRY(require(handle));
    if (transA < 0 || transA > 2 || transB < 0 || transB > 2 || p.m < 0 || p.n < 0 || p.k < 0 || p.batch < 0)
        return refuse(BLAS_INVALID_VALUE, "operations %d and %d, m %ld, n %ld, k %ld, batch %d", transA, transB, p.m, p.n, p.k, p.batch);
    if (p.a.type != p.b.type || (p.a.type == R_32F && p.c.type != R_32F))
        return refuse(BLAS_NOT_SUPPORTED, "a has data type %d, b %d, c %d", p.a.type, p.b.type, p.c.type);
    p.transA = transA != 0;
    p.transB = transB != 0;
    std::vector<Access> accesses;
    BLAS_TRY(scalar(handle, alpha, p.alpha, accesses, "alpha"));
    BLAS_TRY(scalar(handle, beta, p.beta, accesses, "beta"));
    BLAS_TRY(requireMatrix(p.a, p.transA ? p.k : p.m, p.transA ? p.m : p.k, p.batch, "a", false, accesses));
    BLAS_TRY(requireMatrix(p.b, p.transB ? p.n : p.k, p.transB ? p.k : p.n, p.batch, "b", false, accesses));
    BLAS_TRY(requireMatrix(p.c, p.m, p.n, p.batch, "c", true, accesses));
    if (p.m == 0 || p.n == 0 || p.batch == 0) return BLAS_OK;
    if (handle->workspace.bytes > 0) accesses.push_back(handle->workspace);
    Access workspace = handle->workspace;
    return queue(handle, name, accesses, [=] {
        // products of the library use its workspace, or part of it
        std::size_t used = workspace.bytes < 4096 ? workspace.bytes : 4096;
        if (used > 0) std::memset(const_cast<void*>(workspace.address), 0xff, used);
        compute(p);
    });
}

Status requireCompute(int compute) {
    if (compute == COMPUTE_32F || compute == COMPUTE_32F_PEDANTIC || compute == COMPUTE_32F_FAST_TF32) return BLAS_OK;
    return refuse(BLAS_NOT_SUPPORTED, "compute type %d (f32 is simulated)", compute);
}

Matrix floats(const float* data, int ld, long long stride = 0) { return {const_cast<float*>(data), R_32F, ld, stride}; }

/** A vector of f32: n elements, inc apart. */
Status vector(const float* x, long n, int inc, const char* name, std::vector<Access>& accesses) {
    if (inc <= 0) return refuse(n > 0 ? BLAS_NOT_SUPPORTED : BLAS_INVALID_VALUE, "%s has an increment of %d", name, inc);
    if (n > 0) accesses.push_back({x, static_cast<std::size_t>((n - 1) * inc + 1) * sizeof(float), name});
    return BLAS_OK;
}

/** A result goes to host memory, and the call waits, or to device memory, and it does not. */
Status result(Handle* handle, const char* name, std::vector<Access> accesses, float* to, const std::function<float()>& compute) {
    if (to == nullptr) return refuse(BLAS_INVALID_VALUE, "nowhere to put the result");
    bool host = handle->pointers == 0;
    if (host && requireNoCapture("a result in host memory cannot be waited for") != SUCCESS) return BLAS_EXECUTION_FAILED;
    if (!host) accesses.push_back({to, sizeof(float), "the result"});
    BLAS_TRY(queue(handle, name, accesses, [=] { *to = compute(); }));
    return !host || finish(handle->stream) == SUCCESS ? BLAS_OK : BLAS_EXECUTION_FAILED;
}
} // namespace

} // namespace simulator::blas

using namespace simulator;
using namespace simulator::blas;

EXPORTED Status cublasSgemm_v2(Handle* h, int transA, int transB, int m, int n, int k, const float* alpha, const float* a, int lda,
                               const float* b, int ldb, const float* beta, float* c, int ldc) {
    Call call("cublasSgemm");
    return multiply(h, "cublasSgemm", transA, transB, {false, false, m, n, k, floats(a, lda), floats(b, ldb), floats(c, ldc), 1, {}, {}},
                    alpha, beta);
}

EXPORTED Status cublasSgemmStridedBatched(Handle* h, int transA, int transB, int m, int n, int k, const float* alpha, const float* a,
                                          int lda, long long strideA, const float* b, int ldb, long long strideB, const float* beta,
                                          float* c, int ldc, long long strideC, int batch) {
    Call call("cublasSgemmStridedBatched");
    Product p{false, false, m, n, k, floats(a, lda, strideA), floats(b, ldb, strideB), floats(c, ldc, strideC), batch, {}, {}};
    return multiply(h, "cublasSgemmStridedBatched", transA, transB, p, alpha, beta);
}

EXPORTED Status cublasGemmStridedBatchedEx(Handle* h, int transA, int transB, int m, int n, int k, const void* alpha, const void* a,
                                           int typeA, int lda, long long strideA, const void* b, int typeB, int ldb, long long strideB,
                                           const void* beta, void* c, int typeC, int ldc, long long strideC, int batch, int compute,
                                           int) {
    Call call("cublasGemmStridedBatchedEx");
    BLAS_TRY(requireCompute(compute));
    Product p{false, false, m, n, k, {const_cast<void*>(a), typeA, lda, strideA}, {const_cast<void*>(b), typeB, ldb, strideB},
              {c, typeC, ldc, strideC}, batch, {}, {}};
    return multiply(h, "cublasGemmStridedBatchedEx", transA, transB, p, alpha, beta);
}

EXPORTED Status cublasGemmEx(Handle* h, int transA, int transB, int m, int n, int k, const void* alpha, const void* a, int typeA,
                             int lda, const void* b, int typeB, int ldb, const void* beta, void* c, int typeC, int ldc, int compute,
                             int) {
    Call call("cublasGemmEx");
    BLAS_TRY(requireCompute(compute));
    Product p{false, false, m, n, k, {const_cast<void*>(a), typeA, lda, 0}, {const_cast<void*>(b), typeB, ldb, 0},
              {c, typeC, ldc, 0}, 1, {}, {}};
    return multiply(h, "cublasGemmEx", transA, transB, p, alpha, beta);
}

EXPORTED Status cublasSgemv_v2(Handle* h, int trans, int m, int n, const float* alpha, const float* a, int lda, const float* x, int incX,
                               const float* beta, float* y, int incY) {
    Call call("cublasSgemv");
    BLAS_TRY(require(h));
    if (incX <= 0 || incY <= 0) return refuse(incX == 0 || incY == 0 ? BLAS_INVALID_VALUE : BLAS_NOT_SUPPORTED, "increments %d and %d", incX, incY);
    // y' = x' op(a)': a product whose c has one row, incY apart
    int rows = trans == 0 ? m : n, columns = trans == 0 ? n : m;
    if (lda < (m > 1 ? m : 1)) return refuse(BLAS_INVALID_VALUE, "a has %d rows and a leading dimension of %d", m, lda);
    Product p{false, false, 1, rows, columns, floats(x, incX), floats(a, lda), floats(y, incY), 1, {}, {}};
    return multiply(h, "cublasSgemv", 0, trans == 0 ? 1 : 0, p, alpha, beta);
}

EXPORTED Status cublasSaxpy_v2(Handle* h, int n, const float* alpha, const float* x, int incX, float* y, int incY) {
    Call call("cublasSaxpy");
    BLAS_TRY(require(h));
    std::vector<Access> accesses;
    Scalar factor;
    BLAS_TRY(scalar(h, alpha, factor, accesses, "alpha"));
    BLAS_TRY(vector(x, n, incX, "x", accesses));
    BLAS_TRY(vector(y, n, incY, "y", accesses));
    return queue(h, "cublasSaxpy", accesses, [=] {
        float f = factor.get();
        for (long i = 0; i < n; i++) y[i * incY] += f * x[i * incX];
    });
}

EXPORTED Status cublasSscal_v2(Handle* h, int n, const float* alpha, float* x, int incX) {
    Call call("cublasSscal");
    BLAS_TRY(require(h));
    std::vector<Access> accesses;
    Scalar factor;
    BLAS_TRY(scalar(h, alpha, factor, accesses, "alpha"));
    BLAS_TRY(vector(x, n, incX, "x", accesses));
    return queue(h, "cublasSscal", accesses, [=] {
        float f = factor.get();
        for (long i = 0; i < n; i++) x[i * incX] *= f;
    });
}

EXPORTED Status cublasScopy_v2(Handle* h, int n, const float* x, int incX, float* y, int incY) {
    Call call("cublasScopy");
    BLAS_TRY(require(h));
    std::vector<Access> accesses;
    BLAS_TRY(vector(x, n, incX, "x", accesses));
    BLAS_TRY(vector(y, n, incY, "y", accesses));
    return queue(h, "cublasScopy", accesses, [=] {
        for (long i = 0; i < n; i++) y[i * incY] = x[i * incX];
    });
}

EXPORTED Status cublasSdot_v2(Handle* h, int n, const float* x, int incX, const float* y, int incY, float* to) {
    Call call("cublasSdot");
    BLAS_TRY(require(h));
    std::vector<Access> accesses;
    BLAS_TRY(vector(x, n, incX, "x", accesses));
    BLAS_TRY(vector(y, n, incY, "y", accesses));
    return result(h, "cublasSdot", accesses, to, [=] {
        double sum = 0;
        for (long i = 0; i < n; i++) sum += static_cast<double>(x[i * incX]) * y[i * incY];
        return static_cast<float>(sum);
    });
}

EXPORTED Status cublasSnrm2_v2(Handle* h, int n, const float* x, int incX, float* to) {
    Call call("cublasSnrm2");
    BLAS_TRY(require(h));
    std::vector<Access> accesses;
    BLAS_TRY(vector(x, n, incX, "x", accesses));
    return result(h, "cublasSnrm2", accesses, to, [=] {
        double sum = 0;
        for (long i = 0; i < n; i++) sum += static_cast<double>(x[i * incX]) * x[i * incX];
        return static_cast<float>(std::sqrt(sum));
    });
}
