package voluta.data;

/**
 * The size of every image of a data set. Pixels lie as unsigned bytes in the order H,W,C: all channels of a pixel side
 * by side, then the next pixel of the row.
 *
 * @param channels 1 for grey, 3 for colour
 */
public record ImageShape(int channels, int height, int width) {
    /** Larger images than this are refused, whatever a header claims. */
    static final int LARGEST_SIDE = 16_384;

    static final int MOST_CHANNELS = 1_024;

    public ImageShape {
        if (channels < 1 || channels > MOST_CHANNELS || !side(height) || !side(width)) {
            throw new DataException("an image of " + channels + " channels, height " + height + " and width " + width
                    + " is outside the limits of 1 to " + MOST_CHANNELS + " channels and 1 to " + LARGEST_SIDE
                    + " pixels a side");
        }
        if ((long) channels * height * width > Integer.MAX_VALUE) {
            throw new DataException("an image of " + channels + " channels, height " + height + " and width " + width
                    + " takes more than 2 GiB; use smaller images");
        }
    }

    private static boolean side(int pixels) {
        return pixels >= 1 && pixels <= LARGEST_SIDE;
    }

    /** Bytes of one image: one for each channel of each pixel. */
    public int bytes() {
        return channels * height * width;
    }

    /** Bytes of one row of pixels. */
    public int rowBytes() {
        return width * channels;
    }

    /** For instance {@code 3x32x32}: channels, height, width. */
    @Override
    public String toString() {
        return channels + "x" + height + "x" + width;
    }
}
