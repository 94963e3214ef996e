package voluta.report;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Base64;
import voluta.checkpoint.AtomicFile;
import voluta.data.Image;
import voluta.data.ImageFiles;

/** Pictures as PNG files, and pixels in pictures. */
public final class Png {
    private Png() {}

    /** Writes a picture as a PNG file, whole or not at all. */
    public static void write(Path file, BufferedImage picture) {
        AtomicFile.writeBytes(file, ImageFiles.encode(picture, "png"));
    }

    /** A picture as a data URI, for a page of one file. */
    public static String uri(BufferedImage picture) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(ImageFiles.encode(picture, "png"));
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
