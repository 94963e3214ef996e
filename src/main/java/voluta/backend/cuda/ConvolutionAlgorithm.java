package voluta.backend.cuda;

/**
 * One of cuDNN's ways to do a pass of one convolution.
 *
 * @param number cuDNN's
 * @param workspace bytes that it needs while running
 * @param deterministic whether it gives the same bits each time
 */
record ConvolutionAlgorithm(ConvolutionPass pass, int number, long workspace, boolean deterministic) {
    /** For the plan, such as {@code implicit_precomp_gemm}. */
    String name() {
        return pass.algorithm(number);
    }

    /**
     * How gladly it is taken unmeasured, lower is better: first what adds up products in a fixed order, then what rounds
     * more, then what gives other bits each time.
     */
    int rank() {
        if (!deterministic) return 2;
        return pass.precise(number) ? 0 : 1;
    }
}
