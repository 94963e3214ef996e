package voluta.backend.onednn;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/**
 * The library in native-kernels/cpu, of which {@link Winograd}, {@link NativeNormalization}, {@link NativePooling} and
 * {@link WeightDots} are the parts. It shares oneDNN's OpenMP threads, so oneDNN must be loaded first, and uses no newer
 * instructions than oneDNN does, so that {@code ONEDNN_MAX_CPU_ISA} limits both.
 */
final class NativeKernels {
    /** Images are bf16. */
    static final int BF16 = 2;
    /** Images lie in blocks of 16 channels instead of with channels last. */
    static final int BLOCKED = 4;

    private static final String PLATFORM = "linux-x86_64";
    private static final String LIBRARY = PLATFORM + "/libvoluta_cpu.so";
    private static final boolean LOADED;
    private static final String INSTRUCTIONS;
    private static final String PROBLEM;

    static {
        String instructions = null, problem = null;
        boolean loaded = false;
        try {
            if (Loader.getPlatform().equals(PLATFORM)) {
                File file = load();
                problem = mismatch(file, expected(), built());
                if (problem == null) {
                    loaded = true;
                    InstructionSet most = InstructionSet.effective();
                    instructions = most.avx2() ? choose(most.avx512(), most.multipliesBf16()) : null;
                    if (instructions == null) problem = "they need AVX2, and oneDNN uses " + most + " here";
                }
            } else {
                problem = "there is no library for " + Loader.getPlatform();
            }
        } catch (IOException | LinkageError e) {
            problem = "the library does not load: " + e.getMessage();
        }
        LOADED = loaded;
        INSTRUCTIONS = instructions;
        PROBLEM = problem;
    }

    private NativeKernels() {}

    /** From a file that was laid out beforehand, as in an image or a bundle; else unpacked. */
    private static File load() throws IOException {
        for (String folder : System.getProperty("java.library.path", "").split(File.pathSeparator)) {
            File file = new File(folder, new File(LIBRARY).getName());
            if (folder.isEmpty() || !file.isFile()) continue;
            System.load(file.getAbsolutePath());
            return file;
        }
        File file = Loader.cacheResource(NativeKernels.class, LIBRARY);
        if (file == null) throw new IOException(LIBRARY + " is not on the class path; build Voluta again");
        System.load(file.getAbsolutePath());
        return file;
    }

    /** The hash of the sources that belong to these classes. */
    private static String expected() throws IOException {
        try (InputStream in = NativeKernels.class.getResourceAsStream(LIBRARY + ".sha256")) {
            if (in == null) throw new IOException(LIBRARY + ".sha256 is not on the class path; build Voluta again");
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
        }
    }

    /** The hash of the sources that the library was built of; none where it is so old that it cannot say. */
    private static String built() {
        try {
            return sources();
        } catch (UnsatisfiedLinkError e) {
            return "";
        }
    }

    /**
     * Why a library must not be used: structures are handed over by address, and another build may see others in them. Null where it may.
     *
     * @param expected the hash of the sources that belong to these classes
     * @param built that of those that the library was built of
     */
    static String mismatch(File library, String expected, String built) {
        return expected.equals(built)
                ? null
                : library
                        + " is of another build than these classes; put that of the same version in its place, or delete it";
    }

    /** Why there are none here; empty where there are. */
    static Optional<String> problem() {
        return Optional.ofNullable(PROBLEM);
    }

    /** The instruction set that is used: {@code avx2} or {@code avx512}. */
    static String instructions() {
        return INSTRUCTIONS;
    }

    /** Floats in a vector of that instruction set. */
    static int lanes() {
        return INSTRUCTIONS.equals("avx512") ? 16 : 8;
    }

    /**
     * Lets oneDNN and these kernels take so many threads in what the calling thread prepares and runs from now on. OpenMP
     * keeps that number for each thread apart, so it is said anew wherever work begins; it costs some nanoseconds.
     *
     * @return whether that could be said: without the library, {@code OMP_NUM_THREADS} rules
     */
    static boolean takeThreads(int threads) {
        if (LOADED) setThreads(threads);
        return LOADED;
    }

    /**
     * Takes the newest instructions that the processor has and that are permitted.
     *
     * @return their name; null where it has not even AVX2
     */
    private static native String choose(boolean avx512, boolean bf16Products);

    /** The hash of the sources that the library was built of. */
    private static native String sources();

    private static native void setThreads(int threads);

    /** How many threads the calling thread would take. */
    static native int threads();
}
