// Softmax and Softmax.Backward (voluta.op.Softmax), and their logarithmic forms, along one dimension.
//
// softmax_*, along the last dimension: a warp per row, block (32, 8), for rows up to about 1,024; else a block per row,
//   block (256, 1); any grid. A row is read three times, twice from the cache.
// softmax_lines_*, along an earlier one, x[outer, n, inner]: a thread per line, one dimension, 256 threads, any grid;
//   neighbouring threads read neighbours.
// Bytes: forward reads x, writes y; backward reads y and dy, writes dx. Rate: not seen on a GPU yet. The output may be an
// input's memory.
#include "include/reduce.cuh"

namespace voluta {

VOLUTA_DEVICE float result(float x, float largest, float sum, bool log) {
    return log ? (x - largest) - logf(sum) : expf(x - largest) / sum;
}

VOLUTA_DEVICE float summand(float y, float dy, bool log) { return log ? dy : y * dy; }

VOLUTA_DEVICE float gradient(float y, float dy, float sum, bool log) { return log ? dy - expf(y) * sum : y * (dy - sum); }

template <class T> VOLUTA_DEVICE void softmax(const T* x, T* y, long long rows, int n, bool log) {
    for (long long row = firstRow(); row < rows; row += rowStep()) {
        const T* from = x + row * n;
        float largest = -INFINITY, sum = 0;
        for (int i = threadIdx.x; i < n; i += blockDim.x) largest = fmaxf(largest, toFloat(from[i]));
        largest = rowReduce<Max>(largest);
        for (int i = threadIdx.x; i < n; i += blockDim.x) sum += expf(toFloat(from[i]) - largest);
        sum = rowReduce<Sum>(sum);
        for (int i = threadIdx.x; i < n; i += blockDim.x)
            y[row * n + i] = fromFloat<T>(result(toFloat(from[i]), largest, sum, log));
    }
}

template <class T> VOLUTA_DEVICE void softmaxBackward(const T* y, const T* dy, T* dx, long long rows, int n, bool log) {
    for (long long row = firstRow(); row < rows; row += rowStep()) {
        float sum = 0;
        for (int i = threadIdx.x; i < n; i += blockDim.x)
            sum += summand(toFloat(y[row * n + i]), toFloat(dy[row * n + i]), log);
        sum = rowReduce<Sum>(sum);
        for (int i = threadIdx.x; i < n; i += blockDim.x)
            dx[row * n + i] = fromFloat<T>(gradient(toFloat(y[row * n + i]), toFloat(dy[row * n + i]), sum, log));
    }
}

template <class T> VOLUTA_DEVICE void softmaxLines(const T* x, T* y, long long outer, int n, long long inner, bool log) {
    for (long long line = globalThread(); line < outer * inner; line += globalThreads()) {
        long long first = line / inner * n * inner + line % inner;
        float largest = -INFINITY, sum = 0;
        for (int i = 0; i < n; i++) largest = fmaxf(largest, toFloat(x[first + i * inner]));
        for (int i = 0; i < n; i++) sum += expf(toFloat(x[first + i * inner]) - largest);
        for (int i = 0; i < n; i++)
            y[first + i * inner] = fromFloat<T>(result(toFloat(x[first + i * inner]), largest, sum, log));
    }
}

template <class T>
VOLUTA_DEVICE void softmaxLinesBackward(const T* y, const T* dy, T* dx, long long outer, int n, long long inner, bool log) {
    for (long long line = globalThread(); line < outer * inner; line += globalThreads()) {
        long long first = line / inner * n * inner + line % inner;
        float sum = 0;
        for (int i = 0; i < n; i++) sum += summand(toFloat(y[first + i * inner]), toFloat(dy[first + i * inner]), log);
        for (int i = 0; i < n; i++) {
            long long at = first + i * inner;
            dx[at] = fromFloat<T>(gradient(toFloat(y[at]), toFloat(dy[at]), sum, log));
        }
    }
}

} // namespace voluta

/** @param log whether the logarithm is wanted */
#define SOFTMAX_T(T)                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256) softmax_##T(const T* x, T* y, long long rows, int n, int log) { \
        voluta::softmax(x, y, rows, n, log != 0);                                                                     \
    }
FOR_TYPES(SOFTMAX_T)

#define SOFTMAX_BACKWARD_T(T)                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                          \
        softmax_backward_##T(const T* y, const T* dy, T* dx, long long rows, int n, int log) { \
        voluta::softmaxBackward(y, dy, dx, rows, n, log != 0);                                 \
    }
FOR_TYPES(SOFTMAX_BACKWARD_T)

#define SOFTMAX_LINES_T(T)                                                                      \
    extern "C" __global__ void __launch_bounds__(256)                                           \
        softmax_lines_##T(const T* x, T* y, long long outer, int n, long long inner, int log) { \
        voluta::softmaxLines(x, y, outer, n, inner, log != 0);                                  \
    }
FOR_TYPES(SOFTMAX_LINES_T)

#define SOFTMAX_LINES_BACKWARD_T(T)                                                                                    \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        softmax_lines_backward_##T(const T* y, const T* dy, T* dx, long long outer, int n, long long inner, int log) { \
        voluta::softmaxLinesBackward(y, dy, dx, outer, n, inner, log != 0);                                            \
    }
FOR_TYPES(SOFTMAX_LINES_BACKWARD_T)
