package voluta.data;

/**
 * How a picture of any size becomes the input of a network without chance: scaled until its shorter side is the input's, or
 * as much more as {@code cropPct} says, and the middle cut out. Sizes and offsets are rounded as torchvision's {@code Resize}
 * and {@code CenterCrop} do, which timm uses.
 *
 * @param cropPct the share of the shorter side that is kept, above 0 and up to 1; timm's {@code crop_pct}
 */
public record Framing(double cropPct, Interpolation interpolation) {
    /** All of the shorter side, bilinear. */
    public static final Framing DEFAULT = new Framing(1, Interpolation.BILINEAR);

    public Framing {
        if (!(cropPct > 0 && cropPct <= 1)) {
            throw new DataException(
                    "a crop-pct of " + cropPct
                            + " is not possible; use the share of the shorter side to keep, above 0 and up to 1, such as 0.875");
        }
    }

    /**
     * Reads what {@code toString} gives.
     *
     * @throws DataException if it is something else
     */
    public static Framing parse(String text) {
        if (text.isEmpty()) return DEFAULT;
        String[] parts = text.split(" ", -1);
        try {
            if (parts.length == 2) return new Framing(Double.parseDouble(parts[0]), Interpolation.parse(parts[1]));
        } catch (NumberFormatException e) {
            // The same sentence as for other nonsense.
        }
        throw new DataException("'" + text + "' is no crop-pct and interpolation such as '0.875 bicubic'");
    }

    /** Such as {@code 0.875 bicubic}; nothing for {@link #DEFAULT}. */
    @Override
    public String toString() {
        return equals(DEFAULT) ? "" : cropPct + " " + interpolation;
    }

    /** What to do with a picture of a size. */
    Resampling plan(ImageShape whole, ImageShape target) {
        int height = whole.height(), width = whole.width();
        double scaledHeight = Math.floor(target.height() / cropPct), scaledWidth = Math.floor(target.width() / cropPct);
        // The side that needs more decides; the other one follows, rounded down.
        if (scaledHeight * width >= scaledWidth * height) scaledWidth = Math.floor(scaledHeight * width / height);
        else scaledHeight = Math.floor(scaledWidth * height / width);
        double down = height / scaledHeight, across = width / scaledWidth;
        double top = Math.rint((scaledHeight - target.height()) / 2),
                left = Math.rint((scaledWidth - target.width()) / 2);
        return new Resampling(
                whole,
                top * down,
                left * across,
                target.height() * down,
                target.width() * across,
                target,
                interpolation);
    }

    /** The picture as the network wants it: with its channels, framed. */
    public Image apply(Image picture, ImageShape target) {
        Image converted = picture.withChannels(target.channels());
        if (converted.shape().equals(target) && cropPct == 1) return converted;
        byte[] pixels = new byte[target.bytes()];
        plan(converted.shape(), target).apply(Cutout.of(converted), pixels);
        return new Image(target, pixels);
    }
}
