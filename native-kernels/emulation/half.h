// Conversions between float and IEEE half in bits, as GPUs do them (cvt.f32.f16, cvt.rn.f16.f32), for what runs on the CPU:
// the emulated kernels and the stand-ins for cuDNN and cuBLAS.
#pragma once
#include <cstring>

namespace emulation {

inline float floatOf(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

inline unsigned bitsOf(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

/** Exact; subnormal numbers become normal ones. */
inline float fromHalf(unsigned short half) {
    unsigned sign = (half & 0x8000u) << 16, rest = half & 0x7fffu;
    if (rest >= 0x7c00u) return floatOf(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
    // read as a float, the exponent is 112 too small; multiplying mends that, without a special case for subnormals
    float magnitude = floatOf(rest << 13) * 0x1p112f;
    return floatOf(sign | bitsOf(magnitude));
}

/** Rounds to the nearest, ties to even; NaN stays NaN, what rounds to 65520 or more becomes infinity. */
inline unsigned short toHalf(float value) {
    unsigned bits = bitsOf(value), sign = bits >> 16 & 0x8000u, rest = bits & 0x7fffffffu;
    if (rest > 0x7f800000u) return static_cast<unsigned short>(sign | 0x7e00u | (rest >> 13 & 0x3ffu));
    if (rest >= 0x477ff000u) return static_cast<unsigned short>(sign | 0x7c00u);
    if (rest < 0x38800000u) { // subnormal in half: adding 0.5 leaves a number of units of 2^-24 in the last bits, rounded
        return static_cast<unsigned short>(sign | (bitsOf(floatOf(rest) + 0.5f) - bitsOf(0.5f)));
    }
    return static_cast<unsigned short>(sign | (rest - 0x38000000u + 0xfffu + (rest >> 13 & 1u)) >> 13);
}

} // namespace emulation
