// Where an element of a broadcast operand lies. The host joins neighbouring dimensions that are laid out alike, so that
// few are left: for a bias per channel, three.
#pragma once
#include "device.cuh"

namespace voluta {

constexpr int MAX_RANK = 6;

/**
 * A result's dimensions, outermost first, and for each of two operands the distance between neighbours along each, 0
 * where it is repeated. As the host writes it: nineteen 64-bit words. The result itself is dense.
 */
struct Strides {
    long long rank;
    long long size[MAX_RANK];
    long long a[MAX_RANK];
    long long b[MAX_RANK];
};

struct Offsets {
    long long a, b;
};

/** Index is unsigned where 32 bits suffice: its division is several times faster than that of 64 bits. */
template <class Index> VOLUTA_DEVICE Offsets offsets(const Strides& strides, long long element) {
    Index rest = static_cast<Index>(element);
    Offsets at{0, 0};
#pragma unroll
    for (int d = MAX_RANK - 1; d >= 0; d--) { // unrolled, so that the sizes are read as constants, not through the stack
        if (d >= strides.rank) continue;
        Index size = static_cast<Index>(strides.size[d]), next = rest / size;
        long long index = static_cast<long long>(rest - next * size);
        at.a += index * strides.a[d];
        at.b += index * strides.b[d];
        rest = next;
    }
    return at;
}

/** Reads N neighbours along the innermost dimension: a pack, or one element repeated where the stride is 0. */
template <int N, class T> VOLUTA_DEVICE void loadStrided(const T* p, long long stride, float (&v)[N]) {
    if (N > 1 && stride == 0) {
        float one = toFloat(*p);
#pragma unroll
        for (int k = 0; k < N; k++) v[k] = one;
    } else {
        load(p, v);
    }
}

/** Whether packs of `lanes` neighbours never cross the innermost dimension and are aligned in this operand. */
VOLUTA_DEVICE bool packs(const void* p, const long long* stride, const Strides& s, int lanes) {
    int inner = static_cast<int>(s.rank) - 1;
    if (inner < 0 || s.size[inner] % lanes != 0) return false;
    if (stride[inner] == 0) return true;
    bool aligned = stride[inner] == 1 && aligned16(p);
#pragma unroll
    for (int d = 0; d < MAX_RANK; d++) {
        if (d < inner) aligned = aligned && stride[d] % lanes == 0;
    }
    return aligned;
}

} // namespace voluta
