// The functions of voluta.op.Activation, for its own kernels and for those that apply one to what they compute.
#pragma once
#include "device.cuh"

namespace voluta {

/** In the order of Activation.Kind. */
enum ActivationKind { RELU, LEAKY_RELU, ELU, GELU, GELU_TANH, SILU, SIGMOID, TANH, HARDSWISH, HARDSIGMOID, MISH, SOFTPLUS, RELU6 };

constexpr float SQRT_HALF = 0.70710678118654752f, SQRT_2_OVER_PI = 0.79788456080286536f;
constexpr float INVERSE_SQRT_2_PI = 0.39894228040143268f, GELU_CUBIC = 0.044715f;

VOLUTA_DEVICE float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

/** ln(1 + e^x) without overflow. */
VOLUTA_DEVICE float softplus(float x) { return fmaxf(x, 0.0f) + log1pf(expf(-fabsf(x))); }

VOLUTA_DEVICE float normal(float x) { return 0.5f * erfcf(-x * SQRT_HALF); }

VOLUTA_DEVICE float geluArgument(float x) { return SQRT_2_OVER_PI * (x + GELU_CUBIC * x * x * x); }

/** x within [low, high]; NaN stays NaN. */
VOLUTA_DEVICE float cut(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

template <int KIND> VOLUTA_DEVICE float activate(float x, float a, float b) {
    switch (KIND) {
    case RELU: return x < 0 ? 0 : x; // keeps NaN, which fmaxf would not
    case LEAKY_RELU: return x > 0 ? x : a * x;
    case ELU: return x > 0 ? x : a * expm1f(x);
    case GELU: return x * normal(x);
    case GELU_TANH: return 0.5f * x * (1 + tanhf(geluArgument(x)));
    case SILU: return x * sigmoid(x);
    case SIGMOID: return sigmoid(x);
    case TANH: return tanhf(x);
    case HARDSWISH: return x * cut(a * x + b, 0, 1);
    case HARDSIGMOID: return cut(a * x + b, 0, 1);
    case MISH: return x * tanhf(softplus(x));
    case SOFTPLUS: return softplus(x);
    default: return cut(x, a, b);
    }
}

/** Calls work(Width<KIND>()); the branch is taken once per thread, not per element. */
template <class Work> VOLUTA_DEVICE void withKind(int kind, const Work& work) {
    switch (kind) {
    case RELU: return work(Width<RELU>());
    case LEAKY_RELU: return work(Width<LEAKY_RELU>());
    case ELU: return work(Width<ELU>());
    case GELU: return work(Width<GELU>());
    case GELU_TANH: return work(Width<GELU_TANH>());
    case SILU: return work(Width<SILU>());
    case SIGMOID: return work(Width<SIGMOID>());
    case TANH: return work(Width<TANH>());
    case HARDSWISH: return work(Width<HARDSWISH>());
    case HARDSIGMOID: return work(Width<HARDSIGMOID>());
    case MISH: return work(Width<MISH>());
    case SOFTPLUS: return work(Width<SOFTPLUS>());
    case RELU6: return work(Width<RELU6>());
    }
}

} // namespace voluta
