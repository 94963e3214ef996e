package voluta.visualize;

/** What can be shown of a network and a picture. */
public enum View {
    /** The filters of each convolution. */
    FILTERS(true),
    /** The maps of each layer. */
    MAPS(true),
    /** Grad-CAM and Grad-CAM++. */
    CAM(true),
    /** How much the score falls where the picture is covered. */
    OCCLUSION(false),
    /** The gradient with respect to the pixels, and SmoothGrad. */
    SALIENCY(false),
    /** The inputs that most excite filters. */
    EXCITE(true),
    /** What a unit sees. */
    FIELD(true);

    private final boolean needsConvolution;

    View(boolean needsConvolution) {
        this.needsConvolution = needsConvolution;
    }

    boolean needsConvolution() {
        return needsConvolution;
    }

    /** As it is written on the command line. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
