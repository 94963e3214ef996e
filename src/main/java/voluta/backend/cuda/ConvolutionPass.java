package voluta.backend.cuda;

import java.util.Set;

/** What cuDNN is asked for, and the algorithms that it has for it, by its own numbers. */
enum ConvolutionPass {
    /** y from x and w. */
    FORWARD(
            Set.of(),
            Set.of(4, 5, 7),
            "implicit_gemm",
            "implicit_precomp_gemm",
            "gemm",
            "direct",
            "fft",
            "fft_tiling",
            "winograd",
            "winograd_nonfused"),
    /** y from x, w, a bias and perhaps a residual, with an activation behind it. */
    FUSED(FORWARD.unordered, FORWARD.rounding, FORWARD.names),
    /** y from x and w, and for each channel the sums of y and of its squares: the graph interface's alone. */
    SUMS(FORWARD.unordered, FORWARD.rounding),
    /** The gradient of x from w and that of y. */
    DATA(Set.of(0), Set.of(2, 3, 5), "algo_0", "algo_1", "fft", "fft_tiling", "winograd", "winograd_nonfused"),
    /** The gradient of w from x and that of y. */
    WEIGHTS(
            Set.of(0, 3),
            Set.of(2, 5, 6),
            "algo_0",
            "algo_1",
            "fft",
            "algo_3",
            "winograd",
            "winograd_nonfused",
            "fft_tiling");

    private final Set<Integer> unordered;
    private final Set<Integer> rounding;
    private final String[] names;

    /**
     * @param unordered algorithms that add in another order each time, by NVIDIA's documentation
     * @param rounding algorithms whose rounding errors are several times those of sums of products: Fourier transforms
     *     and Winograd's method with large tiles
     */
    ConvolutionPass(Set<Integer> unordered, Set<Integer> rounding, String... names) {
        this.unordered = unordered;
        this.rounding = rounding;
        this.names = names;
    }

    /** What it computes, in words. */
    String result() {
        return switch (this) {
            case FORWARD, FUSED, SUMS -> "the output";
            case DATA -> "the gradient of the input";
            case WEIGHTS -> "the gradient of the weights";
        };
    }

    int algorithms() {
        return names.length;
    }

    String algorithm(int number) {
        return number >= 0 && number < names.length ? names[number] : "algorithm " + number;
    }

    boolean deterministic(int number) {
        return !unordered.contains(number);
    }

    boolean precise(int number) {
        return !rounding.contains(number);
    }
}
