package voluta.data;

import java.nio.ByteBuffer;

/**
 * One picture in memory, of any size: unsigned bytes in the order H,W,C.
 *
 * @param shape its size; 1 channel is grey, 3 are red, green, blue
 * @param pixels {@code shape.bytes()} of them, not copied
 */
public record Image(ImageShape shape, byte[] pixels) {
    public Image {
        if (pixels.length != shape.bytes()) {
            throw new DataException("an image of " + shape + " has " + shape.bytes() + " bytes, got " + pixels.length);
        }
    }

    /** Image {@code index} of a data set. */
    public static Image of(Dataset dataset, int index) {
        byte[] pixels = new byte[dataset.imageShape().bytes()];
        dataset.read(index, ByteBuffer.wrap(pixels));
        return new Image(dataset.imageShape(), pixels);
    }

    /**
     * This picture as a network wants it: grey or colour, scaled until it just covers {@code target}, and what sticks
     * out on two sides cut off evenly. Scaling down averages over all pixels that fall on one (a triangle filter, as
     * Pillow's antialiased bilinear scaling does), so that fine patterns do not turn into noise.
     *
     * @throws DataException if the number of channels cannot be converted
     */
    public Image fit(ImageShape target) {
        return Framing.DEFAULT.apply(this, target);
    }

    /**
     * Grey made of colour (the luma of ITU-R BT.601) or colour made of grey (three equal channels).
     *
     * @throws DataException if it is neither
     */
    public Image withChannels(int channels) {
        if (channels == shape.channels()) return this;
        if (channels == 1 && shape.channels() == 3) return grey();
        if (channels == 3 && shape.channels() == 1) return colour();
        throw new DataException("an image of " + shape + " cannot be given " + channels
                + " channels; only grey (1) and colour (3) are turned into each other");
    }

    private Image grey() {
        byte[] grey = new byte[pixels.length / 3];
        for (int i = 0; i < grey.length; i++) {
            int r = pixels[3 * i] & 0xff, g = pixels[3 * i + 1] & 0xff, b = pixels[3 * i + 2] & 0xff;
            grey[i] = (byte) ((299 * r + 587 * g + 114 * b + 500) / 1000);
        }
        return new Image(new ImageShape(1, shape.height(), shape.width()), grey);
    }

    private Image colour() {
        byte[] colour = new byte[Math.multiplyExact(3, pixels.length)];
        for (int i = 0; i < pixels.length; i++) {
            colour[3 * i] = pixels[i];
            colour[3 * i + 1] = pixels[i];
            colour[3 * i + 2] = pixels[i];
        }
        return new Image(new ImageShape(3, shape.height(), shape.width()), colour);
    }

    /**
     * Turned as a camera says.
     *
     * @param orientation 1 to 8 as EXIF counts: what has to be done to the stored picture is nothing, mirror left and right,
     *     half a turn, mirror top and bottom, swap rows and columns, a quarter turn clockwise, swap along the other
     *     diagonal, a quarter turn counterclockwise
     */
    Image turned(int orientation) {
        if (orientation == 1) return this;
        int height = shape.height(), width = shape.width(), channels = shape.channels();
        boolean swapped = orientation >= 5, fromRight = fromRight(orientation), fromBottom = fromBottom(orientation);
        ImageShape to = turned(shape, orientation);
        // The first pixel of the result and the steps to the next column and row, in pixels of the stored picture.
        int start = (fromRight ? width - 1 : 0) + (fromBottom ? (height - 1) * width : 0);
        int right = fromRight ? -1 : 1, down = fromBottom ? -width : width;
        byte[] turned = new byte[pixels.length];
        int at = 0;
        for (int y = 0; y < to.height(); y++) {
            for (int x = 0; x < to.width(); x++) {
                int from = channels * (start + (swapped ? x * down + y * right : x * right + y * down));
                for (int c = 0; c < channels; c++) turned[at++] = pixels[from + c];
            }
        }
        return new Image(to, turned);
    }

    private static boolean fromRight(int orientation) {
        return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    }

    private static boolean fromBottom(int orientation) {
        return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    }

    /** The size after turning. */
    static ImageShape turned(ImageShape stored, int orientation) {
        return orientation < 5 ? stored : new ImageShape(stored.channels(), stored.width(), stored.height());
    }

    /** Where an area of the turned picture lies in the stored one. */
    static Area before(Area area, ImageShape stored, int orientation) {
        boolean swapped = orientation >= 5;
        int top = swapped ? area.left() : area.top(), height = swapped ? area.width() : area.height();
        int left = swapped ? area.top() : area.left(), width = swapped ? area.height() : area.width();
        if (fromRight(orientation)) left = stored.width() - left - width;
        if (fromBottom(orientation)) top = stored.height() - top - height;
        return new Area(top, left, height, width);
    }

    @Override
    public String toString() {
        return "image of " + shape;
    }
}
