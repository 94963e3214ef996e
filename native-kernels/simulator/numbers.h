// 16-bit numbers, as the libraries' stand-ins read and write them.
#pragma once
#include "emulation/half.h"

namespace simulator {

inline float fromBf16(unsigned short bits) { return emulation::floatOf(static_cast<unsigned>(bits) << 16); }

/** Rounds to nearest even; NaN stays NaN. */
inline unsigned short toBf16(float value) {
    unsigned bits = emulation::bitsOf(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<unsigned short>((bits >> 16) | 0x40u);
    return static_cast<unsigned short>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

} // namespace simulator
