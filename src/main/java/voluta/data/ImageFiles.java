package voluta.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/**
 * Decodes picture files: PNG, JPEG, BMP, GIF (the first picture) and whatever else the Java runtime can read.
 *
 * <p>Strict, since pictures come from anywhere: the size is read from the header and checked before anything is decoded,
 * and whatever a decoder throws becomes a {@link DataException} that names the file. Transparency is dropped; a palette
 * becomes colour.
 */
public final class ImageFiles {
    /** The most pixels that a picture may have: a quarter of a GiB in colour. */
    public static final long MAX_PIXELS = 89_478_485;

    /** How much of the end of a JPEG file is searched for its end mark. */
    private static final long JPEG_TAIL = 65_536;

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
        try (ImageInputStream in = new FileImageInputStream(new File(file.toString()))) {
            return decode(file, in, maxPixels);
        } catch (IOException e) {
            throw damaged(file, e);
        }
    }

    private static Image decode(Path file, ImageInputStream in, long maxPixels) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
        if (!readers.hasNext()) {
            throw new DataException(
                    file + " is not a picture of a known kind; use one of " + String.join(", ", kinds()));
        }
        ImageReader reader = readers.next();
        try {
            reader.setInput(in, true, true);
            ImageShape size = size(file, reader.getWidth(0), reader.getHeight(0), maxPixels);
            boolean[] doubted = {false};
            reader.addIIOReadWarningListener((source, warning) -> doubted[0] = true);
            BufferedImage image = reader.read(0);
            if (doubted[0] && reader.getFormatName().equalsIgnoreCase("jpeg") && !endsWithMark(file)) {
                throw new DataException(file + " is cut short: it ends before its last row; fetch it again");
            }
            return pixels(file, image, size);
        } catch (DataException e) {
            throw e;
        } catch (RuntimeException e) {
            // The readers for GIF and BMP throw unchecked exceptions for damaged files.
            throw damaged(file, e);
        } finally {
            reader.dispose();
        }
    }

    /** Whether the end mark of JPEG is near the end of a file. Java's reader fills a picture that was cut off with grey. */
    private static boolean endsWithMark(Path file) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            ByteBuffer tail = ByteBuffer.allocate((int) Math.min(JPEG_TAIL, channel.size()));
            channel.position(channel.size() - tail.capacity());
            while (tail.hasRemaining() && channel.read(tail) >= 0) continue;
            for (int i = 0; i + 1 < tail.position(); i++) {
                if (tail.get(i) == (byte) 0xff && tail.get(i + 1) == (byte) 0xd9) return true;
            }
            return false;
        }
    }

    private static ImageShape size(Path file, long width, long height, long maxPixels) {
        if (width * height > maxPixels) {
            throw new DataException(file + " has " + width + "x" + height + " pixels, at most " + maxPixels
                    + " are read; scale it down first");
        }
        try {
            return new ImageShape(3, (int) height, (int) width);
        } catch (DataException e) {
            throw new DataException(file + ": " + e.getMessage(), e);
        }
    }

    private static Image pixels(Path file, BufferedImage image, ImageShape size) {
        if (image.getWidth() != size.width() || image.getHeight() != size.height()) {
            throw new DataException(file + " says in its header that it has " + size.width() + "x" + size.height()
                    + " pixels, but has " + image.getWidth() + "x" + image.getHeight() + "; it is damaged");
        }
        boolean grey = image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY
                && !(image.getColorModel() instanceof IndexColorModel);
        return grey ? grey(image) : colour(image);
    }

    /** Samples as they are stored: the colour model would take them for linear light and brighten them. */
    private static Image grey(BufferedImage image) {
        Raster raster = image.getRaster();
        int width = image.getWidth();
        int most = (1 << Math.min(16, raster.getSampleModel().getSampleSize(0))) - 1;
        byte[] pixels = new byte[width * image.getHeight()];
        int[] row = new int[width];
        for (int y = 0; y < image.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
            for (int x = 0; x < width; x++) {
                long v = row[x] & 0xffffL;
                pixels[y * width + x] = (byte) ((v * 255 + most / 2) / most);
            }
        }
        return new Image(new ImageShape(1, image.getHeight(), width), pixels);
    }

    private static Image colour(BufferedImage image) {
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

    private static TreeSet<String> kinds() {
        TreeSet<String> kinds = new TreeSet<>();
        Arrays.stream(ImageIO.getReaderFormatNames())
                .map(name -> name.toLowerCase(Locale.ROOT))
                .forEach(kinds::add);
        return kinds;
    }

    private static DataException damaged(Path file, Exception cause) {
        String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new DataException(
                file + " cannot be decoded (" + why + "); it is damaged or of a variety that is not supported, "
                        + "save it again as PNG or as JPEG in RGB",
                cause);
    }
}
