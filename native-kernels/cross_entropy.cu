// CrossEntropy and CrossEntropy.Backward (voluta.op.CrossEntropy): softmax cross-entropy of labels or of target
// probabilities, with label smoothing; loss and dLoss are f32.
//
// Forward: cross_entropy_*, which leaves each row's loss in f32[rows], then cross_entropy_mean. Backward:
// cross_entropy_factor, which leaves dLoss / counted samples in a scalar, then cross_entropy_backward_*.
//
// Launch of the row kernels: a warp per row, block (32, 8), for up to about 1,024 classes; else a block per row, block
// (256, 1); any grid. The mean and the factor: one block of 256 threads. Bytes: forward reads the logits (twice more from
// the cache) and the targets; backward also writes dz. Rate: not seen on a GPU yet.
#include "include/reduce.cuh"

namespace voluta {

VOLUTA_DEVICE bool counts(const int* labels, long long row, int classes) {
    return labels == nullptr || (labels[row] >= 0 && labels[row] < classes);
}

/** The smoothed target of class c. */
VOLUTA_DEVICE float target(const int* labels, const float* targets, long long row, int c, int classes, float smoothing) {
    float q = labels != nullptr ? (labels[row] == c ? 1.0f : 0.0f) : targets[row * classes + c];
    return (1 - smoothing) * q + smoothing / classes;
}

struct RowNormalizer {
    float max, sum; // of e^(z - max)
};

template <class T> VOLUTA_DEVICE RowNormalizer rowNormalizer(const T* z, int classes) {
    float largest = -INFINITY, sum = 0;
    for (int c = threadIdx.x; c < classes; c += blockDim.x) largest = fmaxf(largest, toFloat(z[c]));
    largest = rowReduce<Max>(largest);
    for (int c = threadIdx.x; c < classes; c += blockDim.x) sum += expf(toFloat(z[c]) - largest);
    return {largest, rowReduce<Sum>(sum)};
}

template <class T>
VOLUTA_DEVICE void crossEntropy(const T* z, const int* labels, const float* targets, float* rowLoss, long long rows,
                                int classes, float smoothing) {
    for (long long row = firstRow(); row < rows; row += rowStep()) {
        if (!counts(labels, row, classes)) { // the same for all threads of the row
            if (threadIdx.x == 0) rowLoss[row] = 0;
            continue;
        }
        const T* line = z + row * classes;
        RowNormalizer normalizer = rowNormalizer(line, classes);
        float logSum = logf(normalizer.sum), loss = 0;
        for (int c = threadIdx.x; c < classes; c += blockDim.x) {
            float q = target(labels, targets, row, c, classes, smoothing);
            // the difference first: max and logit are close, and both may be large; a class with q = 0 costs nothing,
            // even where its logit is -infinity
            if (q != 0) loss += q * (logSum - (toFloat(line[c]) - normalizer.max));
        }
        loss = rowReduce<Sum>(loss);
        if (threadIdx.x == 0) rowLoss[row] = loss;
    }
}

template <class T>
VOLUTA_DEVICE void crossEntropyBackward(const T* z, const int* labels, const float* targets, const float* factor, T* dz,
                                        long long rows, int classes, float smoothing) {
    float scale = *factor;
    for (long long row = firstRow(); row < rows; row += rowStep()) {
        const T* line = z + row * classes;
        T* gradient = dz + row * classes;
        if (!counts(labels, row, classes)) {
            for (int c = threadIdx.x; c < classes; c += blockDim.x) gradient[c] = fromFloat<T>(0);
            continue;
        }
        RowNormalizer normalizer = rowNormalizer(line, classes);
        float total = 0;
        for (int c = threadIdx.x; c < classes; c += blockDim.x)
            total += target(labels, targets, row, c, classes, smoothing);
        total = rowReduce<Sum>(total) / normalizer.sum;
        for (int c = threadIdx.x; c < classes; c += blockDim.x) {
            float q = target(labels, targets, row, c, classes, smoothing);
            gradient[c] = fromFloat<T>(scale * (total * expf(toFloat(line[c]) - normalizer.max) - q));
        }
    }
}

/** How many rows count. */
VOLUTA_DEVICE long long countedRows(const int* labels, long long rows, int classes) {
    if (labels == nullptr) return rows;
    long long counted = 0;
    for (long long row = threadIdx.x; row < rows; row += blockDim.x) counted += counts(labels, row, classes);
    return rowReduce<Sum>(counted);
}

} // namespace voluta

/** @param labels null if targets are given, and the other way round */
#define CROSS_ENTROPY_T(T)                                                                                               \
    extern "C" __global__ void __launch_bounds__(256)                                                                    \
        cross_entropy_##T(const T* z, const int* labels, const float* targets, float* rowLoss, long long rows, int classes, \
                          float smoothing) {                                                                             \
        voluta::crossEntropy(z, labels, targets, rowLoss, rows, classes, smoothing);                                     \
    }
FOR_TYPES(CROSS_ENTROPY_T)

/** loss = the sum of the rows' losses over how many count, 0 if none does. */
extern "C" __global__ void __launch_bounds__(256)
    cross_entropy_mean(const float* rowLoss, const int* labels, float* loss, long long rows, int classes) {
    double sum = 0;
    for (long long row = threadIdx.x; row < rows; row += blockDim.x) sum += rowLoss[row];
    sum = voluta::rowReduce<voluta::Sum>(sum);
    long long counted = voluta::countedRows(labels, rows, classes);
    if (threadIdx.x == 0) *loss = counted == 0 ? 0.0f : static_cast<float>(sum / static_cast<double>(counted));
}

/** factor = dLoss over how many rows count. */
extern "C" __global__ void __launch_bounds__(256)
    cross_entropy_factor(const float* dLoss, const int* labels, float* factor, long long rows, int classes) {
    long long counted = voluta::countedRows(labels, rows, classes);
    if (threadIdx.x == 0) *factor = counted == 0 ? 0.0f : *dLoss / static_cast<float>(counted);
}

#define CROSS_ENTROPY_BACKWARD_T(T)                                                                                 \
    extern "C" __global__ void __launch_bounds__(256)                                                               \
        cross_entropy_backward_##T(const T* z, const int* labels, const float* targets, const float* factor, T* dz, \
                                   long long rows, int classes, float smoothing) {                                  \
        voluta::crossEntropyBackward(z, labels, targets, factor, dz, rows, classes, smoothing);                     \
    }
FOR_TYPES(CROSS_ENTROPY_BACKWARD_T)
