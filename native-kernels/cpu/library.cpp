// What Java calls: the native methods of voluta.backend.onednn. The instruction set is chosen once, before anything else.
#include "kernels.h"
#include "updates.h"

#include <jni.h>
#include <omp.h>

using namespace voluta;

namespace {

const Engine* engine = nullptr;
const DotEngine* dots = nullptr;

float* floats(jlong address) { return reinterpret_cast<float*>(address); }

const Geometry& geometry(jlong address) { return *reinterpret_cast<const Geometry*>(address); }

} // namespace

extern "C" {

/** Takes the newest instruction set that the processor has and that is permitted, and tells its name; null where none serves. */
JNIEXPORT jstring JNICALL Java_voluta_backend_onednn_NativeKernels_choose(JNIEnv* env, jclass, jboolean avx512Too, jboolean bf16Too) {
    __builtin_cpu_init();
    if (avx512Too && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq")) {
        engine = &avx512;
        if (bf16Too && __builtin_cpu_supports("avx512bf16")) dots = &weightDots;
    } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        engine = &avx2;
    }
    return engine ? env->NewStringUTF(engine->name) : nullptr;
}

/** The hash of the sources that this was built of. */
JNIEXPORT jstring JNICALL Java_voluta_backend_onednn_NativeKernels_sources(JNIEnv* env, jclass) {
    return env->NewStringUTF(VOLUTA_SOURCES);
}

/** The calling thread's parallel regions, oneDNN's too, take so many threads from now on. */
JNIEXPORT void JNICALL Java_voluta_backend_onednn_NativeKernels_setThreads(JNIEnv*, jclass, jint threads) {
    omp_set_num_threads(threads);
}

/** How many threads the calling thread's next parallel region takes. */
JNIEXPORT jint JNICALL Java_voluta_backend_onednn_NativeKernels_threads(JNIEnv*, jclass) { return omp_get_max_threads(); }

JNIEXPORT jlong JNICALL Java_voluta_backend_onednn_Winograd_scratchBytes(JNIEnv*, jclass, jlong g) {
    return engine->scratchBytes(geometry(g));
}

/** @param arrays the address of an Arrays, likewise of a Geometry */
JNIEXPORT void JNICALL Java_voluta_backend_onednn_Winograd_run(JNIEnv*, jclass, jlong g, jlong arrays) {
    engine->run(geometry(g), *reinterpret_cast<const Arrays*>(arrays));
}

JNIEXPORT jlong JNICALL Java_voluta_backend_onednn_Winograd_preparedBytes(JNIEnv*, jclass, jlong g) {
    return engine->preparedBytes(geometry(g));
}

/** Both the weights [3, 3, c, k] and what is made of them by their addresses. */
JNIEXPORT void JNICALL Java_voluta_backend_onednn_Winograd_prepare(JNIEnv*, jclass, jlong g, jlong weights, jlong prepared) {
    engine->prepare(geometry(g), reinterpret_cast<const float*>(weights), reinterpret_cast<float*>(prepared));
}

JNIEXPORT jlong JNICALL Java_voluta_backend_onednn_NativeNormalization_scratchBytes(JNIEnv*, jclass, jlong g) {
    return engine->normScratchBytes(*reinterpret_cast<const NormGeometry*>(g));
}

/** @param arrays the address of a NormArrays, likewise of a NormGeometry */
JNIEXPORT void JNICALL Java_voluta_backend_onednn_NativeNormalization_run(JNIEnv*, jclass, jlong g, jlong arrays) {
    engine->normalize(*reinterpret_cast<const NormGeometry*>(g), *reinterpret_cast<const NormArrays*>(arrays));
}

/** @param arrays the address of a PoolArrays, likewise of a PoolGeometry */
JNIEXPORT void JNICALL Java_voluta_backend_onednn_NativePooling_run(JNIEnv*, jclass, jlong g, jlong arrays) {
    engine->maxPoolBackward(*reinterpret_cast<const PoolGeometry*>(g), *reinterpret_cast<const PoolArrays*>(arrays));
}

/** Both arrays by their addresses. */
JNIEXPORT void JNICALL Java_voluta_backend_onednn_NativeClip_run(
    JNIEnv*, jclass, jlong x, jlong y, jlong n, jfloat scale, jfloat shift, jfloat low, jfloat high, jint threads, jint flags) {
    engine->clip({reinterpret_cast<const void*>(x), reinterpret_cast<void*>(y), n, scale, shift, low, high, threads, flags});
}

/** Whether the processor multiplies pairs of bf16; the others of WeightDots are for where it does. */
JNIEXPORT jboolean JNICALL Java_voluta_backend_onednn_WeightDots_available(JNIEnv*, jclass) { return dots != nullptr; }

JNIEXPORT jlong JNICALL Java_voluta_backend_onednn_WeightDots_scratchBytes(JNIEnv*, jclass, jlong g) {
    return dots->scratchBytes(*reinterpret_cast<const DotGeometry*>(g));
}

/** @param arrays the address of a DotArrays, likewise of a DotGeometry */
JNIEXPORT void JNICALL Java_voluta_backend_onednn_WeightDots_run(JNIEnv*, jclass, jlong g, jlong arrays) {
    dots->run(*reinterpret_cast<const DotGeometry*>(g), *reinterpret_cast<const DotArrays*>(arrays));
}

JNIEXPORT jdouble JNICALL Java_voluta_backend_onednn_NativeUpdates_squares(JNIEnv*, jclass, jlong x, jint n) {
    return squares(floats(x), n);
}

JNIEXPORT void JNICALL Java_voluta_backend_onednn_NativeUpdates_sgd(
    JNIEnv*, jclass, jlong p, jlong g, jint n, jfloat rate, jfloat decay) {
    sgd(floats(p), floats(g), n, rate, decay);
}

JNIEXPORT void JNICALL Java_voluta_backend_onednn_NativeUpdates_sgdMomentum(
    JNIEnv*, jclass, jlong p, jlong g, jlong v, jint n, jfloat rate, jfloat decay, jfloat keep, jfloat take) {
    sgdMomentum(floats(p), floats(g), floats(v), n, rate, decay, keep, take);
}

JNIEXPORT void JNICALL Java_voluta_backend_onednn_NativeUpdates_sgdNesterov(
    JNIEnv*, jclass, jlong p, jlong g, jlong v, jint n, jfloat rate, jfloat decay, jfloat keep, jfloat momentum) {
    sgdNesterov(floats(p), floats(g), floats(v), n, rate, decay, keep, momentum);
}

JNIEXPORT void JNICALL Java_voluta_backend_onednn_NativeUpdates_adam(
    JNIEnv*, jclass, jlong p, jlong g, jlong mean, jlong square, jint n, jfloat beta1, jfloat beta2, jfloat gamma1, jfloat gamma2,
    jfloat epsilon, jfloat rate, jfloat rootScale, jfloat shrink, jfloat decay) {
    adam(floats(p), floats(g), floats(mean), floats(square), n,
         {beta1, beta2, gamma1, gamma2, epsilon, rate, rootScale, shrink, decay});
}

} // extern "C"
