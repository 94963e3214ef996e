package voluta.backend.onednn;

import java.io.File;
import java.io.IOException;
import java.util.Optional;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;

/**
 * The library in native-kernels/cpu: Winograd convolutions in f32 of images in f32 or bf16. It shares oneDNN's OpenMP
 * threads, so oneDNN must be loaded first.
 */
final class Winograd {
    /** The passes, by their numbers in winograd.h. */
    enum Pass {
        FORWARD,
        BACKWARD_DATA,
        BACKWARD_WEIGHTS
    }

    /** Negative results become 0. */
    static final int RELU = 1;
    /** Images are bf16. */
    static final int BF16 = 2;
    /** Images lie in blocks of 16 channels instead of with channels last. */
    static final int BLOCKED = 4;
    /** The weights are what {@link #prepare} made of them. */
    static final int PREPARED = 8;

    private static final String PLATFORM = "linux-x86_64";
    private static final String LIBRARY = PLATFORM + "/libvoluta_winograd.so";
    private static final String INSTRUCTIONS;
    private static final String PROBLEM;

    static {
        String instructions = null, problem = null;
        try {
            if (Loader.getPlatform().equals(PLATFORM)) {
                load();
                instructions = instructionSet();
                if (instructions == null) problem = "this processor lacks AVX2";
            } else {
                problem = "there is no library for " + Loader.getPlatform();
            }
        } catch (IOException | LinkageError e) {
            problem = "the library does not load: " + e.getMessage();
        }
        INSTRUCTIONS = instructions;
        PROBLEM = problem;
    }

    private Winograd() {}

    /** From a file that was laid out beforehand, as in an image or a bundle; else unpacked. */
    private static void load() throws IOException {
        for (String folder : System.getProperty("java.library.path", "").split(File.pathSeparator)) {
            File file = new File(folder, new File(LIBRARY).getName());
            if (folder.isEmpty() || !file.isFile()) continue;
            System.load(file.getAbsolutePath());
            return;
        }
        File file = Loader.cacheResource(Winograd.class, LIBRARY);
        if (file == null) throw new IOException(LIBRARY + " is not on the class path; build Voluta again");
        System.load(file.getAbsolutePath());
    }

    /** Why there are none here; empty where there are. */
    static Optional<String> problem() {
        return Optional.ofNullable(PROBLEM);
    }

    /** The instruction set that is used: {@code avx2} or {@code avx512}. */
    static String instructions() {
        return INSTRUCTIONS;
    }

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
            int flags) {
        /** The same in native memory. */
        IntPointer words() {
            return new IntPointer(
                    pass.ordinal(), tile, images, c, k, height, width, outHeight, outWidth, top, left, threads, flags);
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
            return "winograd F(" + tile + "x" + tile + ") " + INSTRUCTIONS;
        }
    }

    /** Addresses as the library takes them, 0 where there is nothing: bias and what comes after it may be 0. */
    static LongPointer arrays(
            long source, long other, long result, long bias, long residual, long biasGradient, long scratch) {
        return new LongPointer(source, other, result, bias, residual, biasGradient, scratch);
    }

    private static native String instructionSet();

    private static native long scratchBytes(long geometry);

    private static native long preparedBytes(long geometry);

    /** Runs a convolution; both addresses are of what {@link Geometry#words} and {@link #arrays} made. */
    static native void run(long geometry, long arrays);

    /** Transforms weights [3, 3, c, k] for a forward pass; all three by address. */
    static native void prepare(long geometry, long weights, long prepared);
}
