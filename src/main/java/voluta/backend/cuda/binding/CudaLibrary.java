package voluta.backend.cuda.binding;

/** The shared libraries that CUDA work needs, in the order in which they must be loaded. */
public enum CudaLibrary {
    DRIVER("libcuda.so", "the driver"),
    NVRTC_BUILTINS("libnvrtc-builtins.so", "what NVRTC compiles against"),
    NVRTC("libnvrtc.so", "the run-time compiler, which some engines of cuDNN use"),
    CUBLAS_LT("libcublasLt.so", "matrix products, the light interface"),
    CUBLAS("libcublas.so", "matrix products"),
    CUDNN("libcudnn.so", "convolutions");

    private final String prefix;
    private final String what;

    CudaLibrary(String prefix, String what) {
        this.prefix = prefix;
        this.what = what;
    }

    /** The file name up to its version, for instance {@code libcublas.so}. */
    String prefix() {
        return prefix;
    }

    /** What it is for, in a few words. */
    String what() {
        return what;
    }

    /** Whether a version that stands in a file name is one that works here. */
    boolean accepts(int major) {
        return switch (this) {
            case DRIVER -> major == 1;
            case CUDNN -> major == 9;
            default -> major == 12 || major == 13;
        };
    }

    /** Which versions {@link #accepts} takes, for messages. */
    String accepted() {
        return switch (this) {
            case DRIVER -> "1";
            case CUDNN -> "9";
            default -> "12 or 13";
        };
    }

    /** Whether CUDA work is impossible without it. */
    boolean required() {
        return this != NVRTC && this != NVRTC_BUILTINS;
    }
}
