// Lists of tensors as the kernels of clipping and optimizer steps take them.
//
// A segment is a run of neighbouring elements that lies at the same offset in every list (parameters, gradients, states).
// The host cuts the tensors into segments once, when addresses are known (16,384 elements each make enough blocks of
// work; neighbours in memory may be joined first), and leaves the table in device memory. Segments of one tensor follow
// each other. A segment's part of a sum depends on its length alone, not on the grid, so results do not either.
//
// What changes per step is read from device memory, never passed by value: const float* rate, const long long* step and
// const float* guard point at scalars that were written before the launch, so that a captured step can be replayed.
#pragma once
#include "device.cuh"

namespace voluta {

/** As the host writes it: 48 bytes. Unused lists are null. */
struct Segment {
    float* parameter;
    float* gradient;
    float* state[3];
    long long n;
};
static_assert(sizeof(Segment) == 48, "the host writes six 64-bit words");

/** Calls body(i, Width) for this block's share of [0, n), four elements at a time while aligned. */
template <class Body> VOLUTA_DEVICE void forEachInBlock(long long n, bool aligned, const Body& body) {
    long long packs = aligned ? n / 4 : 0;
    for (long long j = threadIdx.x; j < packs; j += blockDim.x) body(j * 4, Width<4>());
    for (long long i = packs * 4 + threadIdx.x; i < n; i += blockDim.x) body(i, Width<1>());
}

/** Calls body(segment, aligned) for each segment of this block. */
template <class Body> VOLUTA_DEVICE void forEachSegment(const Segment* table, int segments, const Body& body) {
    for (int s = blockIdx.x; s < segments; s += gridDim.x) {
        Segment segment = table[s];
        bool aligned = aligned16(segment.parameter) && aligned16(segment.gradient) && aligned16(segment.state[0]) &&
                       aligned16(segment.state[1]) && aligned16(segment.state[2]);
        body(segment, aligned);
    }
}

} // namespace voluta
