package voluta.backend.cuda;

/**
 * What follows the convolution and its bias in a fused pass.
 *
 * @param residual whether a tensor like y is added
 * @param relu whether a ReLU is last
 */
record ConvolutionEnding(boolean residual, boolean relu) {
    /** For a pass that is the convolution alone. */
    static final ConvolutionEnding NONE = new ConvolutionEnding(false, false);

    /** What tells passes apart: the words that precede sizes. */
    String text() {
        return (residual ? " residual" : "") + (relu ? " relu" : "");
    }
}
