package voluta.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import voluta.checkpoint.AtomicFile;
import voluta.data.Image;

/** Pictures as bytes. Nothing goes through temporary files, which a read-only system has no place for. */
public final class Png {
    private Png() {}

    /**
     * A picture as the bytes of a file.
     *
     * @param format {@code png} or {@code jpeg}
     */
    public static byte[] encode(BufferedImage picture, String format) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(picture, format, out)) throw new IllegalStateException("no writer for " + format);
        } catch (IOException e) {
            throw new UncheckedIOException("an array refused bytes", e);
        }
        return bytes.toByteArray();
    }

    /** Writes a picture as a PNG file, whole or not at all. */
    public static void write(Path file, BufferedImage picture) {
        byte[] png = encode(picture, "png");
        AtomicFile.write(file, png.length, sink -> sink.write(ByteBuffer.wrap(png)));
    }

    /** Copies an image's pixels into a picture, enlarged by a whole factor. */
    static void draw(Image image, BufferedImage into, int left, int top, int zoom) {
        int height = image.shape().height() * zoom, width = image.shape().width() * zoom;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) into.setRGB(left + x, top + y, colour(image, y / zoom, x / zoom));
        }
    }

    private static int colour(Image image, int y, int x) {
        int channels = image.shape().channels();
        int at = y * image.shape().rowBytes() + x * channels;
        int first = image.pixels()[at] & 0xff;
        if (channels < 3) return first << 16 | first << 8 | first;
        return first << 16 | (image.pixels()[at + 1] & 0xff) << 8 | image.pixels()[at + 2] & 0xff;
    }
}
