package voluta.backend.cuda;

/**
 * One of cuDNN's ways to do a pass of one convolution: an algorithm of its classic interface, or a plan of its graph
 * interface.
 *
 * @param number cuDNN's number of an algorithm; from {@value #GRAPH} on, the place among the plans
 * @param workspace bytes that it needs while running
 * @param deterministic whether it gives the same bits each time
 * @param precise whether its rounding errors are those of sums of products
 * @param name for the plan, such as {@code implicit_precomp_gemm}
 */
record ConvolutionAlgorithm(
        ConvolutionPass pass, int number, long workspace, boolean deterministic, boolean precise, String name) {
    /** The number of the first plan of the graph interface. */
    static final int GRAPH = 1000;

    /** An algorithm of the classic interface. */
    static ConvolutionAlgorithm classic(ConvolutionPass pass, int number, long workspace, boolean deterministic) {
        return new ConvolutionAlgorithm(
                pass, number, workspace, deterministic, pass.precise(number), pass.algorithm(number));
    }

    /** Whether it is a plan of the graph interface. */
    boolean graph() {
        return number >= GRAPH;
    }

    /**
     * How gladly it is taken unmeasured, lower is better: first what adds up products in a fixed order, then what rounds
     * more, then what gives other bits each time.
     */
    int rank() {
        if (!deterministic) return 2;
        return precise ? 0 : 1;
    }
}
