// Padding and Padding.Backward (voluta.op.Padding) of x[outer, up to three dimensions, inner]: [N,C,H,W] has outer = N C
// and inner = 1; [N,H,W,C] has outer = N and inner = C.
//
// Launch: one dimension, 256 threads, any grid. Bytes: forward reads x, writes y; backward reads dy, writes dx: each
// element of dx gathers what came from it, in a fixed order. With inner a multiple of 16 bytes a thread moves so much at a
// time. Rate: not seen on a GPU yet.
#include "include/position.cuh"

namespace voluta {

/** In the order of Padding.Mode. */
enum PaddingMode { CONSTANT, REFLECT, REPLICATE, CIRCULAR };

/** As the host writes it: ten 64-bit words. Missing dimensions come first, with sizes 1 and nothing before. */
struct PaddingGeometry {
    long long mode;
    long long before[3], x[3], y[3];
};

/** Where element o of y comes from, -1 for the constant. */
VOLUTA_DEVICE int origin(int mode, int o, int before, int size) {
    int i = o - before;
    switch (mode) {
    case REFLECT: return i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i;
    case REPLICATE: return i < 0 ? 0 : i >= size ? size - 1 : i;
    case CIRCULAR: return i < 0 ? i + size : i >= size ? i - size : i;
    default: return i < 0 || i >= size ? -1 : i;
    }
}

/** How many candidates there are for what came from element i of x, and which is number k; -1 if it lies outside y. */
VOLUTA_DEVICE int candidates(int mode, int i, int size, int before, int padded) {
    if (mode != REPLICATE) return 3;
    int first = i == 0 ? 0 : before + i, last = i == size - 1 ? padded - 1 : before + i;
    return last - first + 1;
}

VOLUTA_DEVICE int candidate(int mode, int k, int i, int size, int before, int padded) {
    if (mode == REPLICATE) return (i == 0 ? 0 : before + i) + k;
    int o = before + i;
    if (mode == REFLECT) {
        if (k == 1) o = i > 0 ? before - i : -1;
        if (k == 2) o = i < size - 1 ? before + 2 * (size - 1) - i : -1;
    } else {
        if (k == 1) o -= size;
        if (k == 2) o += size;
    }
    return o >= 0 && o < padded ? o : -1;
}

/** A thread to W neighbours of y; W divides inner. */
template <int W, class Index, class T>
VOLUTA_DEVICE void padLoop(const T* x, T* y, long long n, long long inner, float value, const PaddingGeometry& g) {
    int mode = static_cast<int>(g.mode);
    for (long long i = globalThread() * W; i < n; i += globalThreads() * W) {
        Position<Index> to(static_cast<Index>(i), g.y, static_cast<Index>(inner));
        long long from = to.outer;
        bool constant = false;
#pragma unroll
        for (int d = 0; d < 3; d++) {
            int o = origin(mode, to.at[d], static_cast<int>(g.before[d]), static_cast<int>(g.x[d]));
            constant |= o < 0;
            from = from * g.x[d] + o;
        }
        float v[W];
        if (constant) {
#pragma unroll
            for (int k = 0; k < W; k++) v[k] = value;
        } else {
            load(x + from * inner + to.inner, v);
        }
        store(y + i, v);
    }
}

/** A thread to W neighbours of dx; W divides inner. */
template <int W, class Index, class T>
VOLUTA_DEVICE void padBackwardLoop(const T* dy, T* dx, long long n, long long inner, const PaddingGeometry& g) {
    int mode = static_cast<int>(g.mode);
    int x0 = static_cast<int>(g.x[0]), x1 = static_cast<int>(g.x[1]), x2 = static_cast<int>(g.x[2]);
    int y0 = static_cast<int>(g.y[0]), y1 = static_cast<int>(g.y[1]), y2 = static_cast<int>(g.y[2]);
    int b0 = static_cast<int>(g.before[0]), b1 = static_cast<int>(g.before[1]), b2 = static_cast<int>(g.before[2]);
    for (long long i = globalThread() * W; i < n; i += globalThreads() * W) {
        Position<Index> to(static_cast<Index>(i), g.x, static_cast<Index>(inner));
        int n0 = candidates(mode, to.at[0], x0, b0, y0), n1 = candidates(mode, to.at[1], x1, b1, y1);
        int n2 = candidates(mode, to.at[2], x2, b2, y2);
        float sum[W] = {};
        for (int k0 = 0; k0 < n0; k0++) {
            int o0 = candidate(mode, k0, to.at[0], x0, b0, y0);
            if (o0 < 0) continue;
            for (int k1 = 0; k1 < n1; k1++) {
                int o1 = candidate(mode, k1, to.at[1], x1, b1, y1);
                if (o1 < 0) continue;
                for (int k2 = 0; k2 < n2; k2++) {
                    int o2 = candidate(mode, k2, to.at[2], x2, b2, y2);
                    if (o2 < 0) continue;
                    long long from = ((static_cast<long long>(to.outer) * y0 + o0) * y1 + o1) * y2 + o2;
                    float v[W];
                    load(dy + from * inner + to.inner, v);
#pragma unroll
                    for (int k = 0; k < W; k++) sum[k] += v[k];
                }
            }
        }
        store(dx + i, sum);
    }
}

template <class T>
VOLUTA_DEVICE void pad(const T* x, T* y, long long n, long long inner, float value, const PaddingGeometry& g) {
    bool vectors = inner % LANES<T> == 0 && aligned16(x) && aligned16(y);
    if (n > 0xffffffffLL) padLoop<1, unsigned long long>(x, y, n, inner, value, g);
    else if (vectors) padLoop<LANES<T>, unsigned>(x, y, n, inner, value, g);
    else padLoop<1, unsigned>(x, y, n, inner, value, g);
}

template <class T>
VOLUTA_DEVICE void padBackward(const T* dy, T* dx, long long n, long long inner, const PaddingGeometry& g) {
    bool vectors = inner % LANES<T> == 0 && aligned16(dy) && aligned16(dx);
    if (n > 0xffffffffLL) padBackwardLoop<1, unsigned long long>(dy, dx, n, inner, g);
    else if (vectors) padBackwardLoop<LANES<T>, unsigned>(dy, dx, n, inner, g);
    else padBackwardLoop<1, unsigned>(dy, dx, n, inner, g);
}

} // namespace voluta

using voluta::PaddingGeometry;

/** @param n the elements of y. Negative sizes before and after remove elements (CONSTANT only). */
#define PADDING_T(T)                                                                                                     \
    extern "C" __global__ void __launch_bounds__(256, 3)                                                                 \
        padding_##T(const T* x, T* y, long long n, long long inner, float value, const __grid_constant__ PaddingGeometry g) { \
        voluta::pad(x, y, n, inner, value, g);                                                                           \
    }
FOR_TYPES(PADDING_T)

/** For the modes that repeat elements. @param n the elements of dx */
#define PADDING_BACKWARD_T(T)                                                                                            \
    extern "C" __global__ void __launch_bounds__(256, 3)                                                                 \
        padding_backward_##T(const T* dy, T* dx, long long n, long long inner, const __grid_constant__ PaddingGeometry g) { \
        voluta::padBackward(dy, dx, n, inner, g);                                                                        \
    }
FOR_TYPES(PADDING_BACKWARD_T)
