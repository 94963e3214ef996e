package voluta.data;

import voluta.tensor.Philox;

/**
 * What an augmentation works on: one image, H,W,C, with the random numbers that belong to it. Each worker of a loader
 * has one and uses it for image after image.
 *
 * <p>The numbers are a pure function of (seed, epoch, sample, how many were drawn before), so neither the number of
 * workers nor a resumed run changes them.
 */
public final class Canvas {
    private final ImageShape shape;
    private final byte[] pixels;
    private final byte[] copy;
    private final byte[] zeroRow;
    private final byte[] meanRow;
    private final long key;
    private final int[] block = new int[4];

    private long stream;
    private int drawn;

    /** @param meanPixel a byte for each channel, or null if no augmentation asks for it */
    Canvas(ImageShape shape, byte[] meanPixel, long seed) {
        this(shape, meanPixel, seed, "augment");
    }

    /** @param purpose tells apart what draws for the same samples */
    Canvas(ImageShape shape, byte[] meanPixel, long seed, String purpose) {
        this.shape = shape;
        this.pixels = new byte[shape.bytes()];
        this.copy = new byte[shape.bytes()];
        this.zeroRow = new byte[shape.rowBytes()];
        this.meanRow = meanPixel == null ? null : new byte[shape.rowBytes()];
        for (int i = 0; meanPixel != null && i < meanRow.length; i++) meanRow[i] = meanPixel[i % shape.channels()];
        this.key = Philox.key(seed, purpose);
    }

    /** Turns to a sample; its image is expected in {@link #pixels}. */
    void turnTo(int epoch, int sample) {
        stream = ((long) epoch << 32) | sample;
        drawn = 0;
    }

    /** The size of the image. */
    public ImageShape shape() {
        return shape;
    }

    /** The image itself, changed in place. */
    public byte[] pixels() {
        return pixels;
    }

    /** The image as it is now, copied; valid until the next call. */
    byte[] copy() {
        System.arraycopy(pixels, 0, copy, 0, pixels.length);
        return copy;
    }

    /** A row of the colour that fills what an image does not cover. */
    public byte[] fillRow(Augmentation.Fill fill) {
        return fill == Augmentation.Fill.ZERO ? zeroRow : meanRow;
    }

    /** The sample's next 32 random bits. */
    public int draw() {
        int lane = drawn & 3;
        if (lane == 0) Philox.block(key, drawn >>> 2, stream, block);
        drawn++;
        return block[lane];
    }
}
