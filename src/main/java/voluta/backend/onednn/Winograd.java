package voluta.backend.onednn;

import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import voluta.op.Convolution;
import voluta.tensor.Shape;

/** Convolutions of {@link NativeKernels}, Winograd's and {@linkplain #DIRECT direct} ones, in f32 of images in f32 or bf16. */
final class Winograd {
    /** The passes, by their numbers in convolution.h. */
    enum Pass {
        FORWARD,
        BACKWARD_DATA,
        BACKWARD_WEIGHTS
    }

    /** Negative results become 0. */
    static final int RELU = 1;
    /** The weights are what {@link #prepare} made of them. */
    static final int PREPARED = 8;

    /** In place of a tile: directly, with one image in each lane. */
    static final int DIRECT = 0;

    private Winograd() {}

    /**
     * One convolution as the library sees it: images of {@code c} channels become images of {@code k}. A backward pass
     * over data goes from y's gradient to x's; one over weights has x as its source and y's gradient as its result.
     */
    record Geometry(
            Pass pass,
            int tile,
            int images,
            int c,
            int k,
            int height,
            int width,
            int outHeight,
            int outWidth,
            int top,
            int left,
            int threads,
            int flags,
            int windowHeight,
            int windowWidth,
            int down,
            int across) {
        /** Of 3x3 windows at every pixel, as Winograd's algorithm has them. */
        Geometry(
                Pass pass,
                int tile,
                int images,
                int c,
                int k,
                int height,
                int width,
                int outHeight,
                int outWidth,
                int top,
                int left,
                int threads,
                int flags) {
            this(pass, tile, images, c, k, height, width, outHeight, outWidth, top, left, threads, flags, 3, 3, 1, 1);
        }

        /** A pass of the convolution from x to y with weights w. */
        static Geometry of(Pass pass, int tile, Convolution op, Shape x, Shape w, Shape y, int threads, int flags) {
            boolean data = pass == Pass.BACKWARD_DATA;
            Shape from = data ? y : x, to = data ? x : y;
            int top = op.padBefore().get(0), left = op.padBefore().get(1);
            return new Geometry(
                    pass,
                    tile,
                    from.size(0),
                    from.size(1),
                    to.size(1),
                    from.size(2),
                    from.size(3),
                    to.size(2),
                    to.size(3),
                    data ? w.size(2) - 1 - top : top,
                    data ? w.size(3) - 1 - left : left,
                    threads,
                    flags,
                    w.size(2),
                    w.size(3),
                    op.stride().get(0),
                    op.stride().get(1));
        }

        /** The same in native memory. */
        IntPointer words() {
            return new IntPointer(
                    pass.ordinal(),
                    tile,
                    images,
                    c,
                    k,
                    height,
                    width,
                    outHeight,
                    outWidth,
                    top,
                    left,
                    threads,
                    flags,
                    windowHeight,
                    windowWidth,
                    down,
                    across);
        }

        /** Tiles in all, each of which costs one product per channel and point. */
        long tiles() {
            return (long) images * ((outHeight + tile - 1) / tile) * ((outWidth + tile - 1) / tile);
        }

        long scratch() {
            try (IntPointer words = words()) {
                return scratchBytes(words.address());
            }
        }

        /** Bytes of the weights that {@link #prepare} makes. */
        long prepared() {
            try (IntPointer words = words()) {
                return preparedBytes(words.address());
            }
        }

        /** For the plan. */
        String describe() {
            String how = tile == DIRECT ? "image_lanes " : "winograd F(" + tile + "x" + tile + ") ";
            return how + NativeKernels.instructions();
        }
    }

    /** Addresses as the library takes them, 0 where there is nothing: bias and what comes after it may be 0. */
    static LongPointer arrays(
            long source, long other, long result, long bias, long residual, long biasGradient, long scratch) {
        return new LongPointer(source, other, result, bias, residual, biasGradient, scratch, 0, 0, 0);
    }

    /** The same where the source is normalized while it is read: by vectors at these addresses, and ReLU. */
    static LongPointer arrays(
            long source,
            long other,
            long result,
            long bias,
            long biasGradient,
            long scratch,
            NativeNormalization.Vectors normal) {
        return new LongPointer(
                source, other, result, bias, 0, biasGradient, scratch, normal.mean(), normal.factor(), normal.shift());
    }

    private static native long scratchBytes(long geometry);

    private static native long preparedBytes(long geometry);

    /** Runs a convolution; both addresses are of what {@link Geometry#words} and {@link #arrays} made. */
    static native void run(long geometry, long arrays);

    /** Transforms weights [3, 3, c, k] for a forward pass; all three by address. */
    static native void prepare(long geometry, long weights, long prepared);
}
