// Philox 4x32-10, number for number as voluta.tensor.Philox.
#pragma once
#include "device.cuh"

namespace voluta {

struct PhiloxBlock {
    unsigned at[4];
};

/** The block of four numbers at this counter of stream key; sub is a second coordinate, such as the step. */
VOLUTA_DEVICE PhiloxBlock philox(unsigned long long key, unsigned long long counter, unsigned long long sub) {
    unsigned k0 = static_cast<unsigned>(key), k1 = static_cast<unsigned>(key >> 32);
    unsigned c0 = static_cast<unsigned>(counter), c1 = static_cast<unsigned>(counter >> 32);
    unsigned c2 = static_cast<unsigned>(sub), c3 = static_cast<unsigned>(sub >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        unsigned high0 = __umulhi(c0, 0xD2511F53u), low0 = c0 * 0xD2511F53u;
        unsigned high1 = __umulhi(c2, 0xCD9E8D57u), low1 = c2 * 0xCD9E8D57u;
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
}

} // namespace voluta
