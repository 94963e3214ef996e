// Activation and Activation.Backward (voluta.op.Activation): y = f(x), dx = f'(x) dy.
//
// Launch: one dimension, 256 threads, any grid (good: 16-byte packs / 256, at most 8 blocks per multiprocessor).
// Bytes: forward reads x and writes y; backward reads x or y, and dy, and writes dx. Rate: not seen on a GPU yet.
// The output may be the input's memory: a thread reads its elements before it writes them.
#include "include/activations.cuh"

namespace voluta {

/** Kinds whose derivative the backward kernel computes from y; x is not read. */
template <int KIND> constexpr bool FROM_OUTPUT = KIND == RELU || KIND == RELU6 || KIND == SIGMOID || KIND == TANH;

/** The derivative, at a kink the one from the left; v is y where FROM_OUTPUT, else x. */
template <int KIND> VOLUTA_DEVICE float slope(float v, float a, float b) {
    switch (KIND) {
    case RELU: return v > 0 ? 1 : 0;
    case LEAKY_RELU: return v > 0 ? 1 : a;
    case ELU: return v > 0 ? 1 : a * expf(v);
    case GELU: return normal(v) + v * INVERSE_SQRT_2_PI * expf(-0.5f * v * v);
    case GELU_TANH: {
        float t = tanhf(geluArgument(v));
        return 0.5f * (1 + t) + 0.5f * v * (1 - t * t) * SQRT_2_OVER_PI * (1 + 3 * GELU_CUBIC * v * v);
    }
    case SILU: {
        float s = sigmoid(v);
        return s * (1 + v * (1 - s));
    }
    case SIGMOID: return v * (1 - v);
    case TANH: return 1 - v * v;
    case HARDSWISH: {
        float u = a * v + b;
        return u > 0 && u < 1 ? 2 * a * v + b : u < 1 ? 0 : 1;
    }
    case HARDSIGMOID: {
        float u = a * v + b;
        return u > 0 && u < 1 ? a : 0;
    }
    case MISH: {
        float t = tanhf(softplus(v));
        return t + v * (1 - t * t) * sigmoid(v);
    }
    case SOFTPLUS: return sigmoid(v);
    default: return v > a && v < b ? 1 : 0;
    }
}

template <int KIND, class T> VOLUTA_DEVICE void forward(const T* x, T* y, long long n, float a, float b) {
    forEachPack<LANES<T>>(n, aligned16(x) && aligned16(y), [=](long long i, auto width) {
        float v[width.value];
        load(x + i, v);
#pragma unroll
        for (int k = 0; k < width.value; k++) v[k] = activate<KIND>(v[k], a, b);
        store(y + i, v);
    });
}

template <int KIND, class T>
VOLUTA_DEVICE void backward(const T* x, const T* y, const T* dy, T* dx, long long n, float a, float b) {
    const T* from = FROM_OUTPUT<KIND> ? y : x;
    forEachPack<LANES<T>>(n, aligned16(from) && aligned16(dy) && aligned16(dx), [=](long long i, auto width) {
        float v[width.value], d[width.value];
        load(from + i, v);
        load(dy + i, d);
#pragma unroll
        for (int k = 0; k < width.value; k++) d[k] *= slope<KIND>(v[k], a, b);
        store(dx + i, d);
    });
}

template <class T> VOLUTA_DEVICE void activation(const T* x, T* y, long long n, int kind, float a, float b) {
    withKind(kind, [=](auto k) { forward<k.value>(x, y, n, a, b); });
}

template <class T>
VOLUTA_DEVICE void activationBackward(const T* x, const T* y, const T* dy, T* dx, long long n, int kind, float a, float b) {
    withKind(kind, [=](auto k) { backward<k.value>(x, y, dy, dx, n, a, b); });
}

/** Blocks per multiprocessor that forward asks for. */
template <class T> constexpr int RESIDENT = 5;
template <> inline constexpr int RESIDENT<f16> = 4;

} // namespace voluta

// Left alone, ptxas spills a register on sm_86 and others. Asked for few blocks per multiprocessor, it spills none.

/** @param kind the ordinal of Activation.Kind; alpha and beta as in the op */
#define ACTIVATION_T(T)                                                                    \
    extern "C" __global__ void __launch_bounds__(256, voluta::RESIDENT<T>)                 \
        activation_##T(const T* x, T* y, long long n, int kind, float alpha, float beta) { \
        voluta::activation(x, y, n, kind, alpha, beta);                                    \
    }
FOR_TYPES(ACTIVATION_T)

/** Reads y for RELU, RELU6, SIGMOID and TANH (x may be null), else x (y may be null). */
#define ACTIVATION_BACKWARD_T(T)                                                                      \
    extern "C" __global__ void __launch_bounds__(256, 4) activation_backward_##T(                     \
        const T* x, const T* y, const T* dy, T* dx, long long n, int kind, float alpha, float beta) { \
        voluta::activationBackward(x, y, dy, dx, n, kind, alpha, beta);                               \
    }
FOR_TYPES(ACTIVATION_BACKWARD_T)
