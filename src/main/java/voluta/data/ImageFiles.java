package voluta.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Decodes picture files: JPEG (CMYK too, turned as EXIF says), PNG, WebP, BMP and GIF (the first picture); encodes
 * pictures.
 *
 * <p>Strict, since pictures come from anywhere: the size is read from the header and checked before anything is decoded,
 * the time is limited, and whatever a decoder throws becomes a {@link DataException} that names the file. A damaged JPEG
 * is refused, also where a viewer would show something. Transparency is dropped; a palette becomes colour; 16
 * bits become 8.
 */
public final class ImageFiles {
    /** The most pixels that a picture may have: a quarter of a GiB in colour. */
    public static final long MAX_PIXELS = 89_478_485;

    private ImageFiles() {}

    /**
     * Decodes a file: grey pictures to 1 channel, all others to 3.
     *
     * @throws DataException if it is missing, too large, damaged or of a kind that cannot be read
     */
    public static Image read(Path file) {
        return read(file, MAX_PIXELS);
    }

    static Image read(Path file, long maxPixels) {
        if (!Files.isRegularFile(file)) {
            throw new DataException("the picture " + file + (Files.exists(file) ? " is not a file" : " does not exist")
                    + "; check the path");
        }
        if (!Files.isReadable(file)) {
            throw new DataException("the picture " + file + " may not be read; change its permissions");
        }
        FileBytes content = new FileBytes();
        try {
            content.read(file);
        } catch (IOException e) {
            throw ByteSource.unreadable(file.toString(), e);
        }
        return new Decoder(maxPixels, Decoder.MAX_NANOS).decode(file.toString(), content);
    }

    /**
     * A picture as the bytes of a file. Nothing goes through temporary files, which a read-only system has no place for.
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
}
