package voluta.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Takes the samples out of what ImageIO gives: as they are stored, without the colour model's conversions, which are slow
 * and would brighten grey. Transparency is dropped; a palette becomes colour, or grey where it has no other; 16 bits become 8.
 */
final class Rasters {
    private Rasters() {}

    static Image image(BufferedImage image) {
        ColorModel model = image.getColorModel();
        boolean components = model instanceof ComponentColorModel && !model.isAlphaPremultiplied();
        int space = model.getColorSpace().getType();
        if (model instanceof IndexColorModel palette) {
            Image colours = converted(image);
            return isGrey(palette) ? colours.withChannels(1) : colours;
        }
        if (space == ColorSpace.TYPE_GRAY) return samples(image, 1);
        if (components && space == ColorSpace.TYPE_RGB && model.getTransferType() <= DataBuffer.TYPE_USHORT) {
            return bytes(image) ? interleaved(image) : samples(image, 3);
        }
        return converted(image);
    }

    /** As readers have grey of fewer than 8 bits, too. */
    private static boolean isGrey(IndexColorModel palette) {
        for (int i = 0; i < palette.getMapSize(); i++) {
            if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) return false;
        }
        return true;
    }

    private static boolean bytes(BufferedImage image) {
        return image.getRaster().getSampleModel() instanceof ComponentSampleModel s
                && s.getTransferType() == DataBuffer.TYPE_BYTE
                && image.getRaster().getDataBuffer() instanceof DataBufferByte data
                && data.getNumBanks() == 1
                && image.getRaster().getParent() == null;
    }

    /** Red, green and blue as bytes somewhere in one array. */
    private static Image interleaved(BufferedImage image) {
        Raster raster = image.getRaster();
        ComponentSampleModel model = (ComponentSampleModel) raster.getSampleModel();
        DataBufferByte data = (DataBufferByte) raster.getDataBuffer();
        byte[] from = data.getData();
        int[] offsets = model.getBandOffsets();
        int width = image.getWidth(), step = model.getPixelStride();
        byte[] pixels = new byte[3 * width * image.getHeight()];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            int row = data.getOffset() + y * model.getScanlineStride();
            int r = row + offsets[0], g = row + offsets[1], b = row + offsets[2];
            for (int x = 0; x < width; x++, at += 3) {
                pixels[at] = from[r + x * step];
                pixels[at + 1] = from[g + x * step];
                pixels[at + 2] = from[b + x * step];
            }
        }
        return new Image(new ImageShape(3, image.getHeight(), width), pixels);
    }

    /** Samples of any depth. */
    private static Image samples(BufferedImage image, int channels) {
        Raster raster = image.getRaster();
        int width = image.getWidth();
        byte[] pixels = new byte[channels * width * image.getHeight()];
        int[] row = new int[width];
        for (int c = 0; c < channels; c++) {
            int most = (1 << Math.min(16, raster.getSampleModel().getSampleSize(c))) - 1;
            for (int y = 0; y < image.getHeight(); y++) {
                raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, c, row);
                int at = y * width * channels + c;
                for (int x = 0; x < width; x++, at += channels) {
                    long v = row[x] & 0xffffL;
                    pixels[at] = (byte) ((v * 255 + most / 2) / most);
                }
            }
        }
        return new Image(new ImageShape(channels, image.getHeight(), width), pixels);
    }

    private static Image converted(BufferedImage image) {
        int width = image.getWidth();
        byte[] pixels = new byte[3 * width * image.getHeight()];
        int[] row = new int[width];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int rgb : row) {
                pixels[at++] = (byte) (rgb >> 16);
                pixels[at++] = (byte) (rgb >> 8);
                pixels[at++] = (byte) rgb;
            }
        }
        return new Image(new ImageShape(3, image.getHeight(), width), pixels);
    }
}
