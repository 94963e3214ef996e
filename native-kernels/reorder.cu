// Reorder: exchanges the two inner dimensions of x[outer, rows, columns], giving y[outer, columns, rows], and casts on the
// way. [N,C,H,W] to [N,H,W,C] is rows = C, columns = H W; the way back rows = H W, columns = C.
//
// Launch: block (32, 8), any one-dimensional grid (good: one block per tile of 32 x 32, at most 16 per multiprocessor).
// Bytes: reads x, writes y, both coalesced through a tile in shared memory. Rate: not seen on a GPU yet.
#include "include/device.cuh"

namespace voluta {

constexpr int TILE = 32;

template <class From, class To>
VOLUTA_DEVICE void reorder(const From* x, To* y, long long outer, long long rows, long long columns) {
    __shared__ float tile[TILE][TILE + 1]; // one more column: a warp that reads down a column meets every bank once
    long long across = (columns + TILE - 1) / TILE, down = (rows + TILE - 1) / TILE;
    for (long long t = blockIdx.x; t < outer * down * across; t += gridDim.x) {
        long long column = t % across * TILE, row = t / across % down * TILE, matrix = t / across / down * rows * columns;
        for (int k = threadIdx.y; k < TILE; k += blockDim.y) {
            long long r = row + k, c = column + threadIdx.x;
            if (r < rows && c < columns) tile[k][threadIdx.x] = toFloat(x[matrix + r * columns + c]);
        }
        __syncthreads();
        for (int k = threadIdx.y; k < TILE; k += blockDim.y) {
            long long r = row + threadIdx.x, c = column + k;
            if (r < rows && c < columns) y[matrix + c * rows + r] = fromFloat<To>(tile[threadIdx.x][k]);
        }
        __syncthreads(); // the tile is filled anew
    }
}

} // namespace voluta

#define REORDER_T_T(T)                                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                             \
        reorder_##T##_##T(const T* x, T* y, long long outer, long long rows, long long columns) { \
        voluta::reorder(x, y, outer, rows, columns);                                              \
    }
FOR_TYPES(REORDER_T_T)

#define REORDER_F32_N(N)                                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                               \
        reorder_f32_##N(const float* x, N* y, long long outer, long long rows, long long columns) { \
        voluta::reorder(x, y, outer, rows, columns);                                                \
    }
FOR_NARROW_TYPES(REORDER_F32_N)

#define REORDER_N_F32(N)                                                                              \
    extern "C" __global__ void __launch_bounds__(256)                                                 \
        reorder_##N##_f32(const N* x, float* y, long long outer, long long rows, long long columns) { \
        voluta::reorder(x, y, outer, rows, columns);                                                  \
    }
FOR_NARROW_TYPES(REORDER_N_F32)
