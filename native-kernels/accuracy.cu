// Accuracy (voluta.op.Accuracy): which rows have their label among the k largest logits. The rows' ones and zeros are then
// summed by reduce_rows_f32_f32 (exactly, up to 2^24 rows per part).
//
// Launch: a warp per row, block (32, 8), or a block per row, block (256, 1); any grid. Bytes: reads the logits. Rate: not
// seen on a GPU yet.
#include "include/reduce.cuh"

namespace voluta {

template <class T>
VOLUTA_DEVICE void accuracy(const T* z, const int* labels, float* right, long long rows, int classes, int k) {
    for (long long row = firstRow(); row < rows; row += rowStep()) {
        int label = labels[row];
        const T* line = z + row * classes;
        bool valid = label >= 0 && label < classes;
        float own = valid ? toFloat(line[label]) : NAN;
        int larger = 0;
        if (own == own) {
            for (int c = threadIdx.x; c < classes; c += blockDim.x) {
                float other = toFloat(line[c]);
                bool smaller = c < label ? other < own : other <= own; // NaN is not smaller
                larger += c != label && !smaller;
            }
        }
        larger = rowReduce<Sum>(larger);
        if (threadIdx.x == 0) right[row] = own == own && larger < k ? 1.0f : 0.0f;
    }
}

} // namespace voluta

#define ACCURACY_T(T)                                                                                   \
    extern "C" __global__ void __launch_bounds__(256)                                                   \
        accuracy_##T(const T* z, const int* labels, float* right, long long rows, int classes, int k) { \
        voluta::accuracy(z, labels, right, rows, classes, k);                                           \
    }
FOR_TYPES(ACCURACY_T)
