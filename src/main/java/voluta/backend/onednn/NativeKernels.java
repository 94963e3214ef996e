package voluta.backend.onednn;

import java.io.File;
import java.io.IOException;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/**
 * The library in native-kernels/cpu, of which {@link Winograd}, {@link NativeNormalization} and {@link NativePooling} are
 * the parts. It shares oneDNN's OpenMP threads, so oneDNN must be loaded first.
 */
final class NativeKernels {
    /** Images are bf16. */
    static final int BF16 = 2;
    /** Images lie in blocks of 16 channels instead of with channels last. */
    static final int BLOCKED = 4;

    private static final String PLATFORM = "linux-x86_64";
    private static final String LIBRARY = PLATFORM + "/libvoluta_cpu.so";
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

    private NativeKernels() {}

    /** From a file that was laid out beforehand, as in an image or a bundle; else unpacked. */
    private static void load() throws IOException {
        for (String folder : System.getProperty("java.library.path", "").split(File.pathSeparator)) {
            File file = new File(folder, new File(LIBRARY).getName());
            if (folder.isEmpty() || !file.isFile()) continue;
            System.load(file.getAbsolutePath());
            return;
        }
        File file = Loader.cacheResource(NativeKernels.class, LIBRARY);
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

    private static native String instructionSet();
}
