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
        Image converted = withChannels(target.channels());
        if (converted.shape.equals(target)) return converted;
        return new Image(target, Resampling.cover(converted, target));
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

    @Override
    public String toString() {
        return "image of " + shape;
    }
}
