// ImageToTensor (voluta.op.ImageToTensor): bytes u8[N,H,W,C] become (v / 255 - mean) / std, as [N,C,H,W] or, in the
// variants named nhwc, in the images' own order.
//
// Launch: one dimension, 256 threads, any grid. Bytes: reads 1, writes 4 (f32) or 2 (bf16, f16) per element. Rate: not seen on
// a GPU yet.
#include "include/device.cuh"

namespace voluta {

/** Per channel; in device memory, written once. */
struct ChannelScale {
    float scale; // 1 / (255 std)
    float shift; // -mean / std
};

VOLUTA_DEVICE float normalize(unsigned char v, ChannelScale c) { return fmaf(static_cast<float>(v), c.scale, c.shift); }

/** A thread takes a pixel: its neighbours in the warp write the neighbouring pixels of the same plane. */
template <class T>
VOLUTA_DEVICE void planes(const unsigned char* x, const ChannelScale* table, T* y, long long images, int channels, int pixels) {
    long long total = images * pixels;
    for (long long i = globalThread(); i < total; i += globalThreads()) {
        long long image = i / pixels, pixel = i - image * pixels;
        const unsigned char* from = x + i * channels;
        T* to = y + image * channels * pixels + pixel;
        for (int c = 0; c < channels; c++) to[static_cast<long long>(c) * pixels] = fromFloat<T>(normalize(from[c], table[c]));
    }
}

template <class T>
VOLUTA_DEVICE void interleaved(const unsigned char* x, const ChannelScale* table, T* y, long long images, int channels, int pixels) {
    long long total = images * pixels * channels;
    bool aligned = aligned16(y) && (reinterpret_cast<unsigned long long>(x) & 3) == 0;
    forEachPack<4>(total, aligned, [=](long long i, auto width) {
        constexpr int W = width.value;
        float v[W];
        auto pack = *reinterpret_cast<const Pack<unsigned char, W>*>(x + i);
        int c = static_cast<int>(i % channels);
#pragma unroll
        for (int k = 0; k < W; k++) {
            v[k] = normalize(pack.at[k], table[c]);
            c = c + 1 == channels ? 0 : c + 1;
        }
        store(y + i, v);
    });
}

} // namespace voluta

using voluta::ChannelScale;

/** @param pixels height times width */
#define IMAGE_TO_TENSOR_T(T)                                                                                   \
    extern "C" __global__ void __launch_bounds__(256) image_to_tensor_##T(                                     \
        const unsigned char* x, const ChannelScale* table, T* y, long long images, int channels, int pixels) { \
        voluta::planes(x, table, y, images, channels, pixels);                                                 \
    }
FOR_TYPES(IMAGE_TO_TENSOR_T)

#define IMAGE_TO_TENSOR_NHWC_T(T)                                                                              \
    extern "C" __global__ void __launch_bounds__(256) image_to_tensor_nhwc_##T(                                \
        const unsigned char* x, const ChannelScale* table, T* y, long long images, int channels, int pixels) { \
        voluta::interleaved(x, table, y, images, channels, pixels);                                            \
    }
FOR_TYPES(IMAGE_TO_TENSOR_NHWC_T)
