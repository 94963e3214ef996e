// Where an element lies among up to three spatial dimensions: [N,C,D,H,W] has outer = N C and inner = 1, and with channels
// last outer = N and inner = C. Missing dimensions come first and are of size 1.
#pragma once
#include "device.cuh"

namespace voluta {

/** A position in [outer, three dimensions, inner]. */
template <class Index> struct Position {
    Index outer, inner;
    int at[3];

    VOLUTA_DEVICE Position(Index i, const long long* size, Index inside) {
        Index rest = i / inside;
        inner = i - rest * inside;
#pragma unroll
        for (int d = 2; d >= 0; d--) {
            Index s = static_cast<Index>(size[d]), next = rest / s;
            at[d] = static_cast<int>(rest - next * s);
            rest = next;
        }
        outer = rest;
    }
};

} // namespace voluta
