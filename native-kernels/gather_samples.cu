// GatherSamples (voluta.op.GatherSamples): a batch out of a data set in device memory. Where each sample comes from, and
// which pixel of an image each pixel is, says its place (voluta.tensor.SamplePlace), which the step reads from device
// memory: a captured step stays valid.
//
// Launch: one dimension, 256 threads, any grid. Bytes: reads 1 and writes 1 (images), or reads 4 and writes 4 (arrays), per
// element of the batch, and 32 per sample; the samples lie anywhere in the data set. Rate: not seen on a GPU yet.
#include "include/device.cuh"

namespace voluta {

/** As the host writes it: voluta.tensor.SamplePlace. */
struct SamplePlace {
    int sample, flags, down, right, top, left, height, width;
};

enum SampleFlags { MIRRORED = 1, UPSIDE_DOWN = 2, FILLED = 4 };

/** Whether a pixel of the batch is just the same pixel of the sample. */
VOLUTA_DEVICE bool unchanged(const SamplePlace& p) { return ((p.flags & (MIRRORED | UPSIDE_DOWN)) | p.down | p.right | p.height) == 0; }

/** Channel c of pixel (y, x) of the batch's image, of the sample at {@code from}. */
VOLUTA_DEVICE unsigned char pixel(
    const SamplePlace& p, const unsigned char* from, const int* fill, int y, int x, int c, int height, int width, int channels) {
    if (static_cast<unsigned>(y - p.top) < static_cast<unsigned>(p.height) &&
        static_cast<unsigned>(x - p.left) < static_cast<unsigned>(p.width))
        return static_cast<unsigned char>(fill[c]);
    int row = (p.flags & UPSIDE_DOWN ? height - 1 - y : y) - p.down;
    int column = (p.flags & MIRRORED ? width - 1 - x : x) - p.right;
    if (static_cast<unsigned>(row) >= static_cast<unsigned>(height) || static_cast<unsigned>(column) >= static_cast<unsigned>(width))
        return static_cast<unsigned char>(p.flags & FILLED ? fill[c] : 0);
    return from[(row * width + column) * channels + c];
}

} // namespace voluta

using voluta::SamplePlace;

/**
 * A thread makes four neighbouring bytes of an image and writes them at once where an image is a multiple of four bytes.
 *
 * @param all u8 [samples, height, width, channels]
 * @param fill the fill colour: a byte value for each channel
 */
extern "C" __global__ void __launch_bounds__(256) gather_images(
    const unsigned char* all, const SamplePlace* places, const int* fill, unsigned char* y, long long samples, long long batch,
    int height, int width, int channels) {
    constexpr int W = 4;
    using Bytes = voluta::Pack<unsigned char, W>;
    int bytes = height * width * channels, packs = (bytes + W - 1) / W;
    bool whole = bytes % W == 0 && ((reinterpret_cast<unsigned long long>(all) | reinterpret_cast<unsigned long long>(y)) & (W - 1)) == 0;
    for (long long i = voluta::globalThread(); i < batch * packs; i += voluta::globalThreads()) {
        long long n = i / packs;
        int at = static_cast<int>(i - n * packs) * W, count = bytes - at < W ? bytes - at : W;
        SamplePlace place = places[n];
        bool blank = place.sample < 0 || place.sample >= samples;
        const unsigned char* from = all + (blank ? 0 : static_cast<long long>(place.sample) * bytes);
        unsigned char* to = y + n * bytes + at;
        Bytes v;
        if (!blank && whole && voluta::unchanged(place)) {
            v = *reinterpret_cast<const Bytes*>(from + at);
        } else {
            int p = at / channels, c = at - p * channels, row = p / width, column = p - row * width;
#pragma unroll
            for (int k = 0; k < W; k++) {
                v.at[k] = blank || k >= count
                              ? static_cast<unsigned char>(0)
                              : voluta::pixel(place, from, fill, row, column, c, height, width, channels);
                if (++c < channels) continue;
                c = 0;
                if (++column < width) continue;
                column = 0;
                row++;
            }
        }
        if (whole) {
            *reinterpret_cast<Bytes*>(to) = v;
        } else {
#pragma unroll
            for (int k = 0; k < W; k++)
                if (k < count) to[k] = v.at[k];
        }
    }
}

/** @param each elements of a sample */
extern "C" __global__ void __launch_bounds__(256) gather_arrays(
    const float* all, const SamplePlace* places, float* y, long long samples, long long batch, long long each) {
    for (long long i = voluta::globalThread(); i < batch * each; i += voluta::globalThreads()) {
        long long n = i / each, sample = places[n].sample;
        bool blank = sample < 0 || sample >= samples;
        y[i] = blank ? 0.0f : all[sample * each + (i - n * each)];
    }
}
