// The kernels of this folder: what they are told, and the code of each instruction set.
#pragma once

#include <cstdint>

#include "batch_norm.h"
#include "clip.h"
#include "convolution.h"
#include "max_pool.h"
#include "weight_dots.h"

namespace voluta {

/** A float without the lower half of its bits. */
struct Bf16 {
    uint16_t bits;
};

/** What is computed after the sum of a convolution, and how things lie. */
enum Flags {
    RELU = 1,
    /** Images are bf16; weights, bias, statistics and all sums stay f32. */
    BF16 = 2,
    /** Images lie in blocks of 16 channels, [n, channels / 16, height, width, 16], instead of with channels last. */
    BLOCKED = 4,
    /** Arrays::other is what Engine::prepare() made of the weights. */
    PREPARED = 8
};

/** The code of one instruction set. */
struct Engine {
    const char* name;
    long long (*scratchBytes)(const Geometry&);
    void (*run)(const Geometry&, const Arrays&);
    /** Bytes of transformed weights of a forward pass. */
    long long (*preparedBytes)(const Geometry&);
    /** Transforms weights [3, 3, c, k] for a forward pass with PREPARED of the same tile, channels and threads. */
    void (*prepare)(const Geometry&, const float* weights, float* prepared);
    long long (*normScratchBytes)(const NormGeometry&);
    void (*normalize)(const NormGeometry&, const NormArrays&);
    void (*maxPoolBackward)(const PoolGeometry&, const PoolArrays&);
    void (*clip)(const Clip&);
};

extern const Engine avx2, avx512;

} // namespace voluta
