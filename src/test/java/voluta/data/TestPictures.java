package voluta.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Picture files for tests. */
public final class TestPictures {
    private TestPictures() {}

    /** A picture of one value in all channels. */
    public static void png(Path file, int width, int height, int value) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) image.setRGB(x, y, value << 16 | value << 8 | value);
        write(file, image, "png");
    }

    static void greyPng(Path file, int width, int height, int value) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) image.getRaster().setSample(x, y, 0, value);
        write(file, image, "png");
    }

    /** A picture with a gradient and some noise, so that it is like a photo to a coder. */
    public static BufferedImage photo(int width, int height, int seed) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        java.util.Random random = new java.util.Random(seed);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int noise = random.nextInt(20);
                int r = (x * 200 / width + noise) & 255, g = (y * 200 / height + noise) & 255;
                image.setRGB(x, y, r << 16 | g << 8 | ((x * y / 7 + seed) & 127));
            }
        }
        return image;
    }

    public static byte[] encoded(BufferedImage image, String kind) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, kind, out)) throw new IllegalStateException("no writer for " + kind);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    public static void write(Path file, BufferedImage image, String kind) {
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, encoded(image, kind));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
